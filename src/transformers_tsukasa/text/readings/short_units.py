# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Short-unit words: where the strings of the published checkpoints may have a space.

The readings come from pyopenjtalk, whose dictionary often holds a compound as one word (観光客); the checkpoints were
trained on strings with a space between UniDic's short units (kaŋkoɯ kʲakɯ), which unidic-lite has.
"""

import csv
import math
import threading
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from ..phonemes.morae import is_kana, split_morae, to_katakana
from ..unidic import unidic_tagger


if TYPE_CHECKING:
    import fugashi


_NEVER_FIRST = ("ン", "ッ", "ー")
_READING_COLUMN = 17  # unidic-lite (UniDic 2.1.2): the kana of the word as it stands
_PRONUNCIATION_COLUMN = 9
_LONGEST_WORD = 64  # morae; no word of a dictionary is longer
_ANALYSES = 30  # how many analyses are looked at for other readings
_local = threading.local()
_lock = threading.Lock()


class Unit(NamedTuple):
    """A short-unit word: its place in the text, part of speech in UniDic's names, and its own reading if known.

    `pronunciation` is the reading as it is spoken, with ー in long vowels (センセー).
    """

    start: int
    end: int
    surface: str
    pos: str
    detail: str
    reading: str = ""
    known: bool = True  # whether the dictionary has it
    pronunciation: str = ""
    is_place: bool = False  # the name of a place
    columns: tuple[str, ...] = ()  # all that the dictionary has of it


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
        described = _described(node.feature_raw)
        if described[0] != "空白":
            units.append(Unit(start, position, surface, *described))
    return units


@lru_cache(maxsize=65536)
def _described(line: str) -> tuple[str, str, str, bool, str, bool, tuple[str, ...]]:
    """All of a unit but its place, from MeCab's line; words repeat."""
    feature = tuple(next(csv.reader([line])) if '"' in line else line.split(","))
    known = len(feature) > _READING_COLUMN
    reading = feature[_READING_COLUMN] if known else ""
    spoken = feature[_PRONUNCIATION_COLUMN] if known else ""
    return feature[0], feature[1], reading, known, spoken, known and feature[2] == "地名", feature


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


def _tagger() -> "fugashi.GenericTagger":
    """One analyser per thread; the dictionary is a read-only file in shared memory."""
    if not hasattr(_local, "tagger"):
        with _lock:
            _local.tagger = unidic_tagger()
    return _local.tagger


def cut_reading(kana: str, parts: Sequence[str]) -> list[str] | None:
    """Cuts a reading into as many pieces as `parts`, where it fits their own readings best.

    The time grows with the morae times those of `parts`, and with the length alone where the reading is theirs joined
    (a scream, a word that no dictionary has).

    Args:
        kana: the reading of a word, katakana.
        parts: the readings its parts would have alone; "" when not known.

    Returns:
        The pieces, none of them empty, or None when there are fewer morae than parts, or too many to compare.
    """
    morae = split_morae(kana)
    if len(morae) < len(parts):
        return None
    targets = [split_morae(part) if is_kana(part) else () for part in parts]
    if all(targets) and tuple(chain.from_iterable(targets)) == morae:
        ends = list(accumulate(map(len, targets)))
    elif len(morae) > _LONGEST_WORD:
        return None
    else:
        ends = _best_ends(morae, targets)
    return ["".join(morae[begin:end]) for begin, end in pairwise((0, *ends))]


def _best_ends(morae: Sequence[str], targets: Sequence[Sequence[str]]) -> list[int]:
    """Where the piece of each of `targets` ends; there are at least as many morae as targets."""
    costs = [0.0] + [math.inf] * len(morae)  # of giving the first morae to the targets so far
    begins: list[list[int]] = []  # for every target: where its piece begins if it ends here
    for target in targets:
        states = _spread([cost + _start_cost(morae, begin, target) for begin, cost in enumerate(costs)], morae, target)
        costs = [cost for cost, _ in states]
        begins.append([begin for _, begin in states])
    ends = [len(morae)]
    for of_target in reversed(begins[1:]):
        ends.append(of_target[ends[-1]])
    return ends[::-1]


def _start_cost(morae: Sequence[str], begin: int, target: Sequence[str]) -> int:
    """The cost of a piece that begins with a mora which cannot begin a word."""
    is_odd = 0 < begin < len(morae) and morae[begin] in _NEVER_FIRST and target[:1] != morae[begin : begin + 1]
    return 2 if is_odd else 0


_State = tuple[float, int]  # cost, and where the piece begins; of two that cost the same the earlier one is less


def _spread(starts: Sequence[float], morae: Sequence[str], target: Sequence[str]) -> list[_State]:
    """The least cost of a piece that is not empty, compared with `target`, for every place where it may end.

    Args:
        starts: the cost of what lies before a piece that begins here, for every place.
        target: the piece's own reading; empty when not known, any piece then costs nothing.
    """
    step = 1 if target else 0
    row: list[_State] = [(math.inf, 0)]
    for place, start in enumerate(starts[:-1]):
        row.append(min(_plus(row[-1], step), (start + step, place)))
    for compared, expected in enumerate(target):
        following: list[_State] = [(math.inf, 0)]
        for place, mora in enumerate(morae):
            before = min(row[place], (starts[place] + compared, place))
            begun = min(following[-1], (starts[place] + compared + 1, place))
            following.append(min(_plus(row[place + 1], 1), _plus(begun, 1), _plus(before, mora != expected)))
        row = following
    return row


def _plus(state: _State, cost: int) -> _State:
    return state[0] + cost, state[1]


def reading_alone(unit: Unit) -> str:
    """The reading a unit has by itself, katakana; "" when unknown."""
    if is_kana(unit.surface):
        return to_katakana(unit.surface)
    return unit.reading if is_kana(unit.reading) else ""
