# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Error rates of what was heard against what was to be said: phonemes, characters and kana."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ..text.edit_distance import edit_distance
from ..text.phonemes.symbols import ACCENT_FALL, ACCENT_RISE, SPACE, SYMBOL_TO_ID


# Symbols of the inventory that make no sound of their own: the pad, punctuation, spaces, accent marks.
_SOUNDLESS_CATEGORIES = ("P", "S", "Z")
_SOUNDLESS = frozenset(symbol for symbol in SYMBOL_TO_ID if unicodedata.category(symbol)[0] in _SOUNDLESS_CATEGORIES)


@dataclass(frozen=True)
class ErrorRate:
    """Edits (insertions, deletions and substitutions) and the length of the reference; rates of a corpus are sums."""

    edits: int
    length: int

    def __add__(self, other: "ErrorRate") -> "ErrorRate":
        return ErrorRate(self.edits + other.edits, self.length + other.length)

    @property
    def percent(self) -> float:
        """Edits per 100 symbols of the reference, which can be above 100; NaN for an empty reference."""
        return 100.0 * self.edits / self.length if self.length else float("nan")


def error_rate(heard: Sequence[str], reference: Sequence[str]) -> ErrorRate:
    """Levenshtein's distance between two sequences of symbols, and the length of the second."""
    return ErrorRate(edit_distance(heard, reference), len(reference))


def total_error_rate(heard: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> ErrorRate:
    """The error rate of a corpus: all edits over all symbols.

    Raises:
        ValueError: when there are not as many of both, or the references are empty.
    """
    if len(heard) != len(references):
        raise ValueError(f"{len(heard)} sequences were heard, but there are {len(references)} references")
    total = sum((error_rate(*pair) for pair in zip(heard, references, strict=True)), ErrorRate(0, 0))
    if not total.length:
        raise ValueError("the references hold no symbol to compare with")
    return total


def is_sound(symbol: str) -> bool:
    """Whether a phoneme symbol is a sound: not the pad, punctuation, a space or an accent mark."""
    return symbol not in _SOUNDLESS


def sounds(phonemes: str) -> str:
    """The phonemes without punctuation, spaces and accent marks."""
    return "".join(filter(is_sound, phonemes))


def sounds_and_pauses(phonemes: str) -> str:
    """The phonemes without what takes no time: spaces between words and accent marks; punctuation is a pause."""
    return "".join(symbol for symbol in phonemes if symbol not in (SPACE, ACCENT_RISE, ACCENT_FALL))


def plain_characters(text: str) -> str:
    """A text as characters are counted: NFKC, lower case, without punctuation, symbols and spaces."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in folded if unicodedata.category(character)[0] not in ("P", "S", "Z", "C"))
