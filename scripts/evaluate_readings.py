# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Score the readings of texts against recorded ones: one table, exit code 1 when a row falls short.

    python scripts/evaluate_readings.py [FILE.jsonl ...] [--fuzz 100000] [--errors FOLDER] [--accents STYLE=FILE.jsonl]
        [--heteronyms FILE.jsonl]

A file has a JSON object per line with `text`, `source`, and `human_kana` or `reference_phonemes` or both (see
`tests/data/README.md`); `also` lists readings that are as good as `human_kana`. Without a file it reads
tests/data/g2p/golden_dev.jsonl. The project's own hard inputs (tests/data/hard_inputs*.jsonl) are always added.

Kana are compared as `transformers_tsukasa.evaluation.readings.reading_scores` tells, strict and with forms of one word
accepted (ニホン, ニッポン); `tsukasa evaluate-readings` prints these rows alone. Phones: lines whose
`reference_is_wrong` is false, symbols outside the inventory removed from the reference; error: edit distance over
symbols / symbols of the reference.

Words with several readings (`--heteronyms`): labelled words as `labelled_words.py` reads them; how often the 60 most
frequent of a file (kanji, whatever kana follow) are read as labelled. Words that are labelled by convention are left
out.

Accents (`--accents`): labels as `accent_model/labels.py` reads them, in a style that the accent model has learned; a
row for the rules and one for the model. What the model has been trained on flatters it: docs/readings.md has figures
on texts that it had not seen.
"""

import argparse
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from accent_model.labels import Agreement, accents_of, read_labels
from labelled_words import is_labelled_by_convention, labelled_words
from transformers_tsukasa.evaluation.readings.reading_scores import (
    ReadingScore,
    read_recorded_readings,
    score_readings,
    write_wrong,
)
from transformers_tsukasa.text import SYMBOL_TO_ID, NothingToReadError, Phonemizer, is_in_inventory
from transformers_tsukasa.text.accents.learned_accents import with_learned_accents
from transformers_tsukasa.text.phonemes.morae import comparable_morae


PROJECT = Path(__file__).resolve().parents[1]
DEFAULT_FILE = PROJECT / "tests" / "data" / "g2p" / "golden_dev.jsonl"
HARD_FILES = sorted((PROJECT / "tests" / "data").glob("hard_inputs*.jsonl"))


@dataclass
class Row:
    """A score, and the figures that it must reach."""

    score: ReadingScore
    min_right: float | None = None  # percent of sentences
    max_error: float | None = None  # percent of morae or symbols

    @property
    def passes(self) -> bool:
        return (self.min_right is None or self.score.right_percent >= self.min_right) and (
            self.max_error is None or self.score.error_percent <= self.max_error
        )

    def cells(self) -> tuple[str, ...]:
        wanted = "" if self.min_right is None else f">= {self.min_right:g} %"
        if self.max_error is not None:
            wanted += f", <= {self.max_error:g} %"
        figures = f"{self.score.right_percent:.2f} %, {self.score.error_percent:.3f} %"
        return self.score.name, str(self.score.sentences), figures, wanted or "-", "ok" if self.passes else "SHORT"


# source -> least sentences right, most mora errors in percent, strict
WANTED = {"ROHAN": (92, 0.65), "ITA": (94, 0.55), "HARD": (97, None)}


def score_all(lines: Sequence[dict], phonemizer: Phonemizer) -> list[Row]:
    """Two rows per source with human readings, strict and accepted, and two rows of phones."""
    rows = []
    for source, (strict, accepted) in score_readings(lines, phonemizer).items():
        rows += [Row(strict, *WANTED.get(source, ())), Row(accepted)]
    return rows + score_phones(lines, phonemizer)


def score_phones(lines: Sequence[dict], phonemizer: Phonemizer) -> list[Row]:
    """The phones of the original where it agrees with a person, without and with spaces."""
    bare = Row(ReadingScore("phones of the original, no spaces"), 96, 0.15)
    spaced = Row(ReadingScore("phones of the original, with spaces"), 86, 0.40)
    for line in lines:
        if line.get("reference_is_wrong") is not False:
            continue
        try:
            phonemes = phonemizer(line["text"]).phonemes
        except NothingToReadError:
            phonemes = ""
        label = f"{line.get('id', '')} {line['text']!r}"
        reference = "".join(symbol for symbol in line["reference_phonemes"] if symbol in SYMBOL_TO_ID).strip()
        bare.score.add(label, phonemes.replace(" ", ""), reference.replace(" ", ""))
        spaced.score.add(label, phonemes, reference)
    return [row for row in (bare, spaced) if row.score.sentences]


def score_heteronyms(path: Path, most: int = 60) -> Row:
    """How often the most frequent words with several readings are read as they are labelled.

    Args:
        path: a file of labelled words.
        most: how many words, told apart by their kanji.
    """
    words = [word for word in labelled_words(path) if not is_labelled_by_convention(word)]
    frequent = {core for core, _ in Counter(word.core for word in words).most_common(most)}
    row = Row(ReadingScore(f"words with several readings, {path.name.partition('.')[0]}"), 97.3)
    for word in words:
        if word.core in frequent:
            row.score.add(f"{word.surface} ({word.core})", comparable_morae(word.reading), comparable_morae(word.gold))
    return row


def accent_rows(argument: str, phonemizer: Phonemizer) -> list[tuple[str, ...]]:
    """How the accents of the rules and those of the accent model agree with labels, and how long the model takes.

    Args:
        argument: a style of the model and a file, as `jsut=labels.jsonl`.
        phonemizer: reads the texts.

    Raises:
        ValueError: without a style, for one that the model has not learned, and for a damaged file.
    """
    style, _, path = argument.partition("=")
    if not path:
        raise ValueError(f"{argument!r} names no style: write jsut={argument}")
    rules, learned = Agreement(), Agreement()
    seconds = 0.0
    for label in read_labels(Path(path)):
        words = phonemizer.words(label.text)
        rules.add(label.accents, accents_of(words))
        began = time.process_time()
        accented = with_learned_accents(words, style)
        seconds += time.process_time() - began
        learned.add(label.accents, accents_of(accented))
    texts = str(learned.texts)
    taken = f"{1000 * seconds / max(learned.texts, 1):.2f} ms of processor time a text"
    return [
        (f"accents of {style}, {name}", str(agreement.texts), _accent_figures(agreement), "-", "ok")
        for name, agreement in (("rules", rules), ("learned", learned))
    ] + [(f"accents of {style}, time", texts, taken, "-", "ok")]


def _accent_figures(agreement: Agreement) -> str:
    return ", ".join(f"{name} {value:.1f} %" for name, value in agreement.figures().items())


def measure_speed(lines: Sequence[dict], phonemizer: Phonemizer) -> float:
    """Sentences a second, one thread, after a warm start."""
    texts = [line["text"] for line in lines if line.get("source") != "HARD"][:2000]
    began = time.process_time()
    for text in texts:
        try:
            phonemizer(text)
        except NothingToReadError:
            continue
    return len(texts) / max(time.process_time() - began, 1e-9)


def fuzz(count: int, phonemizer: Phonemizer, seed: int = 0) -> tuple[int, int, list[str]]:
    """Counts of exceptions and of stray symbols on random strings, and the strings that caused them."""
    generator = random.Random(seed)
    exceptions = strays = 0
    culprits = []
    for _ in range(count):
        text = random_text(generator)
        try:
            phonemes = phonemizer(text).phonemes
        except NothingToReadError:  # the documented error
            continue
        except Exception as error:  # any exception counts: the row allows none
            exceptions += 1
            culprits.append(f"{text!r}: {error!r}")
            continue
        if not is_in_inventory(phonemes):
            strays += 1
            culprits.append(f"{text!r}: {phonemes!r}")
    return exceptions, strays, culprits


_RANGES = (
    ((0x20, 0x7F),),
    ((0x3040, 0x3100), (0xFF60, 0xFFA0), (0x3099, 0x309D), (0x31F0, 0x3200)),
    ((0x4E00, 0x9FFF), (0x3400, 0x4DC0), (0x20000, 0x2A6E0), (0xF900, 0xFB00)),
    ((0x3000, 0x3040), (0xFF00, 0xFF60), (0x2000, 0x2070)),
    ((0x0, 0x20), (0x80, 0xA0), (0x300, 0x370), (0x200B, 0x2010), (0xFE00, 0xFE10)),
    ((0x1F300, 0x1FAFF), (0x2600, 0x27C0), (0x2190, 0x2400)),
    ((0x0, 0xD800), (0xE000, 0x110000)),
)
_SNIPPETS = (
    "《",
    "》",
    "｜",
    "<ruby>",
    "<rt>",
    "</ruby>",
    "は",
    "ー",
    "っ",
    "ん",
    "々",
    "ゝ",
    "10",
    "-",
    "/",
    "¥",
    "kyou",
    "今日",
)


def random_text(generator: random.Random) -> str:
    """A string of up to 24 characters: of one kind, of several kinds, or of any code points."""
    kinds = generator.sample(_RANGES, generator.randint(1, 3))
    characters = []
    for _ in range(generator.randint(1, 24)):
        if generator.random() < 0.1:
            characters.append(generator.choice(_SNIPPETS))
        else:
            low, high = generator.choice(generator.choice(kinds))
            characters.append(chr(generator.randrange(low, high)))
    return "".join(characters)


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    header = ("measure", "n", "right, error", "at least", "")
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--fuzz", type=int, default=100_000, help="number of random strings to try")
    parser.add_argument("--no-hard", action="store_true", help="leave the project's own hard inputs out")
    parser.add_argument("--errors", type=Path, help="write the errors of each row to files in this folder")
    parser.add_argument("--accents", action="append", default=[], metavar="STYLE=FILE.jsonl", help="labels of accents")
    parser.add_argument("--heteronyms", action="append", default=[], type=Path, metavar="FILE.jsonl")
    options = parser.parse_args(arguments)
    files = options.files or [DEFAULT_FILE]
    for path in (*files, *options.heteronyms):
        if not path.exists():
            parser.error(f"{path} does not exist; name a JSON lines file with recorded readings")
    logging.getLogger("transformers_tsukasa").setLevel(logging.ERROR)

    phonemizer = Phonemizer()
    lines = [line for path in files for line in read_recorded_readings(path)]
    hard = [] if options.no_hard else [line for path in HARD_FILES for line in read_recorded_readings(path)]
    scored = score_all(lines + hard, phonemizer) + [score_heteronyms(path) for path in options.heteronyms]
    rows = [row.cells() for row in scored]
    try:
        rows += [row for argument in options.accents for row in accent_rows(argument, phonemizer)]
    except (OSError, ValueError) as error:
        parser.error(str(error))
    speed = measure_speed(lines, phonemizer)
    rows.append(("sentences a second on one core", "", f"{speed:.0f}", ">= 500", "ok" if speed >= 500 else "SHORT"))
    exceptions, strays, culprits = fuzz(options.fuzz, phonemizer)
    fuzz_passes = exceptions == strays == 0
    figures = f"{exceptions} exceptions, {strays} strays"
    rows.append(("random strings", str(options.fuzz), figures, "0, 0", "ok" if fuzz_passes else "SHORT"))
    print_table(rows)
    if options.errors:
        write_wrong((row.score for row in scored), options.errors)
        (options.errors / "random_strings.txt").write_text("\n".join(culprits) + "\n", encoding="utf-8")
    return 0 if all(row.passes for row in scored) and speed >= 500 and fuzz_passes else 1


if __name__ == "__main__":
    sys.exit(main())
