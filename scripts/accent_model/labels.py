# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Accents that people have written down, and how well other accents agree with them.

A label is katakana with the marks of Kurihara et al. (2020, "Prosodic features control by symbols as input of
sequence-to-sequence acoustic modeling for neural TTS"): [ the pitch rises, ] it falls, # an accent phrase ends, _ a
pause, ^ the beginning, $ or ? the end. A fall after the last mora of a phrase is not written.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from transformers_tsukasa.text.phonemes.morae import comparable_morae, is_kana, split_written_morae
from transformers_tsukasa.text.phonemes.units import accent_phrases
from transformers_tsukasa.text.types import Word


class Phrase(NamedTuple):
    """An accent phrase: its first mora, one past its last, and its nucleus (0 for none or in the last mora)."""

    start: int
    end: int
    nucleus: int


@dataclass(frozen=True)
class Accents:
    """A text's morae, written so that they can be compared, and its accent phrases."""

    morae: tuple[str, ...]
    phrases: tuple[Phrase, ...]

    @classmethod
    def of(cls, parts: Sequence[tuple[str, int]]) -> "Accents":
        """Of the kana and the nucleus of every accent phrase."""
        phrases, start = [], 0
        for kana, nucleus in parts:
            end = start + len(split_written_morae(kana))
            phrases.append(Phrase(start, end, nucleus if nucleus < end - start else 0))
            start = end
        return cls(comparable_morae("".join(kana for kana, _ in parts)), tuple(phrases))

    @property
    def begins(self) -> set[int]:
        """The first mora of every phrase."""
        return {phrase.start for phrase in self.phrases}

    @property
    def falls(self) -> set[int]:
        """The morae after which the pitch falls."""
        return {phrase.start + phrase.nucleus - 1 for phrase in self.phrases if phrase.nucleus}

    @property
    def levels(self) -> list[bool]:
        """Whether every mora is high."""
        return [
            mora <= nucleus if nucleus == 1 else mora > 1 and (nucleus == 0 or mora <= nucleus)
            for start, end, nucleus in self.phrases
            for mora in range(1, end - start + 1)
        ]


def read_label(label: str) -> Accents:
    """The accents of a label.

    Raises:
        ValueError: for a character that is neither katakana nor one of the marks.
    """
    parts: list[tuple[str, int]] = []
    kana, nucleus = "", 0
    for character in label + "$":
        if character in "#_$?^":
            if kana:
                parts.append((kana, nucleus))
            kana, nucleus = "", 0
        elif character == "]":
            nucleus = len(split_written_morae(kana))
        elif is_kana(character):
            kana += character
        elif character != "[":
            raise ValueError(f"{character!r} in the label {label!r} is neither katakana nor one of ^ $ ? _ # [ ]")
    return Accents.of(parts)


def accents_of(words: Sequence[Word]) -> Accents:
    """The accents of analysed words."""
    return Accents.of(
        [
            ("".join(words[index].pronunciation for index in phrase), words[phrase[0]].accent)
            for phrase in accent_phrases(words)
        ]
    )


class LabelledText(NamedTuple):
    """A line of a file of labels."""

    name: str
    text: str
    accents: Accents


def read_labels(path: Path) -> list[LabelledText]:
    """The lines of a JSON lines file with `id`, `text` and `label`.

    Raises:
        ValueError: for a line without them, or with another character in its label, naming file and line.
    """
    texts = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            texts.append(LabelledText(row["id"], row["text"], read_label(row["label"])))
        except KeyError as error:
            raise ValueError(f"{path}, line {number}: {error} is missing; give id, text and label") from error
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    return texts


@dataclass
class Agreement:
    """How accents agree with labels; only texts that are read as the label says are compared."""

    texts: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, label: Accents, found: Accents) -> None:
        """Counts a text."""
        self.texts += 1
        is_read_alike = label.morae == found.morae and len(label.levels) == len(found.levels)
        self.counts["same morae"] += is_read_alike
        if not is_read_alike:
            return
        wanted, got = ({phrase[:2]: phrase.nucleus for phrase in one.phrases} for one in (label, found))
        self.counts["morae"] += len(label.levels)
        self.counts["levels"] += sum(a == b for a, b in zip(label.levels, found.levels, strict=True))
        self._add_places("border", label.begins - {0}, found.begins - {0})
        self._add_places("fall", label.falls, found.falls)
        self.counts["phrases"] += len(wanted)
        self.counts["common phrases"] += len(wanted.keys() & got.keys())
        self.counts["right phrases"] += len(wanted.items() & got.items())
        self.counts["right texts"] += wanted == got

    def _add_places(self, name: str, wanted: set[int], got: set[int]) -> None:
        self.counts[f"{name} found"] += len(wanted & got)
        self.counts[f"{name} all"] += len(wanted) + len(got)

    def _percent(self, part: str, of: str, times: int = 1) -> float:
        return 100 * times * self.counts[part] / max(self.counts[of], 1)

    def figures(self) -> dict[str, float]:
        """All in percent."""
        return {
            "high/low": self._percent("levels", "morae"),
            "border F1": self._percent("border found", "border all", 2),
            "fall F1": self._percent("fall found", "fall all", 2),
            "nucleus": self._percent("right phrases", "common phrases"),
            "phrase": self._percent("right phrases", "phrases"),
            "sentence": self._percent("right texts", "same morae"),
            "same morae": 100 * self.counts["same morae"] / max(self.texts, 1),
        }


__all__ = ["Accents", "Agreement", "LabelledText", "Phrase", "accents_of", "read_label", "read_labels"]
