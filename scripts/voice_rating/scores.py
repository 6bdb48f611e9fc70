# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Scores of clips, kept one by one as soon as they are known, and their means with standard errors.

A figure of a clip is an amount and a weight, such as errors and morae. The figure of a voice is the sum of all amounts
over that of all weights, a mean where every weight is one. Its standard error is that of a ratio of means over clips
(Cochran 1977, Sampling Techniques, 6.3): texts are the sample, and what one clip has wrong in many morae counts once.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from transformers_tsukasa.utils.atomic_files import write_text

from .clips import Clip


Figures = dict[str, tuple[float, float]]
"""Amount and weight of every figure of a clip, by its name."""


class ScoreBook:
    """The scores in a file of JSON lines, each of a clip by a rater.

    A score counts for the same file and the same rater only: a clip that was replaced is scored again.

    Args:
        path: of the file; made with the first score.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[tuple[str, str], dict] = {}
        if path.is_file():
            content = path.read_bytes()
            complete = content[: content.rfind(b"\n") + 1]  # a killed process may have left a part of a line
            if complete != content:
                write_text(path, complete.decode("utf-8"))
            for line in complete.decode("utf-8").splitlines():
                self._enter(json.loads(line))

    def _enter(self, row: dict) -> None:
        self._rows[row["rater"], row["clip"]] = row

    def has(self, rater: str, identity: str, clip: Clip) -> bool:
        """Whether the clip as it is has a score by the rater as it is."""
        row = self._rows.get((rater, clip.key))
        return row is not None and row["identity"] == identity and row["digest"] == clip.digest

    def add(self, rater: str, identity: str, clip: Clip, figures: Figures, **notes: str) -> None:
        """Keep a score."""
        row = {
            "rater": rater,
            "clip": clip.key,
            "identity": identity,
            "digest": clip.digest,
            "figures": {name: list(figure) for name, figure in figures.items()},
            **notes,
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._enter(row)

    def figures(self, is_counted: Callable[[str], bool] = lambda voice: True) -> dict[str, list[tuple[float, float]]]:
        """Amounts and weights of all figures, clip by clip, of the voices that are counted."""
        found: dict[str, list[tuple[float, float]]] = {}
        for (_, clip), row in sorted(self._rows.items()):
            if is_counted(clip.rpartition("/")[0]):
                for name, (amount, weight) in row["figures"].items():
                    found.setdefault(name, []).append((amount, weight))
        return found

    @property
    def voices(self) -> list[str]:
        """Names of all voices with a score."""
        return sorted({clip.rpartition("/")[0] for _, clip in self._rows})


def mean_and_error(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The ratio of the sums of amounts and weights, and its standard error; NaN for what cannot be told."""
    total = sum(weight for _, weight in pairs)
    if not total:
        return math.nan, math.nan
    ratio = sum(amount for amount, _ in pairs) / total
    count = len(pairs)
    if count < 2:
        return ratio, math.nan
    squares = sum((amount - ratio * weight) ** 2 for amount, weight in pairs)
    return ratio, math.sqrt(squares * count / (count - 1)) / total


def summary(book: ScoreBook) -> dict[str, dict[str, dict[str, float]]]:
    """Mean, standard error and number of clips of every figure, of all voices together ("") and of each."""
    groups: dict[str, Callable[[str], bool]] = {"": lambda voice: True}
    groups |= {name: lambda voice, name=name: voice == name for name in book.voices}
    result: dict[str, dict[str, dict[str, float]]] = {}
    for group, is_counted in groups.items():
        result[group] = {}
        for name, pairs in book.figures(is_counted).items():
            mean, error = mean_and_error(pairs)
            result[group][name] = {"mean": mean, "error": error, "clips": len(pairs)}
    return result


def markdown(books: Mapping[str, ScoreBook], with_voices: bool) -> str:
    """A table with a row for every book, and for every voice of it if wanted, and a column for every figure."""
    rows: list[tuple[str, dict[str, dict[str, float]]]] = []
    for title, book in books.items():
        groups = summary(book)
        rows.append((title, groups.pop("")))
        rows += [(f"{title}: {voice}", figures) for voice, figures in groups.items() if with_voices]
    names = list(dict.fromkeys(name for _, figures in rows for name in figures))
    lines = ["| | clips | " + " | ".join(names) + " |", "|---|" + "---:|" * (len(names) + 1)]
    for title, figures in rows:
        clips = max((int(figure["clips"]) for figure in figures.values()), default=0)
        lines.append(f"| {title} | {clips} | " + " | ".join(_cell(figures.get(name)) for name in names) + " |")
    return "\n".join(lines) + "\n"


def _cell(figure: Mapping[str, float] | None) -> str:
    if figure is None or math.isnan(figure["mean"]):
        return ""
    digits = 1 if abs(figure["mean"]) >= 10 else 2
    error = "" if math.isnan(figure["error"]) else f" ± {figure['error']:.{digits}f}"
    return f"{figure['mean']:.{digits}f}{error}"


def as_json(books: Iterable[tuple[str, ScoreBook]]) -> str:
    """The summary of every book, by figure, of "all" voices and of each; what cannot be told is null."""
    plain = {title: {voice or "all": _plain(row) for voice, row in summary(book).items()} for title, book in books}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _plain(row: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float | None]]:
    return {
        name: {key: None if math.isnan(value) else value for key, value in figure.items()}
        for name, figure in row.items()
    }
