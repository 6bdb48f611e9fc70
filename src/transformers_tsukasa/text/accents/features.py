# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What the accent model sees of a text: names of features of every word and of every mora or mark.

A name is a kind and a value ("pos=名詞"); the model knows a vector for each name that was frequent enough when it was
trained. Features of a word are apart from those of its morae, since they are the same wherever the word stands.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from ..phonemes.morae import split_written_morae
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
_ORIGIN, _LEMMA, _ACCENT_TYPE, _ACCENT_CONNECTION, _ACCENT_CHANGE = 12, 7, 23, 24, 25  # columns of UniDic 2.1.2
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
    token, unit = token_accent(entry.token), entry.unit
    names = [
        f"begins={entry.begins_token:d}{entry.begins_unit:d}",
        f"unit={unit[0]}",
        f"unit_pos={'/'.join(unit[:3])}",
        f"unit_type={unit[4]}",
        f"unit_form={unit[5]}",
    ]
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
    if len(unit) > _ACCENT_CHANGE:
        names += [
            f"origin={unit[_ORIGIN]}",
            f"accent={unit[_ACCENT_TYPE]}",
            f"connection={unit[_ACCENT_CONNECTION][:_LONGEST_RULE]}",
            f"change={unit[_ACCENT_CHANGE]}",
            f"unit_lemma={unit[_LEMMA]}",
        ]
        if unit[_ACCENT_CONNECTION].startswith("C"):
            names.append(f"noun={unit[_ACCENT_CONNECTION]}/{unit[_ACCENT_TYPE]}")
    return names


@lru_cache(maxsize=16384)
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


@lru_cache(maxsize=4096)
def _written_nuclei(accent_type: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", accent_type)))


def unit_nuclei(unit: Sequence[str]) -> tuple[int, ...]:
    """The nuclei that UniDic has for a word, the most usual first; none where it tells none."""
    return _written_nuclei(unit[_ACCENT_TYPE]) if len(unit) > _ACCENT_CHANGE else ()


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
        for number, mora in enumerate(morae):
            left = len(morae) - 1 - number
            names = [
                f"mora={mora}",
                f"in_word={min(number, 7)}",
                f"to_word_end={min(left, 7)}",
                f"in_phrase={min(in_phrase, 12)}",
                f"to_phrase_end={min(phrase_size - 1 - in_phrase, 12)}",
                f"by_rules={_distance(in_phrase, nucleus)}",
                f"in_group={min(len(found), 10)}",
                f"to_group_end={min(size - 1 - len(found), 10)}",
            ]
            if number == 0:
                names.append("word begins")
            if in_phrase == 0:
                names += [f"phrase={min(phrase_size, 15)}", f"phrase_accent={min(nucleus, 9)}/{min(phrase_size, 9)}"]
            if entry:
                names += _lexical_distances(entry, in_token + number, in_unit + number)
            found.append(Position(index, number, names))
            in_phrase += 1
        in_token += len(morae)
        in_unit += len(morae)
    return found


def _lexical_distances(entry: DictionaryEntry, in_token: int, in_unit: int) -> list[str]:
    """How far a mora stands from the nuclei that the dictionaries give the word."""
    token, unit = token_accent(entry.token).nuclei, unit_nuclei(entry.unit)
    names = [
        f"by_token={_distance(in_token, token[0]) if token else '?'}",
        f"by_unit={_distance(in_unit, unit[0]) if unit else '?'}",
    ]
    if len(unit) > 1:
        names.append(f"by_unit_too={_distance(in_unit, unit[1])}")
    return names


def _distance(mora: int, nucleus: int) -> str:
    """How many morae a mora, counted from 0, stands after a nucleus, at most 6; "flat" for none."""
    return str(min(max(mora + 1 - nucleus, -6), 6)) if nucleus else "flat"


__all__ = ["Lexical", "Position", "positions", "token_accent", "unit_nuclei", "word_names"]
