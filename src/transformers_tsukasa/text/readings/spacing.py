# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where short units stand in a text, and where the strings of the published checkpoints have a space between two."""

from bisect import bisect_left, bisect_right

from ..phonemes.morae import comparable_morae, is_kana, split_morae, to_katakana
from .short_units import Unit, reading_alone, split_units


_INFLECTED = frozenset({"動詞", "形容詞", "助動詞"})
_MULTIPLIERS = frozenset("十百千")
_DIGITS = frozenset("一二三四五六七八九何数幾")
# Always written onto the word before: ん of んです, って, and kana that cannot begin a word.
_CLINGING = ("ん", "ン", "っ", "ッ", "ー", "ぁ", "ぃ", "ぅ", "ぇ", "ぉ")


def is_joined(left: Unit, right: Unit) -> bool:
    """Whether `right` is written onto `left` without a space.

    The rules are those of the romaniser that wrote the training strings of the published checkpoints: a space between
    short units, but none after a prefix, before a suffix or a conjunctive particle, or between a verb, adjective or
    auxiliary and the auxiliary after it.
    """
    if left.pos == "接頭辞" or right.pos == "接尾辞":
        return True
    if right.surface.startswith(_CLINGING):
        return True
    if right.pos == "助詞":
        return right.detail == "接続助詞"
    if right.pos == "助動詞" and left.pos in _INFLECTED:
        return right.surface != "です" and not (right.surface == "で" and left.surface == "た")
    if right.detail == left.detail == "数詞":
        return is_multiplied(left.surface, right.surface)
    return False


def is_multiplied(left: str, right: str) -> bool:
    """Whether two numerals are one number word: 三十, 五百, but 十 三 and 百 万."""
    return right in _MULTIPLIERS and left in _DIGITS


def _is_same(pronunciation: str, spoken: str) -> bool:
    """Whether two readings differ in how they write long vowels at most."""
    is_as_long = is_kana(pronunciation) and len(split_morae(pronunciation)) == len(split_morae(spoken))
    return is_as_long and comparable_morae(pronunciation) == comparable_morae(spoken)


class ShortUnits:
    """The short units of a text by their place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._units = split_units(text)
        self._starts = [unit.start for unit in self._units]
        self._index = {start: index for index, start in enumerate(self._starts)}

    def unit_at(self, place: int) -> Unit | None:
        """The unit that holds the character at `place`."""
        index = bisect_right(self._starts, place) - 1
        return self._units[index] if index >= 0 and place < self._units[index].end else None

    def starts_between(self, begin: int, end: int) -> list[int]:
        """Where units start inside a stretch."""
        if end - begin < 2:
            return []
        return self._starts[bisect_right(self._starts, begin) : bisect_left(self._starts, end)]

    def is_joined_at(self, place: int) -> bool:
        """Whether no space may stand before `place`: inside a unit, or between two that are written together."""
        index = self._index.get(place)
        return index is None or (index > 0 and is_joined(self._units[index - 1], self._units[index]))

    def is_particle(self, begin: int, end: int) -> bool:
        """Whether a stretch is a particle for the short units too, and not the beginning of はいる."""
        index = self._index.get(begin)
        return index is not None and self._units[index].end == end and self._units[index].pos in ("助詞", "接続詞")

    def reading(self, begin: int, end: int) -> str:
        """The reading of `text[begin:end]` by itself, "" when unknown."""
        index = self._index.get(begin)
        if index is not None and self._units[index].end == end:
            return reading_alone(self._units[index])
        written = self._text[begin:end]
        return to_katakana(written) if is_kana(written) else ""

    def lengthened(self, begin: int, end: int, spoken: str) -> str:
        """The reading `spoken` of a stretch with ー in its long vowels; "" where the short units do not tell."""
        index = self._index.get(begin)
        if index is None:
            return ""
        pronunciation = ""
        while index < len(self._units) and self._units[index].end < end:
            pronunciation += self._units[index].pronunciation
            index += 1
        if index == len(self._units) or self._units[index].end != end:
            return ""
        pronunciation += self._units[index].pronunciation
        if pronunciation == spoken:
            return spoken
        return pronunciation if _is_same(pronunciation, spoken) else ""
