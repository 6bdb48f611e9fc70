# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which morae of a text were recognised as something else than was to be spoken."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..phonemization import Phonemization
from .symbols import is_sound


@dataclass(frozen=True)
class MoraDifference:
    """A mora whose sounds differ from those recognised.

    Args:
        kana: the mora; the written word where its kana is not known.
        place: offsets of its word in the text, in characters.
        expected: its sounds.
        recognized: those recognised in its place; empty when it is missing.
    """

    kana: str
    place: tuple[int, int]
    expected: str
    recognized: str

    def __str__(self) -> str:
        return (
            f"{self.kana} /{self.expected}/ is /{self.recognized}/" if self.recognized else f"{self.kana} is missing"
        )


def mora_differences(reading: Phonemization, recognized: str) -> tuple[MoraDifference, ...]:
    """The morae that were not recognised as they are read, by the fewest edits between the sounds.

    Marks, spaces and accents do not count. A sound that was added belongs to the mora before it, or else to the first.

    Args:
        reading: of the text.
        recognized: the phonemes recognised, in the profile of the reading.
    """
    sounds = [one for one in reading.alignment if is_sound(one.symbol)]
    found = match_symbols([one.symbol for one in sounds], [symbol for symbol in recognized if is_sound(symbol)])
    groups: dict[tuple[int, int | None], list[int]] = {}
    for place, one in enumerate(sounds):
        groups.setdefault((one.word, one.mora), []).append(place)
    differences = []
    for (word, mora), places in groups.items():
        expected = "".join(sounds[place].symbol for place in places)
        spoken = "".join(found[place] for place in places)
        if expected != spoken:
            owner = reading.words[word]
            kana = owner.surface if mora is None else reading.morae[mora].kana
            differences.append(MoraDifference(kana, (owner.start, owner.end), expected, spoken))
    return tuple(differences)


def match_symbols(expected: Sequence[str], found: Sequence[str]) -> list[str]:
    """The part of the other sequence in place of each expected symbol, by the fewest edits; empty where it is missing.

    Symbols that were added are appended to the one before them, those at the very beginning to the first.
    """
    costs = _edit_costs(expected, found)
    matched = ["" for _ in expected]
    row, column = len(expected), len(found)
    while row or column:
        cost = costs[row][column]
        if row and column and cost == costs[row - 1][column - 1] + (expected[row - 1] != found[column - 1]):
            row, column = row - 1, column - 1
            matched[row] = found[column] + matched[row]
        elif row and cost == costs[row - 1][column] + 1:
            row -= 1
        else:
            column -= 1
            if matched:
                bearer = max(row - 1, 0)
                matched[bearer] = found[column] + matched[bearer]
    return matched


def _edit_costs(expected: Sequence[str], found: Sequence[str]) -> list[list[int]]:
    """Fewest edits from so many first symbols of one sequence to so many of the other."""
    costs = [list(range(len(found) + 1))]
    for row, symbol in enumerate(expected, 1):
        above, current = costs[-1], [row]
        for column, other in enumerate(found, 1):
            current.append(min(above[column] + 1, current[-1] + 1, above[column - 1] + (symbol != other)))
        costs.append(current)
    return costs


__all__ = ["MoraDifference", "match_symbols", "mora_differences"]
