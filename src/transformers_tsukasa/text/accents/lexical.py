# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accents of words in the two dictionaries of the analysis: pyopenjtalk's and UniDic."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ..phonemes.morae import comparable_morae, is_kana
from ..types import DictionaryEntry, Word


class Lexical(NamedTuple):
    """The accent of a word in a dictionary.

    Attributes:
        nuclei: those that the dictionary has, 0 for none; empty where it tells none.
        rule: how the accent changes when the word joins others, in the words of the dictionary.
        morae: of the dictionary's word; 0 where it does not tell.
        sound: of the dictionary's word in katakana.
    """

    nuclei: tuple[int, ...] = ()
    rule: str = ""
    morae: int = 0
    sound: str = ""


_PRONUNCIATION, _NUCLEUS, _CONNECTION, _TOKEN_COLUMNS = 9, 10, 11, 12  # columns of pyopenjtalk's dictionary
UNIT_LEMMA, UNIT_ORIGIN, UNIT_ACCENT, UNIT_CHANGE = 7, 12, 23, 25
"""Columns of UniDic 2.1.2: the lemma, where it comes from, its accents, and how it changes those of its neighbours."""

_UNIT_SOUND, _UNIT_CONNECTION = 9, 24
_LONGEST_RULE = 60  # characters
_LITTLE_MARK = "’"  # pyopenjtalk's, of a devoiced mora


def token_accent(token: str) -> Lexical:
    """The accent of a word of pyopenjtalk's dictionary, given as MeCab writes it."""
    columns = token.split(",")
    if len(columns) < _TOKEN_COLUMNS:
        return Lexical()
    match = re.match(r"(\d+)/(\d+)", columns[_NUCLEUS])
    if match is None:
        return Lexical()
    rule = ",".join(columns[_CONNECTION:])[:_LONGEST_RULE]
    sound = columns[_PRONUNCIATION].replace(_LITTLE_MARK, "")
    return Lexical((int(match[1]),), rule, int(match[2]), sound)


def unit_accent(unit: Sequence[str]) -> Lexical:
    """The accent of a word of UniDic, given as its columns; the most usual nucleus is the first."""
    if len(unit) <= UNIT_CHANGE:
        return Lexical()
    nuclei = tuple(map(int, re.findall(r"\d+", unit[UNIT_ACCENT])))
    return Lexical(nuclei, unit[_UNIT_CONNECTION][:_LONGEST_RULE], 0, unit[_UNIT_SOUND])


def lexical_accents(word: Word) -> tuple[Lexical, Lexical] | None:
    """The accents that pyopenjtalk's dictionary and UniDic have of a word as it is read.

    An entry of another reading (玩具 read オモチャ, where UniDic reads ガング) tells nothing. None where neither
    dictionary has the word.
    """
    return None if word.entry is None else _accents_in_entry(word.entry, word.pronunciation)


@lru_cache(maxsize=16384)
def _accents_in_entry(entry: DictionaryEntry, pronunciation: str) -> tuple[Lexical, Lexical] | None:
    token, unit = token_accent(entry.token), unit_accent(entry.unit)
    if entry.begins_token and not _sounds_like(token.sound, pronunciation):
        token = Lexical()
    if entry.begins_unit and not _sounds_like(unit.sound, pronunciation):
        unit = Lexical()
    return (token, unit) if token.sound or unit.sound else None


def _sounds_like(sound: str, pronunciation: str) -> bool:
    """Whether one of two readings begins with the other: a word may be a part of an entry, or hold several."""
    if sound == pronunciation:
        return True
    if not is_kana(sound):
        return False
    first, second = comparable_morae(sound), comparable_morae(pronunciation)
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


__all__ = [
    "UNIT_ACCENT",
    "UNIT_CHANGE",
    "UNIT_LEMMA",
    "UNIT_ORIGIN",
    "Lexical",
    "lexical_accents",
    "token_accent",
    "unit_accent",
]
