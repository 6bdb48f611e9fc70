# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Short-unit words (Sudachi's A units): where the strings of the published checkpoints may have a space.

The readings come from pyopenjtalk, whose dictionary often holds a compound as one word (観光客); the checkpoints were
trained on strings with a space between short units (kaŋkoɯ kʲakɯ). SudachiPy and its dictionary come along with
pyopenjtalk-plus.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import sudachipy

from .morae import is_kana, split_morae, to_katakana


_NUMERALS = frozenset("一二三四五六七八九十百千万億兆")
_local = threading.local()
_shared: list[sudachipy.Dictionary] = []
_lock = threading.Lock()


@dataclass(frozen=True)
class Unit:
    """A short-unit word: its place in the text, part of speech (UniDic's names), lemma and reading."""

    start: int
    end: int
    surface: str
    pos: str
    detail: str
    conjugation: str
    lemma: str
    reading: str


def _tokenizer() -> sudachipy.Tokenizer:
    tokenizer = getattr(_local, "tokenizer", None)
    if tokenizer is None:
        with _lock:
            if not _shared:
                _shared.append(sudachipy.Dictionary(dict="core"))
        tokenizer = _shared[0].tokenizer(mode=sudachipy.SplitMode.A)
        _local.tokenizer = tokenizer
    return tokenizer


def split_units(text: str) -> list[Unit]:
    """The short units of `text`, spaces left out; a number in kanji is cut into its numerals."""
    units: list[Unit] = []
    for morpheme in _tokenizer().tokenize(text):
        surface = morpheme.surface()
        pos, detail, _, _, conjugation, _ = morpheme.part_of_speech()
        if pos == "空白" or not surface:
            continue
        start = morpheme.begin()
        lemma, reading = morpheme.dictionary_form(), morpheme.reading_form()
        if detail == "数詞" and len(surface) > 1 and _NUMERALS.issuperset(surface):
            units += [
                Unit(start + i, start + i + 1, numeral, pos, detail, conjugation, numeral, "")
                for i, numeral in enumerate(surface)
            ]
        else:
            units.append(Unit(start, morpheme.end(), surface, pos, detail, conjugation, lemma, reading))
    return units


def cut_reading(kana: str, parts: Sequence[str]) -> list[str] | None:
    """Cuts a reading into as many pieces as `parts`, where it fits their own readings best.

    Args:
        kana: the reading of a whole word, katakana.
        parts: the readings its parts would have alone; "" when not known.

    Returns:
        The pieces, none of them empty, or None when there are fewer morae than parts.
    """
    morae = split_morae(kana)
    if len(morae) < len(parts):
        return None
    expected = [split_morae(part) if is_kana(part) else () for part in parts]
    # best[j] = (cost, cuts) of giving the first j morae to the parts so far
    best: list[tuple[int, tuple[int, ...]] | None] = [None] * (len(morae) + 1)
    best[0] = (0, ())
    for target in expected:
        following: list[tuple[int, tuple[int, ...]] | None] = [None] * (len(morae) + 1)
        for begin, state in enumerate(best):
            if state is None:
                continue
            for end in range(begin + 1, len(morae) + 1):
                cost = state[0] + _distance(morae[begin:end], target)
                if following[end] is None or cost < following[end][0]:
                    following[end] = (cost, (*state[1], end))
        best = following
    if best[-1] is None:
        return None
    ends = best[-1][1]
    return ["".join(morae[begin:end]) for begin, end in zip((0, *ends[:-1]), ends, strict=True)]


def _distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Edit distance of two readings."""
    if tuple(left) == tuple(right):
        return 0
    previous = list(range(len(right) + 1))
    for i, mora in enumerate(left, 1):
        current = [i]
        for j, other in enumerate(right, 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (mora != other)))
        previous = current
    return previous[-1]


def reading_alone(unit: Unit) -> str:
    """The reading a unit has by itself, katakana; "" when unknown."""
    if is_kana(unit.surface):
        return to_katakana(unit.surface)
    return unit.reading if is_kana(unit.reading) else ""
