# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The text for the analysis, with the place of each of its characters in the original text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ..phonemes.morae import split_written_morae
from ..types import MARKUP, Piece
from .jtalk import MAX_CHARACTERS, is_readable, mecab_form, modern_kanji


STAND_IN = "ＩＢＭ"
"""A noun of the dictionary that joins with nothing: it stands in the text for a piece whose reading is known."""

UNREADABLE = "〓"
"""A mark without a sound; stands for characters of other scripts, so that they do not spoil the words beside them."""

_SPACE = "\u3000"
_SENTENCE_ENDS = "。！？\n"
_PAUSES = "、，　 "
_MAX_PART = MAX_CHARACTERS // 4
_MAX_READING = 80  # morae; the library cuts off the reading of a word after 1,023 bytes, and a mora has up to six


@dataclass
class Layout:
    """Text for the analysis."""

    text: str = ""
    written: str = ""  # the same before unreadable characters were replaced
    starts: list[int] = field(default_factory=list)  # place of each character in the original text
    ends: list[int] = field(default_factory=list)
    stand_ins: dict[int, Piece] = field(default_factory=dict)  # place in `text` -> piece
    converted: dict[int, Piece] = field(default_factory=dict)  # place in `text` -> piece that wrote it, if not plain

    after_signs: set[int] = field(default_factory=set)  # places in `text` before which signs are left out (★は)

    def original_place(self, begin: int, end: int) -> tuple[int, int]:
        """Where `text[begin:end]` stands in the original text; an empty stretch lies after the one before it."""
        if begin < end:
            return self.starts[begin], self.ends[end - 1]
        place = self.ends[begin - 1] if begin else min(self.starts[:1], default=0)
        return place, place

    def append(self, text: str, written: str, start: int, end: int) -> None:
        """Adds characters that all stand at `start:end` of the original text."""
        self.text += text
        self.written += written
        self.starts += [start] * len(text)
        self.ends += [end] * len(text)


def lay_out(pieces: Sequence[Piece], spaced: bool = False) -> Layout:
    """The text of `pieces`, stand-ins where the reading is known.

    Args:
        pieces: contiguous pieces.
        spaced: keep stand-ins apart from their neighbours by spaces.
    """
    layout = Layout()
    for piece in pieces:
        if piece.kana is not None:
            if spaced:
                layout.append(_SPACE, _SPACE, piece.start, piece.start)
            layout.stand_ins[len(layout.text)] = piece
            layout.append(STAND_IN, STAND_IN, piece.start, piece.end)
            if spaced:
                layout.append(_SPACE, _SPACE, piece.end, piece.end)
            continue
        if not piece.text and piece.source != MARKUP:
            layout.after_signs.add(len(layout.text))
        in_step = len(piece.text) == piece.end - piece.start
        for offset, character in enumerate(piece.text):
            start, end = (piece.start + offset, piece.start + offset + 1) if in_step else (piece.start, piece.end)
            readable, form = _forms(character)
            if piece.source != "text":
                layout.converted.update(dict.fromkeys(range(len(layout.text), len(layout.text) + len(form)), piece))
            layout.append(readable, form, start, end)
    layout.text = modern_kanji(layout.text)
    return layout


@lru_cache(maxsize=16384)
def _forms(character: str) -> tuple[str, str]:
    """A character as the library writes it: with `UNREADABLE` for what the analysis cannot read, and as it is."""
    form = mecab_form(character)
    return "".join(one if is_readable(one) else UNREADABLE for one in form), form


def chunked(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in groups that one analysis can take, cut after sentences where possible."""
    pieces = [part for piece in pieces for part in _with_short_readings(piece)]
    if sum(max(len(piece.text), len(piece.kana or "")) for piece in pieces) <= MAX_CHARACTERS:
        return [pieces] if pieces else []
    groups: list[list[Piece]] = [[]]
    size = 0
    for piece in pieces:
        for part in _parts(piece):
            length = len(part.text) if part.kana is None else max(len(part.text), len(STAND_IN))
            if groups[-1] and size + length > MAX_CHARACTERS:
                groups.append([])
                size = 0
            groups[-1].append(part)
            size += length
    return groups


def _with_short_readings(piece: Piece) -> list[Piece]:
    """A piece whose known reading is too long for one word, as several that share its place."""
    if piece.kana is None or len(piece.kana) <= _MAX_READING:
        return [piece]
    morae = split_written_morae(piece.kana)
    readings = ["".join(morae[begin : begin + _MAX_READING]) for begin in range(0, len(morae), _MAX_READING)]
    if len(readings) == 1:
        return [piece]
    return [piece._replace(kana=reading, accent=None) for reading in readings]


def _parts(piece: Piece) -> list[Piece]:
    """A piece cut into parts that are not too long, where its reading is not known."""
    if piece.kana is not None or len(piece.text) <= _MAX_PART:
        return [piece]
    in_step = len(piece.text) == piece.end - piece.start
    parts = []
    begin = 0
    while begin < len(piece.text):
        end = _cut(piece.text, begin)
        start, stop = (piece.start + begin, piece.start + end) if in_step else (piece.start, piece.end)
        parts.append(Piece(start, stop, piece.text[begin:end], piece.source))
        begin = end
    return parts


def _cut(text: str, begin: int) -> int:
    limit = begin + _MAX_PART
    if limit >= len(text):
        return len(text)
    for marks in (_SENTENCE_ENDS, _PAUSES):
        place = max(text.rfind(mark, begin, limit) for mark in marks)
        if place > begin:
            return place + 1
    return limit
