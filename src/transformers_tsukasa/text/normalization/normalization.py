# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Normalisation: any string becomes contiguous pieces that the morphological analysis can read.

Three steps: characters are folded (`folding`), places that need more are found (a digit, a letter, a sign), and the
first rule that knows the form there says what to read (`numbers_and_units`, `latin`, `signs`). Everything else is
ordinary Japanese and passes through.
"""

import re
from collections.abc import Callable

from ..types import Piece
from . import english_numbers, kanji_numbers, latin, numbers_and_units, old_kana, signs
from . import web_addresses as addresses
from .character_folding import Folded, fold
from .numbers_and_units import Part


# Kana, kanji and ordinary punctuation: nothing to do there.
_ORDINARY = (
    r"ぁ-ゖァ-ヺーｰ一-鿿㐀-䶿\U00020000-\U0003ffff々〆、。！？「」『』"
    r"【】〈〉《》…‥・ 　\n〜～—―─“”\"“”!?,;:：；♪♡♥，．）)\]}［］｛｝\[{〔〕"
)
_INTERESTING = re.compile(
    rf"[^{_ORDINARY}]|\.(?=\d)|[〜～](?=[¥$€]?[\d一-鿿A-Z])|{kanji_numbers.PATTERN}|{old_kana.PATTERN}"
)


def normalize(text: str) -> tuple[Piece, ...]:
    """Cut `text` into pieces whose `start:end` cover it in order.

    Args:
        text: any string.

    Returns:
        Pieces; `piece.text` is the writing for the analysis and, where the reading is already known, `piece.kana`
        holds it in katakana. A piece with an empty `text` is something that is not read; its note says why.
    """
    if not text:
        return ()
    folded = fold(text)
    if not _INTERESTING.search(folded.text):
        return _covering(_ordinary_pieces(folded, 0, len(folded.text), len(text)), len(text))
    pieces: list[Piece] = []
    reader = latin.LatinReader(folded.text)
    position = done = 0
    while match := _INTERESTING.search(folded.text, position):
        position = match.start()
        parts = _read_at(folded.text, position, reader)
        if parts is None:
            position = _skip(folded.text, position)
            continue
        pieces += _ordinary_pieces(folded, done, position, len(text))
        for part in parts:
            pieces.append(_piece(folded, position, part, len(text)))
            position += part.length
        done = position
    pieces += _ordinary_pieces(folded, done, len(folded.text), len(text))
    return _covering(pieces, len(text))


def _read_at(text: str, position: int, reader: latin.LatinReader) -> list[Part] | None:
    char = text[position]
    for rule in _rules(char):
        parts = rule(text, position)
        if parts is not None:
            return parts
    if latin.is_latin(char):
        parts = reader.read(position)
        if parts is not None:
            return parts
    return None if char.isdigit() and char.isascii() else signs.read_sign(text, position)


def _rules(char: str) -> tuple[Callable[[str, int], list[Part] | None], ...]:
    if char.isascii() and char.isdigit():
        return (
            addresses.read_address,
            latin.read_code,
            english_numbers.read_number,
            kanji_numbers.read,
            numbers_and_units.read_quantity,
        )
    if char in "¥$€£₩₹₽฿₿\\":
        return (numbers_and_units.read_money,) if char != "\\" else (signs.read_kaomoji, numbers_and_units.read_money)
    if latin.is_latin(char):
        return (
            signs.read_kaomoji,
            signs.read_laughter,
            numbers_and_units.read_money,
            numbers_and_units.read_era,
            addresses.read_address,
        )
    if char in "(（＼/ヽヾ∩σ٩ψ┐":
        return (signs.read_kaomoji,)
    if char == ".":
        return (numbers_and_units.read_bare_fraction,)
    if char in "〜～~-":
        return (numbers_and_units.read_range,)
    if char == "+":
        return (numbers_and_units.read_phone,)
    if "一" <= char <= "鿿" or char == "〇":
        return (kanji_numbers.read, old_kana.read)
    if "ぁ" <= char <= "ゖ":
        return (old_kana.read,)
    return ()


def _skip(text: str, position: int) -> int:
    """Past the digits that no rule wanted, so that no rule starts in the middle of a number; otherwise one step."""
    end = position + 1
    if text[position].isdigit():
        while end < len(text) and text[end].isdigit() and text[end].isascii():
            end += 1
    return end


def _offset(folded: Folded, position: int, length: int) -> int:
    """Where the folded character at `position` begins in the original."""
    return folded.starts[position] if position < len(folded.text) else length


def _piece(folded: Folded, position: int, part: Part, length: int) -> Piece:
    return Piece(
        _offset(folded, position, length),
        _offset(folded, position + part.length, length),
        part.text,
        part.source,
        part.kana,
        part.accent,
        part.note,
        part.alternatives,
        part.pos,
    )


def _ordinary_pieces(folded: Folded, begin: int, end: int, length: int) -> list[Piece]:
    """Text that needs no rule, cut where characters and original offsets are out of step."""
    if begin >= end:
        return []
    starts = folded.starts
    if isinstance(starts, range):
        return [Piece(begin, end, folded.text[begin:end])]
    pieces = []
    first = begin
    for index in range(begin, end):
        following = _offset(folded, index + 1, length)
        if following - starts[index] != 1:
            if index > first:
                pieces.append(Piece(starts[first], starts[index], folded.text[first:index]))
                first = index
            if following > starts[index]:
                pieces.append(Piece(starts[first], following, folded.text[first : index + 1]))
                first = index + 1
    if first < end:
        pieces.append(Piece(starts[first], _offset(folded, end, length), folded.text[first:end]))
    return pieces


def _nothing(start: int, end: int) -> Piece:
    return Piece(start, end, "", "symbol", note="characters that cannot be read")


def _covering(pieces: list[Piece], length: int) -> tuple[Piece, ...]:
    """The pieces with what folding dropped at the beginning added."""
    if not pieces:
        return (_nothing(0, length),)
    if pieces[0].start > 0:
        pieces.insert(0, _nothing(0, pieces[0].start))
    return tuple(pieces)
