# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Error rates of recognised phonemes, characters and kana against those that were to be spoken."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ..text.edit_distance import edit_distance
from ..text.phonemes.symbols import ACCENT_FALL, ACCENT_RISE, SPACE, SYMBOL_TO_ID


# Symbols of the inventory without a sound: the pad, punctuation, spaces, accent marks.
_SOUNDLESS_CATEGORIES = ("P", "S", "Z")
_SOUNDLESS = frozenset(symbol for symbol in SYMBOL_TO_ID if unicodedata.category(symbol)[0] in _SOUNDLESS_CATEGORIES)


@dataclass(frozen=True)
class ErrorRate:
    """Edits (insertions, deletions and substitutions) and the length of the reference; add them for a corpus."""

    edits: int
    length: int

    def __add__(self, other: "ErrorRate") -> "ErrorRate":
        return ErrorRate(self.edits + other.edits, self.length + other.length)

    @property
    def percent(self) -> float:
        """Edits per 100 symbols of the reference, which can be above 100; NaN for an empty reference."""
        return 100.0 * self.edits / self.length if self.length else float("nan")


def error_rate(recognized: Sequence[str], reference: Sequence[str]) -> ErrorRate:
    """Return Levenshtein's distance between two sequences of symbols, and the length of the second."""
    return ErrorRate(edit_distance(recognized, reference), len(reference))


def total_error_rate(recognized: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> ErrorRate:
    """Return the error rate of a corpus: all edits over all symbols.

    Raises:
        ValueError: when their numbers differ, or the references are empty.
    """
    if len(recognized) != len(references):
        raise ValueError(f"{len(recognized)} recognised sequences do not fit {len(references)} references")
    total = sum((error_rate(*pair) for pair in zip(recognized, references, strict=True)), ErrorRate(0, 0))
    if not total.length:
        raise ValueError("the references hold no symbol to compare with")
    return total


def is_sound(symbol: str) -> bool:
    """Return whether a phoneme symbol is a sound: not the pad, punctuation, a space or an accent mark."""
    return symbol not in _SOUNDLESS


def sounds(phonemes: str) -> str:
    """Remove punctuation, spaces and accent marks."""
    return "".join(filter(is_sound, phonemes))


def sounds_and_pauses(phonemes: str) -> str:
    """Remove what takes no time: spaces between words and accent marks; punctuation is a pause."""
    return "".join(symbol for symbol in phonemes if symbol not in (SPACE, ACCENT_RISE, ACCENT_FALL))


def plain_characters(text: str) -> str:
    """Normalise a text to count its characters: NFKC, lower case, without punctuation, symbols and spaces."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in folded if unicodedata.category(character)[0] not in ("P", "S", "Z", "C"))
