# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measure each rule for words with several readings: how labelled texts are read with it and without it.

    python scripts/measure_reading_rules.py FILE.jsonl[.gz] [...] --out rules.tsv [--most 20000]

The files hold labelled words or sentences with readings (`labelled_words.py`). Every text is read, and once more
without each rule (a line of `data/heteronyms.tsv`) that decided in it: where that makes fewer errors the rule has
lost, where it makes more the rule has gained. An error is a labelled word that is misread, in a sentence a mora (edit
distance).

The table has a line for every rule that decided: its number in the table of rules, its word, reading and conditions,
then `source +gains -losses` for each source. `--most` takes so many texts of each file, spread evenly. It takes about
5 ms for a text and 4 ms more for each of the rules in it.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from unittest import mock

from labelled_words import LabelledText, labelled_texts
from transformers_tsukasa.evaluation.readings.reading_scores import kana_only
from transformers_tsukasa.text.edit_distance import edit_distance
from transformers_tsukasa.text.phonemes.morae import comparable_morae
from transformers_tsukasa.text.readings import disambiguation
from transformers_tsukasa.text.readings.analysis import read_by_rules
from transformers_tsukasa.text.readings.heteronyms import Entry, Rule, Table, choose_readings, heteronym_table
from transformers_tsukasa.text.readings.learned.context_features import core_of
from transformers_tsukasa.text.tables import rows
from transformers_tsukasa.utils.atomic_files import write_text


Counts = dict[tuple[int, str], Counter[str]]
"""Number of a rule and source -> how often it gains, loses, and decides."""


def without(table: Table, number: int) -> Table:
    """The table without one of its rules, which stays among the readings that its word has."""
    reduced = dict(table)
    for word, entry in table.items():
        if any(rule.number == number for rule in entry.rules):
            rules = tuple(rule for rule in entry.rules if rule.number != number)
            reduced[word] = Entry(rules, entry.readings)
    return reduced


def errors_of(text: LabelledText, table: Table, rules: list[Rule] | None = None) -> int:
    """How many errors a text has when it is read by a table.

    Args:
        text: with labels.
        table: of rules.
        rules: a list that receives those that decide.
    """
    on_rule = None if rules is None else rules.append
    with mock.patch.object(disambiguation, "choose_readings", partial(choose_readings, table=table, on_rule=on_rule)):
        words, layout, _ = read_by_rules(text.pieces)
    if "human_kana" in text.row:
        spoken = "".join(kana_only(word.pronunciation) for word in words)
        return edit_distance(comparable_morae(spoken), comparable_morae(kana_only(text.row["human_kana"])))
    cores = ((core_of(words[index]), gold) for index, gold in text.labels(words, layout))
    return sum(core is not None and core.reading != gold for core, gold in cores)


def measure(texts: Iterator[LabelledText], table: Table, counts: Counts) -> int:
    """Count what the rules do in texts; returns how many there were."""
    reduced: dict[int, Table] = {}
    total = 0
    for text in texts:
        total += 1
        rules: list[Rule] = []
        errors = errors_of(text, table, rules)
        for rule in {rule.number for rule in rules}:
            if rule not in reduced:
                reduced[rule] = without(table, rule)
            others = errors_of(text, reduced[rule])
            counts[rule, text.source]["decides"] += 1
            counts[rule, text.source]["gains"] += others > errors
            counts[rule, text.source]["losses"] += others < errors
    return total


def spread(path: Path, most: int) -> Iterator[LabelledText]:
    """At most so many texts of a file, one in every few."""
    total = sum(1 for _ in labelled_texts(path)) if most else 0
    step = max(-(-total // most), 1) if most else 1
    yield from (text for place, text in enumerate(labelled_texts(path)) if place % step == 0)


def table_of(counts: Counts, lines: Sequence[Sequence[str]]) -> str:
    """A line for every rule: number, word, reading, conditions, and what it gains and loses in each source."""
    written = []
    for number in sorted({number for number, _ in counts}):
        word, _, reading, conditions, *_ = lines[number - 1]
        figures = [
            f"{source} +{count['gains']} -{count['losses']} of {count['decides']}"
            for (rule, source), count in sorted(counts.items())
            if rule == number
        ]
        written.append("\t".join((str(number), word, reading, conditions, *figures)))
    return "\n".join(written) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.tsv")
    parser.add_argument("--most", type=int, default=0, help="texts of each file; without it all")
    options = parser.parse_args(arguments)
    for path in options.files:
        if not path.is_file():
            parser.error(f"{path} does not exist; name files of labelled words or of sentences with readings")
    counts: Counts = defaultdict(Counter)
    table, lines = heteronym_table(), rows("heteronyms.tsv", 6)
    for path in options.files:
        began = time.process_time()
        number = measure(spread(path, options.most), table, counts)
        print(f"{path.name}: {number} texts, {time.process_time() - began:.0f} s", flush=True)
        write_text(options.out, table_of(counts, lines))
    for source in sorted({source for _, source in counts}):
        of_source = [count for (_, name), count in counts.items() if name == source]
        print(
            f"{source}: {len(of_source)} rules decide, in {sum(count['gains'] for count in of_source)} cases for the "
            f"better and in {sum(count['losses'] for count in of_source)} for the worse"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
