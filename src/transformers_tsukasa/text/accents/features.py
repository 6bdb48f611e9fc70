# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The view that the accent model has of a text: names of features of every word and of every mora or mark.

A name is a kind and a value ("pos=名詞"); the model knows a vector for each name that was frequent enough when it was
trained. Features of a word are apart from those of its morae, since they are the same wherever the word stands.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from ..phonemes.morae import comparable_morae, is_kana, split_written_morae
from ..phonemes.units import accent_phrases
from ..types import UNSPOKEN, DictionaryEntry, Word


class Position(NamedTuple):
    """A mora or a mark of a text: its word, its number in the word (-1 for a mark), and names of its features."""

    word: int
    mora: int
    names: list[str]


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
_ORIGIN, _LEMMA, _UNIT_SOUND, _ACCENT_TYPE, _ACCENT_CONNECTION, _ACCENT_CHANGE = (
    12,
    7,
    9,
    23,
    24,
    25,
)  # columns of UniDic 2.1.2
_LONGEST_RULE = 60  # characters
_LITTLE_MARK = "’"  # pyopenjtalk's, of a devoiced mora
_SOURCES = frozenset({"dictionary", "number", "english", "kana", "unknown"})
_CHARACTER_KINDS = (("ぁ", "ん", "h"), ("ァ", "ー", "k"), ("㐀", "鿿", "c"), ("々", "〇", "c"))


def word_names(word: Word) -> list[str]:
    """The features of a spoken word by itself."""
    first, second = word.pos_details[:2]
    source = word.source if word.source in _SOURCES else word.source.split(":", 1)[0]
    names = [
        f"pos={word.pos}",
        f"detail={word.pos}/{first}",
        f"details={word.pos}/{first}/{second}",
        f"type={word.conjugation_type}",
        f"form={word.conjugation_form}",
        f"lemma={word.lemma}/{word.pos}",
        f"surface={word.surface}/{word.pos}",
        f"kinds={''.join(sorted(set(map(_character_kind, word.surface))))}",
        f"source={source}",
        f"morae={min(len(split_written_morae(word.pronunciation)), 9)}",
        f"first={word.surface[:1]}",
        f"last={word.surface[-1:]}",
    ]
    return names + (_entry_names(word, word.entry) if word.entry else ["entry=none"])


def _character_kind(character: str) -> str:
    return next((kind for low, high, kind in _CHARACTER_KINDS if low <= character <= high), "o")


def _entry_names(word: Word, entry: DictionaryEntry) -> list[str]:
    """The features that the dictionaries give a word."""
    columns = entry.unit
    names = [
        f"begins={entry.begins_token:d}{entry.begins_unit:d}",
        f"unit={columns[0]}",
        f"unit_pos={'/'.join(columns[:3])}",
        f"unit_type={columns[4]}",
        f"unit_form={columns[5]}",
    ]
    token, unit = lexical_accents(word) or (Lexical(), Lexical())
    if token.nuclei:
        nucleus = token.nuclei[0]
        names += [
            f"nucleus={min(nucleus, 7)}/{min(token.morae, 7)}",
            f"from_end={min(token.morae - nucleus, 6) if nucleus else 'flat'}",
            f"rule={token.rule}",
            f"same={token.sound[:1] == word.pronunciation[:1]}",
        ]
        if entry.begins_token:
            names.append(f"more={min(max(token.morae - len(split_written_morae(word.pronunciation)), -3), 6)}")
    else:
        names.append("nucleus=?")
    if unit.sound:
        names += [
            f"origin={columns[_ORIGIN]}",
            f"accent={columns[_ACCENT_TYPE]}",
            f"connection={unit.rule}",
            f"change={columns[_ACCENT_CHANGE]}",
            f"unit_lemma={columns[_LEMMA]}",
        ]
        if unit.rule.startswith("C"):
            names.append(f"noun={unit.rule}/{columns[_ACCENT_TYPE]}")
    return names


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
    if len(unit) <= _ACCENT_CHANGE:
        return Lexical()
    nuclei = tuple(map(int, re.findall(r"\d+", unit[_ACCENT_TYPE])))
    return Lexical(nuclei, unit[_ACCENT_CONNECTION][:_LONGEST_RULE], 0, unit[_UNIT_SOUND])


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
    if not is_kana(sound):
        return False
    first, second = comparable_morae(sound), comparable_morae(pronunciation)
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def positions(words: Sequence[Word]) -> list[Position]:
    """The morae and marks of analysed words in order; characters that are not spoken are left out."""
    phrases = {phrase[0]: phrase for phrase in accent_phrases(words)}
    found: list[Position] = []
    for is_spoken, group in groupby(enumerate(words), key=lambda pair: bool(pair[1].pronunciation)):
        if is_spoken:
            found += _breath_group(words, [index for index, _ in group], phrases)
        else:
            marks = [index for index, word in group if word.pos != UNSPOKEN]
            found += [Position(index, -1, [f"mark={words[index].surface[:1]}"]) for index in marks]
    return found


