# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compounds and set phrases that the analysis puts together wrongly from its words, read as JMdict has them.

A run of words counts that spells an entry exactly, the last of them in any form if it inflects (忍耐|強く), and that
is misread when it stands alone (scripts/build_reading_tables.py). Where other words join it without a kana, the
compound may be a longer one, and after a number it counts something: both are left alone. The table is data of its own
under CC BY-SA 4.0 (`data/jmdict/LICENSE.txt`).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..phonemes.morae import comparable_morae, is_kana, to_katakana
from ..tables import rows
from .njd_words import INFLECTED, NjdWord, merge
from .reading_variants import reading_variants


_MAX_WORDS = 6
_KANJI = re.compile("[一-鿿㐀-䶿々]+")
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
    return words[index - 1].detail != "数" and not _grow_together(words[index - 1], words[index])


def _grow_together(left: NjdWord, right: NjdWord) -> bool:
    """Whether two words may be parts of a longer compound: no kana stands where they meet."""
    return bool(_JOINS.match(left.surface[-1:]) and _JOINS.match(right.surface))


def _longest_entry(words: Sequence[NjdWord], index: int) -> tuple[int, tuple[str, ...]] | None:
    """One past the last word of the longest entry that begins at `index`, and its readings there."""
    found = None
    surface = ""
    for end, word in enumerate(words[index : index + _MAX_WORDS], index + 1):
        if word.is_fixed or word.pos == "記号":
            break
        if end > index + 1 and not (end < len(words) and _grow_together(word, words[end])):
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


def _with_variants(words: Sequence[NjdWord]) -> Iterator[str]:
    """The readings of a phrase with another form of one of its words, as good (貴い: トウトイ, タットイ).

    Within a compound of kanji alone the form is not free.
    """
    parts = [word.kana for word in words]
    if _KANJI.fullmatch("".join(word.surface for word in words)):
        return
    for place, word in enumerate(words):
        for kana in reading_variants(word.surface, word.lemma, word.kana):
            yield "".join((*parts[:place], kana, *parts[place + 1 :]))


def _joined(words: list[NjdWord], start: int, end: int, readings: tuple[str, ...]) -> list[NjdWord]:
    """The words with `words[start:end]` made one, unless they are read so already."""
    run = words[start:end]
    present = "".join(word.kana for word in run)
    spoken = "".join(filter(is_kana, "".join(word.pronunciation for word in run)))
    right = {comparable_morae(reading) for reading in readings}
    if any(comparable_morae(kana) in right for kana in (present, spoken, *_with_variants(run))):
        return words
    joined = merge(words, start, end, readings[0])
    joined[start] = joined[start]._replace(
        source="rule:jmdict",
        note="JMdict has these words as one entry",
        alternatives=(*readings[1:], present),
        is_confident=True,
    )
    return joined
