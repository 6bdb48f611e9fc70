# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Short-unit words: where the strings of the published checkpoints may have a space.

The readings come from pyopenjtalk, whose dictionary often holds a compound as one word (観光客); the checkpoints were
trained on strings with a space between UniDic's short units (kaŋkoɯ kʲakɯ), which unidic-lite has.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import fugashi
import unidic_lite

from ..edit_distance import edit_distance
from ..phonemes.morae import is_kana, split_morae, to_katakana


_NEVER_FIRST = ("ン", "ッ", "ー")
_READING_COLUMN = 17  # unidic-lite (UniDic 2.1.2): the kana of the word as it stands
_ANALYSES = 30  # how many analyses are looked at for other readings
_local = threading.local()
_lock = threading.Lock()


@dataclass(frozen=True)
class Unit:
    """A short-unit word: its place in the text, part of speech in UniDic's names, and its own reading if known."""

    start: int
    end: int
    surface: str
    pos: str
    detail: str
    reading: str = ""
    known: bool = True  # whether the dictionary has it


def split_units(text: str) -> list[Unit]:
    """The short units of `text`, spaces left out."""
    units = []
    position = 0
    for node in _tagger()(text):
        surface = node.surface
        start = text.find(surface, position)
        if start < 0:
            break
        position = start + len(surface)
        feature = node.feature
        if feature[0] == "空白":
            continue
        known = len(feature) > _READING_COLUMN
        reading = feature[_READING_COLUMN] if known else ""
        units.append(Unit(start, position, surface, feature[0], feature[1], reading, known))
    return units


def possible_readings(text: str, end: int) -> set[str]:
    """The readings that the dictionary has for `text[:end]`, katakana, the likely analyses only.

    Args:
        text: a word with the kana that may be its ending.
        end: where the word ends; a word of the dictionary may go on beyond it with kana (躊躇|っ).
    """
    readings = set()
    for nodes in _tagger().nbestToNodeList(text, _ANALYSES):
        reading, position = "", 0
        for node in nodes:
            if position >= end:
                break
            position = text.find(node.surface, position) + len(node.surface)
            known = len(node.feature) > _READING_COLUMN
            reading += node.feature[_READING_COLUMN] if known else to_katakana(node.surface)
        ending = to_katakana(text[end:position])
        if reading.endswith(ending) and is_kana(reading):
            readings.add(reading.removesuffix(ending))
    return readings


def _tagger() -> fugashi.GenericTagger:
    """One analyser per thread; the dictionary is a read-only file in shared memory."""
    if not hasattr(_local, "tagger"):
        with _lock:
            _local.tagger = fugashi.GenericTagger(f'-r {os.devnull} -d "{unidic_lite.DICDIR}"')
    return _local.tagger


def cut_reading(kana: str, parts: Sequence[str]) -> list[str] | None:
    """Cuts a reading into as many pieces as `parts`, where it fits their own readings best.

    Args:
        kana: the reading of a word, katakana.
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
                cost = state[0] + (edit_distance(morae[begin:end], target) if target else 0)
                if begin and morae[begin] in _NEVER_FIRST and target[:1] != morae[begin : begin + 1]:
                    cost += 2
                rival = following[end]
                if rival is None or cost < rival[0]:
                    following[end] = (cost, (*state[1], end))
        best = following
    if best[-1] is None:
        return None
    ends = best[-1][1]
    return ["".join(morae[begin:end]) for begin, end in zip((0, *ends[:-1]), ends, strict=True)]


def reading_alone(unit: Unit) -> str:
    """The reading a unit has by itself, katakana; "" when unknown."""
    if is_kana(unit.surface):
        return to_katakana(unit.surface)
    return unit.reading if is_kana(unit.reading) else ""
