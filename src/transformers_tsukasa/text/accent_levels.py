# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent of a text: for every mora and every phoneme symbol whether the pitch is high or low, and its phrase.

Tokyo Japanese: an accent phrase is low in its first mora, high from the second one to the nucleus, and low after it. A
nucleus on the first mora makes that mora high, and a phrase without a nucleus stays high to its end.
"""

from collections.abc import Sequence

from .phonemes.units import accent_phrases, mora_places
from .phonemization import Phonemization
from .types import Word


NO_MORA = -1
"""The level of a symbol that belongs to no mora: a pad, a mark, a space."""

HIGH, MORA_STARTS, PHRASE_STARTS = 1, 2, 4
"""Parts of the level of a symbol that belongs to a mora, which is their sum: whether the mora is high, whether the
symbol is the first of its mora, and whether that is the first of its accent phrase."""


def phrase_levels(morae: int, nucleus: int) -> list[int]:
    """The levels of the morae of an accent phrase, each that of a symbol that starts its mora.

    Args:
        morae: how many the phrase has.
        nucleus: the mora after which the pitch falls, from 1; 0 for a flat phrase.

    Raises:
        ValueError: for a nucleus that the phrase does not have.
    """
    if not 0 <= nucleus <= morae:
        raise ValueError(f"the nucleus of an accent phrase of {morae} morae must be 0 to {morae}, got {nucleus}")
    levels = []
    for mora in range(1, morae + 1):
        is_high = mora <= nucleus if nucleus == 1 else mora > 1 and (nucleus == 0 or mora <= nucleus)
        levels.append(MORA_STARTS + HIGH * is_high + PHRASE_STARTS * (mora == 1))
    return levels


def mora_levels(words: Sequence[Word]) -> list[int]:
    """The levels of all morae of analysed words, in order, by the accents that the words have."""
    levels: list[int] = []
    for phrase in accent_phrases(words):
        count = len(mora_places(words, phrase))
        levels += phrase_levels(count, min(words[phrase[0]].accent, count))
    return levels


def accent_levels(phonemization: Phonemization) -> list[int]:
    """The level of every phoneme symbol of a text.

    Returns:
        For each symbol `NO_MORA`, or the sum of `HIGH`, `MORA_STARTS` and `PHRASE_STARTS`. The symbols of the accent
        marks ↑ and ↓ are of their mora. A mora that is written by no symbol of its own has no level; the phrase that
        it starts starts at the next mora.
    """
    levels = mora_levels(phonemization.accented_words)
    found: list[int] = []
    last = -1
    for owner in phonemization.owners:
        if owner.mora < 0:
            found.append(NO_MORA)
        elif owner.mora == last:
            found.append(levels[last] & HIGH)
        else:
            starts_phrase = any(levels[mora] & PHRASE_STARTS for mora in range(last + 1, owner.mora + 1))
            found.append(levels[owner.mora] & HIGH | MORA_STARTS | PHRASE_STARTS * starts_phrase)
            last = owner.mora
    return found


__all__ = [
    "HIGH",
    "MORA_STARTS",
    "NO_MORA",
    "PHRASE_STARTS",
    "accent_levels",
    "mora_levels",
    "phrase_levels",
]
