# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compare the profile kokoro with the phonemes that Kokoro's Japanese voices were trained on, by kind of sentence.

    python scripts/evaluate_kokoro_phonemes.py RECORDED.jsonl [--errors FILE]

A line of the recording is a JSON object with `category`, `text`, `cutlet` (what Kokoro's own front end writes) and
`cutlet_lost` (characters of it that the model does not know). Phones: edit distance over symbols without spaces and
marks / symbols of the recording. Spaces: the share of places in common, of those between phones where either has a
space, on sentences whose phones are equal. Differences are no errors: the recording misreads numbers, Latin and
homographs. Exit code 1 when a symbol is outside the model's table.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.edit_distance import edit_distance
from transformers_tsukasa.text.phonemes.symbols import KOKORO_SYMBOL_TO_ID, SPACE, is_sound


@dataclass
class Comparison:
    """Sums over the sentences of one kind."""

    name: str
    sentences: int = 0
    equal: int = 0
    lossy: int = 0  # sentences of which the recording loses characters
    edits: int = 0
    length: int = 0
    common_spaces: int = 0
    all_spaces: int = 0
    tokens: int = 0
    morae: int = 0
    different: list[str] = field(default_factory=list)

    def add(self, line: dict, phonemes: str, morae: int) -> None:
        """Adds a sentence of the recording and its phonemes here, which have a number of morae."""
        ours, theirs = phones(phonemes), phones(line["cutlet"])
        edits = edit_distance(ours, theirs)
        self.sentences += 1
        self.lossy += bool(line.get("cutlet_lost"))
        self.edits += edits
        self.length += len(theirs)
        self.tokens += len(phonemes)
        self.morae += morae
        if edits:
            self.different.append(f"{self.name} {line['text']}\n  here     {phonemes}\n  recorded {line['cutlet']}")
            return
        self.equal += 1
        own, recorded = spaces(phonemes), spaces(line["cutlet"])
        self.common_spaces += len(own & recorded)
        self.all_spaces += len(own | recorded)

    def row(self) -> tuple[str, ...]:
        """The cells of a table."""
        return (
            self.name,
            str(self.sentences),
            f"{100 * self.edits / max(self.length, 1):.1f} %",
            str(self.equal),
            str(self.lossy),
            f"{100 * self.common_spaces / self.all_spaces:.0f} %" if self.all_spaces else "-",
            f"{self.tokens / max(self.morae, 1):.2f}",
        )


def phones(phonemes: str) -> str:
    """The sounds of phonemes, without spaces and marks."""
    return "".join(filter(is_sound, phonemes))


def spaces(phonemes: str) -> set[int]:
    """The places of spaces, each as the number of sounds before it."""
    places: set[int] = set()
    count = 0
    for symbol in phonemes:
        count += is_sound(symbol)
        if symbol == SPACE:
            places.add(count)
    return places


def compare(lines: Iterable[dict], phonemizer: Phonemizer) -> tuple[list[Comparison], set[str]]:
    """Compare recorded lines; returns a comparison for each category and one of all, and symbols outside the table."""
    total = Comparison("all")
    by_category: dict[str, Comparison] = {}
    strays: set[str] = set()
    for line in lines:
        reading = phonemizer(line["text"])
        strays |= set(reading.phonemes) - KOKORO_SYMBOL_TO_ID.keys()
        category = by_category.setdefault(line["category"], Comparison(line["category"]))
        for comparison in (category, total):
            comparison.add(line, reading.phonemes, len(reading.morae))
    return [*by_category.values(), total], strays


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows under a header, in columns."""
    header = ("sentences", "n", "phones", "equal", "lossy there", "spaces in common", "tokens a mora")
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="RECORDED.jsonl")
    parser.add_argument("--errors", type=Path, help="write the sentences with other phones to this file")
    options = parser.parse_args(arguments)
    if not options.file.is_file():
        parser.error(f"{options.file} does not exist; name a JSON lines file with recorded phonemes")
    with options.file.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    comparisons, strays = compare(lines, Phonemizer("kokoro"))
    print_table([comparison.row() for comparison in comparisons])
    if options.errors:
        options.errors.write_text("\n".join(comparisons[-1].different) + "\n", encoding="utf-8")
    if strays:
        print(f"symbols outside the table of Kokoro v1.0: {' '.join(sorted(strays))}", file=sys.stderr)
    return 1 if strays else 0


if __name__ == "__main__":
    sys.exit(main())
