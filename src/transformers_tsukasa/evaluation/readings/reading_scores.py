# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Scores of readings against recorded ones, strict and with variants accepted.

Punctuation and spaces are removed; エイ/エー, オウ/オー and equal vowels + ー are one long vowel, ヂ is ジ, ヅ is ズ,
ヲ is オ, イウ is ユー. Foreign morae (ヴァ and バ) are not merged. The mora error is the edit distance over the morae
of the recorded reading. Accepted: forms of one word (`nearest_reading`) count as right.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from ...text import NothingToReadError, Phonemization
from ...text.edit_distance import edit_distance
from ...text.phonemes.morae import comparable_morae, is_kana, to_katakana
from ...utils.atomic_files import write_text
from .nearest_reading import nearest_accepted


@dataclass
class ReadingScore:
    """Sentences and symbols of one row, and what was wrong in them."""

    name: str
    sentences: int = 0
    right: int = 0
    edits: int = 0
    length: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, label: str, got: Sequence[str], expected: Sequence[str]) -> None:
        """Count a sentence; `label` names it among the wrong ones."""
        edits = 0 if list(got) == list(expected) else edit_distance(got, expected)
        self.sentences += 1
        self.right += edits == 0
        self.edits += edits
        self.length += len(expected)
        if edits:
            self.wrong.append(f"{label}\n  got      {''.join(got)}\n  expected {''.join(expected)}")

    @property
    def right_percent(self) -> float:
        """Sentences without an error, percent."""
        return 100 * self.right / max(self.sentences, 1)

    @property
    def error_percent(self) -> float:
        """Edits per 100 symbols of the expected ones."""
        return 100 * self.edits / max(self.length, 1)


def kana_only(text: str) -> str:
    """The kana of a text, in katakana."""
    return "".join(character for character in to_katakana(text) if is_kana(character))


def read_recorded_readings(path: str | PathLike) -> list[dict[str, Any]]:
    """Read a file with a JSON object per line: `text`, and `human_kana` or other things that are recorded of it.

    Raises:
        ValueError: for a line that is no such object, with its number.
        OSError: when the file cannot be read.
    """
    lines = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number}: no JSON ({error.msg}); write one object per line") from error
            if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
                raise ValueError(f"{path}, line {number}: no object with a 'text'; add the sentence that is read")
            lines.append(fields)
    return lines


def score_readings(
    lines: Iterable[dict[str, Any]], phonemizer: Callable[[str], Phonemization]
) -> dict[str, tuple[ReadingScore, ReadingScore]]:
    """Score every line that has `human_kana`.

    Args:
        lines: with `text`, `human_kana`, and perhaps `also` (other readings as good), `source` and `id`.
        phonemizer: reads a text.

    Returns:
        For every source its score, strict and with variants accepted.
    """
    scores: dict[str, tuple[ReadingScore, ReadingScore]] = {}
    for line in lines:
        if line.get("human_kana") is None:
            continue
        source = str(line.get("source", "other"))
        strict, accepted = scores.setdefault(
            source, (ReadingScore(f"{source}, kana"), ReadingScore(f"{source}, kana, variants accepted"))
        )
        try:
            words = phonemizer(line["text"]).words
        except NothingToReadError:
            words = ()
        got = comparable_morae("".join(word.pronunciation for word in words))
        readings = [comparable_morae(kana_only(kana)) for kana in (line["human_kana"], *line.get("also", ()))]
        expected = min(readings, key=lambda reading: edit_distance(got, reading))
        label = f"{line.get('id', '')} {line['text']!r}"
        strict.add(label, got, expected)
        accepted.add(label, got if got == expected else nearest_accepted(words, expected), expected)
    return scores


def write_wrong(scores: Iterable[ReadingScore], folder: Path) -> None:
    """Write the wrong sentences of every score to a file of its name, in a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for score in scores:
        name = "".join(character if character.isalnum() else "_" for character in score.name)
        write_text(folder / f"{name}.txt", "".join(f"{error}\n" for error in score.wrong))


__all__ = ["ReadingScore", "kana_only", "read_recorded_readings", "score_readings", "write_wrong"]
