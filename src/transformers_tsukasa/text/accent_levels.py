# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent of a text: for every mora and every phoneme symbol whether the pitch is high or low, and its phrase.

The levels are those of the accent of Tokyo: a phrase begins low and is high from its second mora to its nucleus, or to
its end without one; with the nucleus on the first mora, only that one is high.
"""

from typing import NamedTuple

from .phonemes.units import accent_phrases, mora_places
from .phonemization import Phonemization


NO_LEVEL, LOW, HIGH = -1, 0, 1


class AccentedMora(NamedTuple):
    """A mora's level, `LOW` or `HIGH`, the index of its accent phrase, and whether it is the nucleus of the phrase."""

    level: int
    phrase: int
    is_nucleus: bool


def accented_morae(phonemization: Phonemization) -> list[AccentedMora]:
    """The accent of every mora of a text, in the order of `Phonemization.morae`."""
    words = phonemization.words
    morae: list[AccentedMora] = []
    for number, phrase in enumerate(accent_phrases(words)):
        count = len(mora_places(words, phrase))
        nucleus = min(words[phrase[0]].accent, count)
        for place in range(1, count + 1):
            is_high = place == 1 if nucleus == 1 else place > 1 and (nucleus == 0 or place <= nucleus)
            morae.append(AccentedMora(HIGH if is_high else LOW, number, place == nucleus))
    return morae


def accent_levels(phonemization: Phonemization) -> list[int]:
    """`LOW` or `HIGH` for every phoneme symbol of a text, `NO_LEVEL` for spaces and marks.

    The symbols of the accent marks ↑ and ↓ have the level of their mora.
    """
    morae = accented_morae(phonemization)
    return [morae[owner.mora].level if owner.mora >= 0 else NO_LEVEL for owner in phonemization.owners]


def accent_phrase_of_symbols(phonemization: Phonemization) -> list[int]:
    """The index of the accent phrase for every phoneme symbol of a text, -1 for spaces and marks."""
    morae = accented_morae(phonemization)
    return [morae[owner.mora].phrase if owner.mora >= 0 else -1 for owner in phonemization.owners]


__all__ = [
    "HIGH",
    "LOW",
    "NO_LEVEL",
    "AccentedMora",
    "accent_levels",
    "accent_phrase_of_symbols",
    "accented_morae",
]
