# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The view that the accent model has of a text: names of features of every word, every mora and every mark.

A name is a kind and a value ("pos=名詞"); the model knows a vector for each name that was frequent enough when it was
trained. They come in parts that repeat from text to text, so that the model can keep the sums of their vectors: of a
word and its morae by themselves, of a word for its neighbours, of a phrase of the rules, and of a breath group (all
that lies between two marks).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..phonemes.morae import split_written_morae
from ..phonemes.units import accent_phrases
from ..types import UNSPOKEN, DictionaryEntry, Word
from .lexical import UNIT_ACCENT, UNIT_CHANGE, UNIT_LEMMA, UNIT_ORIGIN, Lexical, lexical_accents


class SpokenWord(NamedTuple):
    """A word with morae.

    Attributes:
        number: of the word in the text.
        word: it.
        morae: of its pronunciation.
        lexical: its accents in the two dictionaries, None where neither has it.
        in_token, in_unit: morae of its entries in the two dictionaries that words before it have.
    """

    number: int
    word: Word
    morae: tuple[str, ...]
    lexical: tuple[Lexical, Lexical] | None
    in_token: int
    in_unit: int


class RulePhrase(NamedTuple):
    """An accent phrase of the rules: its words, its first mora in the text, its morae, its nucleus."""

    words: list[SpokenWord]
    start: int
    size: int
    nucleus: int


class TextView(NamedTuple):
    """Analysed words in the parts that have features; characters that are not spoken are left out.

    Attributes:
        items: spoken words and marks in order, a mark as its first character.
        phrases: of the rules; together they have all morae, in order.
        groups: how many morae each breath group has.
    """

    items: list[SpokenWord | str]
    phrases: list[RulePhrase]
    groups: list[int]

    @property
    def words(self) -> list[SpokenWord]:
        """The spoken words."""
        return [item for item in self.items if not isinstance(item, str)]

    @property
    def places(self) -> list[tuple[int, int]]:
        """The number of the word of every mora, and that of the mora in its word."""
        return [(item.number, mora) for item in self.words for mora in range(len(item.morae))]


def view_of(words: Sequence[Word]) -> TextView:
    """The view of analysed words, which have the accents of the rules."""
    items: list[SpokenWord | str] = []
    spoken: dict[int, SpokenWord] = {}
    groups: list[int] = []
    group = in_token = in_unit = 0
    for index, word in enumerate(words):
        if word.pronunciation:
            morae, entry = split_written_morae(word.pronunciation), word.entry
            in_token = 0 if entry and entry.begins_token else in_token
            in_unit = 0 if entry and entry.begins_unit else in_unit
            spoken[index] = SpokenWord(index, word, morae, lexical_accents(word), in_token, in_unit)
            items.append(spoken[index])
            group, in_token, in_unit = (count + len(morae) for count in (group, in_token, in_unit))
        else:
            if group:
                groups.append(group)
            group = in_token = in_unit = 0
            if word.pos != UNSPOKEN:
                items.append(word.surface[:1])
    return TextView(items, _rule_phrases(words, spoken), [*groups, group] if group else groups)


def _rule_phrases(words: Sequence[Word], spoken: dict[int, SpokenWord]) -> list[RulePhrase]:
    phrases = []
    start = 0
    for indices in accent_phrases(words):
        members = [spoken[index] for index in indices]
        size = sum(len(member.morae) for member in members)
        phrases.append(RulePhrase(members, start, size, min(members[0].word.accent, size)))
        start += size
    return phrases


_SOURCES = frozenset({"dictionary", "number", "english", "kana", "unknown"})
_CHARACTER_KINDS = (("ぁ", "ん", "h"), ("ァ", "ー", "k"), ("㐀", "鿿", "c"), ("々", "〇", "c"))


def class_of(word: Word) -> tuple[str, ...]:
    """All that `class_names` are made of: parts of speech and forms, which many words share."""
    source = word.source if word.source in _SOURCES else word.source.split(":", 1)[0]
    own = (word.pos, *word.pos_details[:2], word.conjugation_type, word.conjugation_form, source)
    return (*own, *word.entry.unit[:6]) if word.entry else own


def class_names(word_class: tuple[str, ...]) -> list[str]:
    """The features of all words of a class."""
    pos, first, second, kind, form, source, *unit = word_class
    names = [
        f"pos={pos}",
        f"detail={pos}/{first}",
        f"details={pos}/{first}/{second}",
        f"type={kind}",
        f"form={form}",
        f"source={source}",
    ]
    if unit:
        names += [
            f"unit={unit[0]}",
            f"unit_pos={'/'.join(unit[:3])}",
            f"unit_type={unit[4]}",
            f"unit_form={unit[5]}",
        ]
    return names


def word_names(spoken: SpokenWord) -> list[str]:
    """The features of a word beside those of its class."""
    word = spoken.word
    names = [
        f"lemma={word.lemma}/{word.pos}",
        f"surface={word.surface}/{word.pos}",
        f"kinds={''.join(sorted(set(map(_character_kind, word.surface))))}",
        f"morae={min(len(spoken.morae), 9)}",
        f"first={word.surface[:1]}",
        f"last={word.surface[-1:]}",
    ]
    return names + (_entry_names(spoken, word.entry) if word.entry else ["entry=none"])


