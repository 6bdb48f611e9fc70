# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Score the readings of texts against recorded ones: one table, exit code 1 when a row falls short.

    python scripts/evaluate_readings.py [FILE.jsonl ...] [--fuzz 100000] [--errors FOLDER] [--accents STYLE=FILE.jsonl]

A file has a JSON object per line with `text`, `source`, and `human_kana` or `reference_phonemes` or both (see
`tests/data/README.md`); `also` lists readings that are as good as `human_kana`. Without a file it reads
tests/data/g2p/golden_dev.jsonl. The project's own hard inputs (tests/data/hard_inputs*.jsonl) are always added.

Kana: punctuation and spaces are removed; エイ/エー, オウ/オー and equal vowels + ー are one long vowel, ヂ is ジ,
ヅ is ズ, ヲ is オ, イウ is ユー. Foreign morae (ヴァ and バ) are not merged. Error: edit distance over morae / morae
of the human reading. Phones: lines whose `reference_is_wrong` is false, symbols outside the inventory removed from the
reference; error: edit distance over symbols / symbols of the reference.

Accents (`--accents`): labels as `accent_model/labels.py` reads them, in a style that the accent model has learned; a
row for the rules and one for the model. What the model has been trained on flatters it: docs/readings.md has figures
on texts that it had not seen.
"""

import argparse
import json
import logging
import random
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from accent_model.labels import Agreement, accents_of, read_labels
from transformers_tsukasa.text import SYMBOL_TO_ID, NothingToReadError, Phonemizer, is_in_inventory
from transformers_tsukasa.text.accents.learned_accents import with_learned_accents
from transformers_tsukasa.text.edit_distance import edit_distance
from transformers_tsukasa.text.phonemes.morae import comparable_morae, is_kana, to_katakana


PROJECT = Path(__file__).resolve().parents[1]
DEFAULT_FILE = PROJECT / "tests" / "data" / "g2p" / "golden_dev.jsonl"
HARD_FILES = sorted((PROJECT / "tests" / "data").glob("hard_inputs*.jsonl"))


@dataclass
class Score:
    """Sentences and symbols of one row, and the figures they must reach."""

    name: str
    min_right: float | None = None  # percent of sentences
    max_error: float | None = None  # percent of morae or symbols
    sentences: int = 0
    right: int = 0
    edits: int = 0
    length: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, label: str, got: Sequence[str], expected: Sequence[str]) -> None:
        edits = 0 if list(got) == list(expected) else edit_distance(got, expected)
        self.sentences += 1
        self.right += edits == 0
        self.edits += edits
        self.length += len(expected)
        if edits:
            self.wrong.append(f"{label}\n  got      {''.join(got)}\n  expected {''.join(expected)}")

    @property
    def right_percent(self) -> float:
        return 100 * self.right / max(self.sentences, 1)

    @property
    def error_percent(self) -> float:
        return 100 * self.edits / max(self.length, 1)

    @property
    def passes(self) -> bool:
        return (self.min_right is None or self.right_percent >= self.min_right) and (
            self.max_error is None or self.error_percent <= self.max_error
        )

    def row(self) -> tuple[str, ...]:
        wanted = "" if self.min_right is None else f">= {self.min_right:g} %"
        if self.max_error is not None:
            wanted += f", <= {self.max_error:g} %"
        figures = f"{self.right_percent:.2f} %, {self.error_percent:.3f} %"
        return self.name, str(self.sentences), figures, wanted or "-", "ok" if self.passes else "SHORT"


def kana_only(text: str) -> str:
    return "".join(character for character in to_katakana(text) if is_kana(character))


def read_lines(paths: Iterable[Path]) -> list[dict]:
    lines = []
    for path in paths:
        with path.open(encoding="utf-8") as file:
            lines += [json.loads(line) for line in file if line.strip()]
    return lines


def score_readings(lines: Sequence[dict], phonemizer: Phonemizer) -> list[Score]:
    """One row per source with human readings, and two rows of phones."""
    kana = {
        "ROHAN": Score("ROHAN, kana", 92, 0.65),
        "ITA": Score("ITA, kana", 94, 0.55),
        "HARD": Score("own hard inputs, kana", 97),
    }
    bare = Score("phones of the original, no spaces", 96, 0.15)
    spaced = Score("phones of the original, with spaces", 86, 0.40)
    for line in lines:
        try:
            result = phonemizer(line["text"])
            spoken, phonemes = result.kana, result.phonemes
        except NothingToReadError:
            spoken, phonemes = "", ""
        label = f"{line.get('id', '')} {line['text']!r}"
        if line.get("human_kana") is not None:
            source = line.get("source", "other")
            score = kana.setdefault(source, Score(f"{source}, kana"))
            got = comparable_morae(spoken)
            readings = [comparable_morae(kana_only(kana)) for kana in (line["human_kana"], *line.get("also", ()))]
            score.add(label, got, min(readings, key=lambda reading: edit_distance(got, reading)))
        if line.get("reference_is_wrong") is False:
            reference = "".join(symbol for symbol in line["reference_phonemes"] if symbol in SYMBOL_TO_ID).strip()
            bare.add(label, phonemes.replace(" ", ""), reference.replace(" ", ""))
            spaced.add(label, phonemes, reference)
    return [score for score in (*kana.values(), bare, spaced) if score.sentences]


def accent_rows(argument: str, phonemizer: Phonemizer) -> list[tuple[str, ...]]:
    """How the accents of the rules and those of the accent model agree with labels.

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
    for label in read_labels(Path(path)):
        words = phonemizer.words(label.text)
        rules.add(label.accents, accents_of(words))
        learned.add(label.accents, accents_of(with_learned_accents(words, style)))
    return [
        (f"accents of {style}, {name}", str(agreement.texts), _accent_figures(agreement), "-", "ok")
        for name, agreement in (("rules", rules), ("learned", learned))
    ]


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
    options = parser.parse_args(arguments)
    files = options.files or [DEFAULT_FILE]
    for path in files:
        if not path.exists():
            parser.error(f"{path} does not exist; name a JSON lines file with recorded readings")
    logging.getLogger("transformers_tsukasa").setLevel(logging.ERROR)

    phonemizer = Phonemizer()
    lines = read_lines(files)
    scores = score_readings(lines + ([] if options.no_hard else read_lines(HARD_FILES)), phonemizer)
    rows = [score.row() for score in scores]
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
        options.errors.mkdir(parents=True, exist_ok=True)
        for score in scores:
            name = "".join(character if character.isalnum() else "_" for character in score.name)
            (options.errors / f"{name}.txt").write_text("\n".join(score.wrong) + "\n", encoding="utf-8")
        (options.errors / "random_strings.txt").write_text("\n".join(culprits) + "\n", encoding="utf-8")
    return 0 if all(score.passes for score in scores) and speed >= 500 and fuzz_passes else 1


if __name__ == "__main__":
    sys.exit(main())
