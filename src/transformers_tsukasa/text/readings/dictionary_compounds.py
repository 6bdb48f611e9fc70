# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compounds and set phrases that the analysis puts together wrongly from its words, read as JMdict has them.

A run of words counts that spells an entry exactly, the last of them in any form if it inflects (忍耐|強く), and that
is misread when it stands alone (scripts/build_reading_tables.py). Where other words join it without a kana, the
compound may be a longer one, and after a number it counts something: both are left alone. The table is data of its own
under CC BY-SA 4.0 (`data/jmdict/LICENSE.txt`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from ..phonemes.morae import comparable_morae, to_katakana
from ..tables import rows
from .njd_words import INFLECTED, NjdWord, merge


_MAX_WORDS = 6
_JOINS = re.compile("[一-鿿㐀-䶿々ァ-ヺー]")


@lru_cache(maxsize=1)
def _compounds() -> dict[str, tuple[str, ...]]:
    """Entry -> readings, the usual one first."""
    return {entry: tuple(readings.split("/")) for entry, readings in rows("jmdict/compounds.tsv.gz", 2)}


@lru_cache(maxsize=1)
def _first_characters() -> frozenset[str]:
    return frozenset(entry[0] for entry in _compounds())


def read_dictionary_compounds(words: Sequence[NjdWord]) -> list[NjdWord]:
    """The words with those joined that spell an entry of the table and are read in another way.

    Joined ones have the source "rule:jmdict". Words with a given reading stay as they are.
    """
    result = list(words)
    index = 0
    while index < len(result):
        if result[index].surface[:1] in _first_characters() and _may_begin(result, index):
            found = _longest_entry(result, index)
            if found is not None:
                result = _joined(result, index, *found)
        index += 1
    return result


def _may_begin(words: Sequence[NjdWord], index: int) -> bool:
    if index == 0:
        return True
    before = words[index - 1]
    return before.detail != "数" and not _JOINS.match(before.surface[-1:])


def _longest_entry(words: Sequence[NjdWord], index: int) -> tuple[int, tuple[str, ...]] | None:
    """One past the last word of the longest entry that begins at `index`, and its readings there."""
    found = None
    surface = ""
    for end, word in enumerate(words[index : index + _MAX_WORDS], index + 1):
        if word.is_fixed or word.pos == "記号":
            break
        if end > index + 1 and not (end < len(words) and _JOINS.match(words[end].surface)):
            readings = _compounds().get(surface + word.surface) if word.lemma != "する" else None
            readings = readings or _inflected(surface, word)
            if readings:
                found = end, readings
        surface += word.surface
    return found


def _inflected(before: str, word: NjdWord) -> tuple[str, ...]:
    """The readings of an entry that ends with a form of `word`; none where the table has no such entry."""
    stem = word.lemma[:-1]
    if word.pos not in INFLECTED or not stem or not word.surface.startswith(stem):
        return ()
    ending = to_katakana(word.surface[len(stem) :])
    return tuple(reading[:-1] + ending for reading in _compounds().get(before + word.lemma, ()))


def _joined(words: list[NjdWord], start: int, end: int, readings: tuple[str, ...]) -> list[NjdWord]:
    """The words with `words[start:end]` made one, unless they are read so already."""
    present = "".join(word.kana for word in words[start:end])
    if comparable_morae(present) in map(comparable_morae, readings):
        return words
    joined = merge(words, start, end, readings[0])
    joined[start] = replace(
        joined[start],
        source="rule:jmdict",
        note="a compound that JMdict reads in one way",
        alternatives=(*readings[1:], present),
        is_confident=True,
    )
    return joined
