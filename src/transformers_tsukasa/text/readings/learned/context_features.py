# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How a word and its context are described to the model: strings, hashed to numbers.

Training and reading describe words by the same functions. A word is kanji and the kana that it ends with: the core
(行) has the reading that is in question, the tail (っ) only helps to choose it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

from ...phonemes.morae import comparable_morae, to_katakana
from ..njd_words import INFLECTED, NjdWord


_WORD = re.compile("([一-鿿㐀-䶿々]+)([ぁ-ゖ]*)")
_CASES = frozenset("をがにではもへと")
_CLAUSE_WORDS = 8
_NEAR_WORDS = 6


class Core(NamedTuple):
    """The kanji of a word, the kana after them, and the reading of the kanji in comparable morae."""

    written: str
    tail: str
    reading: str


def core_of(word: NjdWord) -> Core | None:
    """The core of a word that is written in kanji with or without kana after them; None for any other."""
    match = _WORD.fullmatch(word.surface)
    tail = to_katakana(match[2]) if match else ""
    if match is None or word.is_fixed or not word.kana.endswith(tail):
        return None
    kana = word.kana.removesuffix(tail)
    return Core(match[1], match[2], "".join(comparable_morae(kana))) if kana else None


def context_features(words: Sequence[NjdWord], index: int, core: Core) -> list[str]:
    """Describe word `index` and what stands around it, the present reading included."""
    word = words[index]
    before = "^" + "".join(part.surface for part in words[max(index - 3, 0) : index])
    after = core.tail + "".join(part.surface for part in words[index + 1 : index + 4]) + "$"
    left, right = _neighbour(words, index - 1), _neighbour(words, index + 1)
    features = [
        "*",
        f"t{core.tail}",
        f"r{core.reading}",
        f"R{core.reading}{word.source}{word.is_confident}",
        f"p{word.pos}{word.detail}",
        *(f"b{before[-size:]}" for size in (1, 2, 3)),
        *(f"a{after[:size]}" for size in (1, 2, 3)),
        f"s{before[-1:]}{after[:1]}",
        f"l{left[0]}",
        f"n{right[0]}",
        f"ll{_neighbour(words, index - 2)[0]}{left[0]}",
        f"nn{right[0]}{_neighbour(words, index + 2)[0]}",
        f"L{left[1]}",
        f"N{right[1]}",
        f"S{left[1]}{right[1]}",
    ]
    features += _arguments(words, index)
    features += [f"w{near}" for near in sorted(set(_content_words(words, index)))]
    return features


def hashed(feature: str) -> int:
    """A number of 32 bits for a string, the same on every machine."""
    return crc32(feature.encode("utf-8"))


def _neighbour(words: Sequence[NjdWord], index: int) -> tuple[str, str]:
    """Base form and part of speech of a word, marks for the edges of the text."""
    if not 0 <= index < len(words):
        return "^", "^"
    word = words[index]
    is_inflected = word.pos in INFLECTED
    return (word.lemma if is_inflected else word.surface), word.pos + word.detail


def _arguments(words: Sequence[NjdWord], index: int) -> Iterator[str]:
    """Nouns before the word in its clause, each with the particle after it."""
    for place in range(index - 1, max(index - 1 - _CLAUSE_WORDS, 0), -1):
        word = words[place]
        if word.pos == "記号" and word.surface != "、":
            return
        if word.pos == "助詞" and word.surface in _CASES:
            yield f"c{word.surface}"
            yield f"C{word.surface}{words[place - 1].surface[-2:]}"


def _content_words(words: Sequence[NjdWord], index: int) -> Iterator[str]:
    for place in range(max(index - _NEAR_WORDS, 0), min(index + _NEAR_WORDS + 1, len(words))):
        word = words[place]
        if place != index and word.pos in ("名詞", *INFLECTED):
            yield word.lemma if word.pos in INFLECTED else word.surface
