# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compounds that no dictionary has (月華, 氷刃, 羞花閉月), which the analysis cuts into single kanji.

It reads each kanji alone, often with the native reading (ツキ|ハナ). Most such compounds are Sino-Japanese: a small
model decides where, and joins the on readings.

The model is two logistic regressions over the same 31 features of a pair of kanji (how often each kanji has its usual
on reading in this place of a two-kanji word, whether the present reading is an on reading, part of speech): one for
"the joined on readings are right", one for "the present reading is right". Trained on the 11,088 two-kanji words of
UniDic and SudachiDict that pyopenjtalk-plus cuts in two; on the third held out, the margin below corrects 793 readings
and spoils 88 (right before: 49.0 %, after: 68.1 %).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..tables import rows
from .njd_words import NjdWord, merge
from .reading_words import is_known_word


_MARGIN = 0.2
_PARTS_OF_SPEECH = (
    ("名詞", "一般"),
    ("名詞", "接尾"),
    ("接頭詞", ""),
    ("名詞", "固有名詞"),
    ("名詞", "副詞可能"),
    ("名詞", "サ変"),
    ("名詞", "非自立"),
    ("名詞", "数"),
    ("名詞", "代名詞"),
    ("動詞", ""),
    ("形容詞", ""),
)
_JOINED_IS_RIGHT = (
    *(-3.617, 0.89, 0.351, 0.052, 0.102, -0.01, 0.008, -0.43, -0.062, 0.0, 0.171, -0.185, -0.11, 0.042, 1.616, 0.868),
    *(0.11, 0.169, 0.128, -0.001, 1.154, 0.57, -0.006, 0.376, 0.468, 0.163, -0.119, 0.654, 0.837, -0.044, 0.52),
)
_PRESENT_IS_RIGHT = (
    *(-4.205, -0.526, -1.65, 0.311, -0.105, 0.412, -0.136, 0.713, 0.022, 0.0, -0.129, -0.87, -0.213, -0.564, 1.045),
    *(-0.25, -1.115, 0.144, 0.376, -0.022, -0.547, -0.291, -0.439, -1.224, -0.321, 0.078, -1.267, -1.126, 2.641),
    *(0.723, 5.026),
)
_H_TO_P = dict(zip("ハヒフヘホ", "パピプペポ", strict=True))
_NUMERALS = frozenset("一二三四五六七八九十百千万億兆〇何両数幾半")
_SUFFIXES = frozenset("毎前後側達等様殿君中")  # read alone after any noun


@dataclass(frozen=True)
class _Kanji:
    """The on readings of a kanji."""

    usual: str
    readings: frozenset[str]
    log_odds: tuple[float, float]  # of the usual one, as first and as second kanji of a word
    usual_share: float


@lru_cache(maxsize=1)
def _kanji() -> dict[str, _Kanji]:
    return {
        kanji: _Kanji(usual, frozenset([usual, *others.split("/")]), (float(first), float(second)), float(share))
        for kanji, usual, others, first, second, share in rows("onyomi.tsv", 6)
    }


def has_on_reading(written: str, kana: str) -> bool:
    """Whether `kana` is `written`, a run of kanji, with an on reading of each."""
    if not written:
        return not kana
    entry = _kanji().get(written[0])
    readings = entry.readings if entry else ()
    return any(
        has_on_reading(written[1:], kana[len(reading) :])
        for reading in readings
        if reading and kana.startswith(reading)
    )


def read_unknown_compounds(words: Sequence[NjdWord]) -> list[NjdWord]:
    """The words with runs of two to four single kanji joined where the on readings fit better."""
    result = list(words)
    index = 0
    while index < len(result):
        end = index
        while end < len(result) and _is_single_kanji(result[end]):
            end += 1
        if 2 <= end - index <= 4 and not _touches_kanji(result, index, end) and _wants_on(result[index:end]):
            compound = _compound(result[index:end])
            if compound is not None:
                result[index:end] = [compound]
                end = index + 1
        index = max(end, index + 1)
    return result


def _compound(parts: list[NjdWord]) -> NjdWord | None:
    """Single kanji as one word with their on readings; None where it is read so already, or the tables have it."""
    reading = join_on([_kanji()[part.surface].usual for part in parts])
    present = "".join(part.kana for part in parts)
    (compound,) = merge(parts, 0, len(parts), reading, accent=0)
    if reading == present or is_known_word(compound.surface):
        return None
    return compound._replace(
        source="model",
        note=f"{compound.surface} is in no dictionary; read by the usual on readings of its kanji",
        alternatives=(present,),
        is_confident=False,
    )


def join_on(readings: list[str]) -> str:
    """The on readings of a compound joined, with the usual changes of sound (ハツ+ケイ ハッケイ, サン+ホ サンポ)."""
    joined = readings[0]
    for reading in readings[1:]:
        last, first = joined[-1], reading[0]
        if len(joined) > 1 and last in "ツチ" and first in "カキクケコサシスセソタチツテトハヒフヘホ":
            joined = joined[:-1] + "ッ"
            reading = _H_TO_P.get(first, first) + reading[1:]
        elif len(joined) > 1 and last in "クキ" and first in "カキクケコ":
            joined = joined[:-1] + "ッ"
        elif last == "ン":
            reading = _H_TO_P.get(first, first) + reading[1:]
        joined += reading
    return joined


def _is_single_kanji(word: NjdWord) -> bool:
    return (
        len(word.surface) == 1
        and word.surface in _kanji()
        and word.surface not in _NUMERALS
        and word.pos in ("名詞", "接頭詞", "動詞", "形容詞")
        and word.pos_details[1] != "人名"
        and word.detail not in ("代名詞", "非自立")
        and not word.is_fixed
    )


def _touches_kanji(words: list[NjdWord], start: int, end: int) -> bool:
    before = words[start - 1].surface[-1:] if start > 0 else ""
    after = words[end].surface[:1] if end < len(words) else ""
    return any("一" <= character <= "鿿" or character == "々" for character in before + after)


def _wants_on(words: list[NjdWord]) -> bool:
    if len(words) == 4:
        return True  # four kanji without a word among them: an idiom of Chinese origin
    last = words[-1]
    if last.surface in _SUFFIXES:
        return False
    if last.detail == "接尾" and last.kana not in _kanji()[last.surface].readings:
        return False  # a native suffix that the dictionary expects here: 円|高 (エンダカ)
    return all(_pair_wants_on(first, second) for first, second in zip(words, words[1:], strict=False))


def _pair_wants_on(first: NjdWord, second: NjdWord) -> bool:
    features = [1.0]
    is_on = []
    for place, word in enumerate((first, second)):
        kanji = _kanji()[word.surface]
        is_on.append(float(word.kana in kanji.readings))
        features += [kanji.log_odds[place], is_on[place]]
        features += [float(word.pos == pos and word.detail.startswith(detail)) for pos, detail in _PARTS_OF_SPEECH]
        features.append(kanji.usual_share)
    features += [features[1] * is_on[0], is_on[0] * is_on[1]]
    return _probability(_JOINED_IS_RIGHT, features) - _probability(_PRESENT_IS_RIGHT, features) > _MARGIN


def _probability(weights: tuple[float, ...], features: list[float]) -> float:
    total = sum(weight * feature for weight, feature in zip(weights, features, strict=True))
    return 1 / (1 + math.exp(-total))