def _breath_group(words: Sequence[Word], group: list[int], phrases: dict[int, list[int]]) -> list[Position]:
    """The morae of words without a mark between them."""
    split = {index: split_written_morae(words[index].pronunciation) for index in group}
    size = sum(map(len, split.values()))
    found: list[Position] = []
    in_phrase = phrase_size = nucleus = in_token = in_unit = 0
    for index in group:
        word, morae = words[index], split[index]
        if index in phrases:
            in_phrase, phrase_size = 0, sum(len(split[member]) for member in phrases[index])
            nucleus = min(word.accent, phrase_size)
        entry = word.entry
        in_token = 0 if entry and entry.begins_token else in_token
        in_unit = 0 if entry and entry.begins_unit else in_unit
        lexical = lexical_accents(word)
        for number, mora in enumerate(morae):
            names = [
                _mora_name(mora),
                _IN_WORD[min(number, 7)],
                _TO_WORD_END[min(len(morae) - 1 - number, 7)],
                _IN_PHRASE[min(in_phrase, 12)],
                _TO_PHRASE_END[min(phrase_size - 1 - in_phrase, 12)],
                _BY_RULES[_distance(in_phrase, nucleus)],
                _IN_GROUP[min(len(found), 10)],
                _TO_GROUP_END[min(size - 1 - len(found), 10)],
            ]
            if number == 0:
                names.append("word begins")
            if in_phrase == 0:
                names += [f"phrase={min(phrase_size, 15)}", f"phrase_accent={min(nucleus, 9)}/{min(phrase_size, 9)}"]
            if lexical:
                token, unit = lexical
                names.append(
                    _BY_TOKEN[_distance(in_token + number, token.nuclei[0])] if token.nuclei else "by_token=?"
                )
                names.append(_BY_UNIT[_distance(in_unit + number, unit.nuclei[0])] if unit.nuclei else "by_unit=?")
                if len(unit.nuclei) > 1:
                    names.append(_BY_UNIT_TOO[_distance(in_unit + number, unit.nuclei[1])])
            found.append(Position(index, number, names))
            in_phrase += 1
        in_token += len(morae)
        in_unit += len(morae)
    return found


_FLAT = 13


def _distance(mora: int, nucleus: int) -> int:
    """Which of the names of `_distances` tells how a mora, counted from 0, stands to a nucleus."""
    return min(max(mora + 1 - nucleus, -6), 6) + 6 if nucleus else _FLAT


def _distances(kind: str) -> list[str]:
    """Names for 6 morae before a nucleus or more, up to 6 after it or more, and for no nucleus."""
    return [*(f"{kind}={morae}" for morae in range(-6, 7)), f"{kind}=flat"]


def _numbers(kind: str, most: int) -> list[str]:
    return [f"{kind}={number}" for number in range(most + 1)]


@lru_cache(maxsize=1024)
def _mora_name(mora: str) -> str:
    return f"mora={mora}"


# Names that every mora has: made once, since a text has them by the hundred.
_IN_WORD, _TO_WORD_END = _numbers("in_word", 7), _numbers("to_word_end", 7)
_IN_PHRASE, _TO_PHRASE_END = _numbers("in_phrase", 12), _numbers("to_phrase_end", 12)
_IN_GROUP, _TO_GROUP_END = _numbers("in_group", 10), _numbers("to_group_end", 10)
_BY_RULES, _BY_TOKEN = _distances("by_rules"), _distances("by_token")
_BY_UNIT, _BY_UNIT_TOO = _distances("by_unit"), _distances("by_unit_too")


__all__ = ["Lexical", "Position", "lexical_accents", "positions", "token_accent", "unit_accent", "word_names"]
