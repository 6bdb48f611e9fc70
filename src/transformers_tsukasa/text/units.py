# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Short-unit words: where the strings of the published checkpoints may have a space.

The readings come from pyopenjtalk, whose dictionary often holds a compound as one word (観光客); the checkpoints were
trained on strings with a space between UniDic's short units (kaŋkoɯ kʲakɯ). Without fugashi and unidic-lite, Sudachi's
A units (SudachiPy comes along with pyopenjtalk-plus) take their place: the same units for most words, but compound
verbs and rare names in katakana are cut in other places. `docs/readings.md` has the figures.
"""

import dataclasses
import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sudachipy

from .compounds import sudachi_tokenizer
from .morae import is_kana, split_morae, to_katakana


logger = logging.getLogger(__name__)

_NEVER_FIRST = ("ン", "ッ", "ー")
_NUMERALS = frozenset("一二三四五六七八九十百千万億兆")
_READING_COLUMN = 17  # unidic-lite (UniDic 2.1.2): the kana of the word as it stands
# Verbs that come after any verb (始める in 読み始める); other pairs of verbs are lexical compounds (取り出す).
_ASPECTUAL_VERBS = frozenset(
    ("する", "なさる", "くださる", "下さる", "いたす", "始める", "はじめる", "続ける", "つづける", "終わる", "終える")
    + ("過ぎる", "すぎる", "得る", "える", "うる", "だす", "忘れる", "損ねる", "慣れる", "尽くす", "ぬく", "たまう")
    + ("やがる", "おる", "いらっしゃる")
)
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
    splitter = getattr(_local, "splitter", None)
    if splitter is None:
        splitter = _local.splitter = _make_splitter()
    return splitter(text)


def _make_splitter() -> Callable[[str], list[Unit]]:
    """One analyser per thread; the dictionaries are read-only files in shared memory."""
    with _lock:
        try:
            import fugashi
            import unidic_lite
        except ImportError:
            logger.warning(
                "fugashi and unidic-lite are not installed: the spaces between words follow Sudachi's units and differ"
                " now and then from what published checkpoints were trained on (pip install fugashi unidic-lite)"
            )
            return _sudachi_splitter()
        tagger = fugashi.GenericTagger(f'-r {os.devnull} -d "{unidic_lite.DICDIR}"')
    return lambda text: _unidic_units(tagger, text)


def _unidic_units(tagger: "fugashi.GenericTagger", text: str) -> list[Unit]:  # noqa: F821
    units = []
    position = 0
    for node in tagger(text):
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


def _sudachi_splitter() -> Callable[[str], list[Unit]]:
    tokenizer = sudachi_tokenizer(sudachipy.SplitMode.A)

    def split(text: str) -> list[Unit]:
        units: list[Unit] = []
        for morpheme in tokenizer.tokenize(text):
            surface, start, end = morpheme.surface(), morpheme.begin(), morpheme.end()
            pos, detail = morpheme.part_of_speech()[:2]
            if detail == "数詞" and len(surface) > 1 and _NUMERALS.issuperset(surface):
                units += [Unit(start + i, start + i + 1, numeral, pos, detail) for i, numeral in enumerate(surface)]
            elif surface and pos != "空白":
                unit = Unit(start, end, surface, pos, detail, morpheme.reading_form(), not morpheme.is_oov())
                if units and _is_compound(units[-1], unit, morpheme.dictionary_form()):
                    units[-1] = dataclasses.replace(
                        units[-1],
                        end=end,
                        surface=units[-1].surface + surface,
                        reading=units[-1].reading + unit.reading,
                    )
                else:
                    units.append(unit)
        return units

    return split


def _is_compound(left: Unit, right: Unit, lemma: str) -> bool:
    """Whether UniDic has two of Sudachi's units as one word: compound verbs, and 痛み from 痛い."""
    if left.end != right.start:
        return False
    if left.pos == right.pos == "動詞":
        return lemma not in _ASPECTUAL_VERBS
    return left.pos == "形容詞" and right.surface == "み"


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
                cost = state[0] + (_distance(morae[begin:end], target) if target else 0)
                if begin and morae[begin] in _NEVER_FIRST and target[:1] != morae[begin : begin + 1]:
                    cost += 2
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
