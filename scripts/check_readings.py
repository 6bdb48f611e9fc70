# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Print every figure of readings and accents beside the floor that it must reach: met or missed.

    python scripts/check_readings.py [--shared FOLDER] [--folds 3] [--left-out] [--most 500]

FOLDER holds the development halves (`readings/`, as its README says); without it the folder `shared` beside the
checkout. Readings are those of the package. Accents are cross-validated: `--folds 3` trains a model on two thirds of
the labelled texts and measures it on the others, three times, which takes about five minutes of one core; `--folds 0`
leaves them out. `--left-out` adds models that have seen no label of the annotator they are measured on. `--most` takes
so many texts of every file, for a quick look.

The last column says why a figure flatters: rules were written while ROHAN and ITA were read, and some while errors of
JSUT and of the Wikipedia corpus were. The exit code is 1 if a floor is missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch

from accent_model.labels import Agreement
from accent_model.train import Labelled, cross_validate, measure, read_texts, train_model
from accent_model.training import Settings
from evaluate_readings import score_heteronyms, score_phones
from transformers_tsukasa.evaluation.readings.reading_scores import read_recorded_readings, score_readings
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accents.learned_accents import with_learned_accents


PROJECT = Path(__file__).resolve().parents[1]
DATA = PROJECT / "src" / "transformers_tsukasa" / "text" / "data"
GOLDEN = PROJECT / "tests" / "data" / "g2p" / "golden_dev.jsonl"
STYLES = ("jsut", "rohan", "ita")
LEARNED_DATA = ("accents.npz", "jmdict", "learned", "unidic_variants.tsv.gz")
RULES_SEEN, ERRORS_SEEN, UNSEEN = "rules were written on it", "errors of it were read", "labels not seen"