@lru_cache(maxsize=8192)
def _character_kind(character: str) -> str:
    return next((kind for low, high, kind in _CHARACTER_KINDS if low <= character <= high), "o")


def _entry_names(spoken: SpokenWord, entry: DictionaryEntry) -> list[str]:
    """The features that the dictionaries give a word."""
    columns = entry.unit
    names = [f"begins={entry.begins_token:d}{entry.begins_unit:d}"]
    token, unit = spoken.lexical or (Lexical(), Lexical())
    if token.nuclei:
        nucleus = token.nuclei[0]
        names += [
            f"nucleus={min(nucleus, 7)}/{min(token.morae, 7)}",
            f"from_end={min(token.morae - nucleus, 6) if nucleus else 'flat'}",
            f"rule={token.rule}",
            f"same={token.sound[:1] == spoken.word.pronunciation[:1]}",
        ]
        if entry.begins_token:
            names.append(f"more={min(max(token.morae - len(spoken.morae), -3), 6)}")
    else:
        names.append("nucleus=?")
    if unit.sound:
        names += [
            f"origin={columns[UNIT_ORIGIN]}",
            f"accent={columns[UNIT_ACCENT]}",
            f"connection={unit.rule}",
            f"change={columns[UNIT_CHANGE]}",
            f"unit_lemma={columns[UNIT_LEMMA]}",
        ]
        if unit.rule.startswith("C"):
            names.append(f"noun={unit.rule}/{columns[UNIT_ACCENT]}")
    return names


NEAR = (-1, 1)
"""Where the neighbours of a word or mark are that it has features of: -1 is the one right before it."""

END = "end"
"""The feature of either end of a text, which only its neighbour has."""

_OF_NEIGHBOURS = (
    "details=",
    "type=",
    "form=",
    "lemma=",
    "morae=",
    "nucleus=",
    "unit_pos=",
    "connection=",
    "mark=",
    END,
)


def names_for_neighbour(names: Iterable[str], far: int) -> list[str]:
    """The features that a word, mark or end with these features gives the one for which it is at `far` (`NEAR`)."""
    return [f"{far}:{name}" for name in names if name.startswith(_OF_NEIGHBOURS)]


def mora_names(spoken: SpokenWord) -> list[list[str]]:
    """The features that every mora of a word has by its place there."""
    last = len(spoken.morae) - 1
    token, unit = spoken.lexical or (None, None)
    found = []
    for number, mora in enumerate(spoken.morae):
        names = [_mora_name(mora), _IN_WORD[min(number, 7)], _TO_WORD_END[min(last - number, 7)]]
        if number == 0:
            names.append("word begins")
        if token and unit:
            names.append(_BY_TOKEN[_distance(spoken.in_token + number, token.nuclei)])
            names.append(_BY_UNIT[_distance(spoken.in_unit + number, unit.nuclei)])
            if len(unit.nuclei) > 1:
                names.append(_BY_UNIT_TOO[_distance(spoken.in_unit + number, unit.nuclei[1:])])
        found.append(names)
    return found


def phrase_names(size: int, nucleus: int) -> list[list[str]]:
    """The features that every mora of a phrase of the rules has by its place there."""
    found = [
        [
            f"in_phrase={min(mora, 12)}",
            f"to_phrase_end={min(size - 1 - mora, 12)}",
            _BY_RULES[_distance(mora, (nucleus,))],
        ]
        for mora in range(size)
    ]
    found[0] += [f"phrase={min(size, 15)}", f"phrase_accent={min(nucleus, 9)}/{min(size, 9)}"]
    return found


def group_names(size: int) -> list[list[str]]:
    """The features that every mora of a breath group has by its place there."""
    return [[f"in_group={min(mora, 10)}", f"to_group_end={min(size - 1 - mora, 10)}"] for mora in range(size)]


def mark_names(mark: str) -> list[str]:
    """The features of a mark."""
    return [f"mark={mark}"]


_FLAT, _UNKNOWN = 13, 14


def _distance(mora: int, nuclei: Sequence[int]) -> int:
    """Which of the names of `_distances` tells how a mora, counted from 0, stands to the first nucleus."""
    if not nuclei:
        return _UNKNOWN
    return min(max(mora + 1 - nuclei[0], -6), 6) + 6 if nuclei[0] else _FLAT


def _distances(kind: str) -> list[str]:
    """Names for 6 morae before a nucleus or more, up to 6 after it or more, for no nucleus, and for an unknown one."""
    return [*(f"{kind}={morae}" for morae in range(-6, 7)), f"{kind}=flat", f"{kind}=?"]


@lru_cache(maxsize=1024)
def _mora_name(mora: str) -> str:
    return f"mora={mora}"


# Names that every mora has: made once, since a text has them by the hundred.
_IN_WORD, _TO_WORD_END = ([f"{kind}={number}" for number in range(8)] for kind in ("in_word", "to_word_end"))
_BY_RULES, _BY_TOKEN, _BY_UNIT, _BY_UNIT_TOO = map(_distances, ("by_rules", "by_token", "by_unit", "by_unit_too"))


__all__ = [
    "END",
    "NEAR",
    "RulePhrase",
    "SpokenWord",
    "TextView",
    "class_names",
    "class_of",
    "group_names",
    "mark_names",
    "mora_names",
    "names_for_neighbour",
    "phrase_names",
    "view_of",
    "word_names",
]
