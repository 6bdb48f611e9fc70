# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the strings of the published checkpoints have a space between two short units."""

from .short_units import Unit


_INFLECTED = frozenset({"動詞", "形容詞", "助動詞"})
_MULTIPLIERS = frozenset("十百千")
_DIGITS = frozenset("一二三四五六七八九何数幾")
# Written onto the word before whatever they are: ん of んです, って, and what cannot begin a word.
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