class Floor(NamedTuple):
    """The least value of a figure, or the most of one that should be small."""

    least: float | None = None
    most: float | None = None

    def is_met(self, value: float) -> bool:
        """Whether a value, as it is printed, reaches the floor."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return ("" if self.least is None else f">= {self.least:g}") + (
            "" if self.most is None else f"<= {self.most:g}"
        )


class Row(NamedTuple):
    """A figure with its floor; `seen` tells on what it flatters."""

    measure: str
    count: int
    value: float
    floor: Floor
    seen: str = "-"

    def cells(self) -> tuple[str, ...]:
        value = round(self.value, 3)
        verdict = "-" if self.floor == Floor() else "met" if self.floor.is_met(value) else "MISSED"
        return (
            self.measure,
            str(self.count),
            f"{value:.3f}".rstrip("0").rstrip("."),
            str(self.floor),
            verdict,
            self.seen,
        )


# source -> floors of sentences right and of mora errors, strict, then with variants accepted; all in percent
READINGS = {
    "ROHAN": (Floor(93.0), Floor(most=0.56), Floor(96.3), Floor(most=0.31), RULES_SEEN),
    "ITA": (Floor(94.1), Floor(), Floor(95.3), Floor(), RULES_SEEN),
    "JSUT": (Floor(88.4), Floor(most=0.79), Floor(), Floor(), ERRORS_SEEN),
}
ACCENTS: dict[str, dict[str, Floor]] = {
    "jsut": {
        "phrase": Floor(76),
        "sentence": Floor(25),
        "fall F1": Floor(84.5),
        "border F1": Floor(93.7),
        "high/low": Floor(92),
    },
    "rohan": {"phrase": Floor(72)},
    "ita": {"phrase": Floor(70)},
}


def reading_rows(lines: Sequence[dict], phonemizer: Phonemizer) -> Iterator[Row]:
    """Sentences right and mora errors per source, strict and with variants accepted, then phones of the original."""
    for source, scores in score_readings(lines, phonemizer).items():
        if source not in READINGS:
            continue
        *floors, seen = READINGS[source]
        for name, score, (right, error) in zip(("strict", "accepted"), scores, (floors[:2], floors[2:]), strict=True):
            yield Row(f"{source} readings, {name}: sentences", score.sentences, score.right_percent, right, seen)
            yield Row(f"{source} readings, {name}: mora error", score.sentences, score.error_percent, error, seen)
    for row in score_phones(lines, phonemizer)[:1]:
        score = row.score
        yield Row(score.name, score.sentences, score.error_percent, Floor(most=0.15), RULES_SEEN)


def heteronym_row(path: Path) -> Row:
    """How many words with several readings are read as they are labelled."""
    score = score_heteronyms(path).score
    return Row("words with several readings", score.sentences, score.right_percent, Floor(97.3), ERRORS_SEEN)


def accent_rows(
    title: str, found: Mapping[str, Agreement], floors: Mapping[str, Mapping[str, Floor]]
) -> Iterator[Row]:
    """The figures of every style."""
    for style, agreement in found.items():
        for name, value in agreement.figures().items():
            if name in ACCENTS["jsut"]:
                floor = floors.get(style, {}).get(name, Floor())
                yield Row(f"{title}, {style}: {name}", agreement.texts, value, floor, UNSEEN)


def left_out_rows(texts: Sequence[Labelled], settings: Settings) -> Iterator[Row]:
    """Accents in every annotator's texts of a model that has seen none of that annotator's labels."""
    for style in dict.fromkeys(text.style for text in texts):
        model = train_model([text for text in texts if text.style != style], settings, _silent)
        found = measure([text for text in texts if text.style == style], model)
        yield from accent_rows("accents, annotator left out", found, {})


def cost_rows(texts: Sequence[Labelled]) -> Iterator[Row]:
    """Processor time of accents for a text, and the size of all data that was learned or taken from dictionaries."""
    for text in texts[:50]:
        with_learned_accents(text.words)
    began = time.process_time()
    for text in texts:
        with_learned_accents(text.words)
    milliseconds = 1000 * (time.process_time() - began) / max(len(texts), 1)
    yield Row("accents, ms of processor time a text", len(texts), milliseconds, Floor(most=1))
    files = [file for name in LEARNED_DATA for file in (DATA / name, *(DATA / name).rglob("*"))]
    sizes = [file.stat().st_size for file in files if file.is_file()]
    yield Row("data added to the package, MB", len(sizes), sum(sizes) / 1e6, Floor(most=3))


def _silent(line: str) -> None:
    """Drop a line of progress."""


def _shortened(path: Path, most: int, folder: Path) -> Path:
    """The first lines of a file, as a file of the same name."""
    if not most:
        return path
    short = folder / path.name
    with path.open(encoding="utf-8") as file:
        short.write_text("".join(islice(file, most)), encoding="utf-8")
    return short


def all_rows(files: Mapping[str, Path], folds: int, left_out: bool, settings: Settings) -> list[Row]:
    """Every row of the table; `files` are by name: golden, readings, heteronyms, and those of the styles."""
    phonemizer = Phonemizer()
    lines = [line for name in ("golden", "readings") for line in read_recorded_readings(files[name])]
    rows = [*reading_rows(lines, phonemizer), heteronym_row(files["heteronyms"])]
    texts = read_texts([f"{style}={files[style]}" for style in STYLES])
    if folds:
        found = cross_validate(texts, folds, settings, _silent)
        rows += accent_rows(f"accents, {folds} folds", found, ACCENTS)
    if left_out:
        rows += left_out_rows(texts, settings)
    return [*rows, *cost_rows(texts[:1000])]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=PROJECT.parent / "shared", metavar="FOLDER")
    parser.add_argument("--folds", type=int, default=3, help="parts of the labelled texts, each kept back in turn")
    parser.add_argument("--left-out", action="store_true", help="train without each annotator too")
    parser.add_argument("--most", type=int, default=0, help="texts of every file; without it all")
    parser.add_argument("--epochs", type=int, default=Settings.epochs, help="of the accent models")
    options = parser.parse_args(arguments)
    folder = options.shared / "readings"
    files = {
        "golden": GOLDEN,
        "readings": folder / "readings" / "jsut_readings_dev.jsonl",
        "heteronyms": folder / "readings" / "wac_heteronyms_dev.jsonl",
        **{style: folder / "accent" / f"{style}_accent_dev.jsonl" for style in STYLES},
    }
    for path in files.values():
        if not path.is_file():
            parser.error(f"{path} does not exist; pass the folder with the development halves as `shared`")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        short = {name: _shortened(path, options.most, Path(temporary)) for name, path in files.items()}
        settings = replace(Settings(), epochs=options.epochs)
        rows = all_rows(short, options.folds, options.left_out, settings)
    header = ("measure", "n", "value", "floor", "", "flattered, since")
    cells = [header, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return 1 if any(row.cells()[4] == "MISSED" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
