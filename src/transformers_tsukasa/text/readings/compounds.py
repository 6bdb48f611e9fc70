# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compound nouns and names that pyopenjtalk's dictionary lacks, read as Sudachi's dictionary has them.

Where the analysis puts a word together from its characters (乙女 + 心, 声 + 道), each part has a reading of its own
and the compound is often wrong. Sudachi's dictionary, which comes with pyopenjtalk-plus, has many of them as one word.
Only words that do not inflect: its verbs are as often wrong as right.
"""

import re
import threading
from collections.abc import Sequence
from itertools import pairwise

import sudachipy

from ..phonemes.morae import comparable_morae, is_kana, split_morae
from .layout import STAND_IN
from .njd_words import NjdWord


_KANJI = re.compile("[一-鿿㐀-䶿々]")
_PARTS_OF_SPEECH = frozenset({"名詞", "形状詞", "副詞"})
_MIN_KANJI = 2
_MAX_WORDS = 6
_local = threading.local()
_dictionaries: list[sudachipy.Dictionary] = []
_lock = threading.Lock()


def sudachi_tokenizer(mode: sudachipy.SplitMode) -> sudachipy.Tokenizer:
    """Sudachi's analyser for this thread; the dictionary is shared."""
    tokenizers = _local.__dict__.setdefault("tokenizers", {})
    key = str(mode)
    if key not in tokenizers:
        with _lock:
            if not _dictionaries:
                _dictionaries.append(sudachipy.Dictionary(dict="core"))
        tokenizers[key] = _dictionaries[0].tokenizer(mode=mode)
    return tokenizers[key]


def read_compounds(words: Sequence[NjdWord], text: str) -> list[NjdWord]:
    """The words with those joined that Sudachi's dictionary has as one noun with another reading.

    Args:
        words: their surfaces make up `text`, save for spaces and stand-ins.
        text: the analysed text.

    Returns:
        The words; joined ones have the source "rule:compound". Words that are fixed, or whose reading another rule has
        chosen, are left alone, and so are numbers.
    """
    result = list(words)
    if not _has_candidates(words):
        return result
    starts, ends = _edges(words, text)
    for morpheme in reversed(list(sudachi_tokenizer(sudachipy.SplitMode.C).tokenize(text))):
        first, last = starts.get(morpheme.begin()), ends.get(morpheme.end())
        if first is None or last is None or last < first or not _is_compound(morpheme, words[first : last + 1]):
            continue
        if first > 0 and words[first - 1].detail == "数":  # 七人前 is seven of something, not 七 and 人前
            continue
        result[first : last + 1] = [_joined(words[first : last + 1], morpheme.reading_form())]
    return result


def _has_candidates(words: Sequence[NjdWord]) -> bool:
    """Whether two words with kanji stand side by side, or one is unknown, and some kanji together are not settled."""
    unsettled = 0
    for word in words:
        unsettled = 0 if _is_settled(word) else unsettled + len(_KANJI.findall(word.surface))
        if unsettled >= _MIN_KANJI:
            break
    else:
        return False
    kanji = [_KANJI.search(word.surface) is not None for word in words]
    return any(left and right for left, right in pairwise(kanji)) or not all(word.is_known for word in words)


def _edges(words: Sequence[NjdWord], text: str) -> tuple[dict[int, int], dict[int, int]]:
    """Place where a word starts, and where it ends, to its index."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    position = 0
    for index, word in enumerate(words):
        written = STAND_IN if word.is_fixed else word.surface
        place = text.find(written, position)
        if place < 0:
            continue
        starts[place] = index
        position = place + len(written)
        ends[position] = index
    return starts, ends


def _is_compound(morpheme: sudachipy.Morpheme, words: Sequence[NjdWord]) -> bool:
    """Whether a word of Sudachi's is a compound of `words` that may be read as Sudachi reads it."""
    pos, detail = morpheme.part_of_speech()[:2]
    is_listed_noun = pos in _PARTS_OF_SPEECH and detail != "数詞" and not morpheme.is_oov()
    is_short = len(words) <= _MAX_WORDS and len(_KANJI.findall(morpheme.surface())) >= _MIN_KANJI
    if not is_listed_noun or not is_short or (len(words) == 1 and words[0].is_known):
        return False
    if "".join(word.surface for word in words) != morpheme.surface() or any(map(_is_settled, words)):
        return False
    reading = morpheme.reading_form()
    spoken = "".join(character for word in words for character in word.pronunciation if is_kana(character))
    return is_kana(reading) and comparable_morae(reading) != comparable_morae(spoken)


def _is_settled(word: NjdWord) -> bool:
    return word.is_fixed or bool(word.source) or word.detail == "数" or word.pos == "記号"


def _joined(words: Sequence[NjdWord], reading: str) -> NjdWord:
    """One word for several; the accent of its phrase stays where it is, as far as the word is long enough."""
    size = len(split_morae(reading))
    surface = "".join(word.surface for word in words)
    return words[0]._replace(
        surface=surface,
        lemma=surface,
        kana=reading,
        pronunciation=reading,
        mora_count=size,
        accent=min(words[0].accent, size),
        pos=words[-1].pos,
        is_known=True,
        source="rule:compound",
        note="a compound that the second dictionary has as one word",
        alternatives=("".join(word.kana for word in words),),
    )
