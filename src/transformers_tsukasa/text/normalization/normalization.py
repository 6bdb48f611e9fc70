# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Normalisation: any string becomes contiguous pieces that the morphological analysis can read.

Three steps: characters are folded (`character_folding`), places that need more are found (a digit, a letter, a sign),
and the first rule that knows the form there rewrites it (`dates`, `latin`, `signs` ...). Everything else is ordinary
Japanese and passes through.
"""

import re

from ..types import Piece, PlacedText
from . import dates, english_numbers, kanji_numbers, latin, number_groups, numbers_and_units, old_kana, signs
from .character_folding import fold
from .latin_words import is_latin
from .rules import Rule
from .web_addresses import read_address


# Kana, kanji and ordinary punctuation: nothing to do there.
_ORDINARY = (
    r"ぁ-ゖァ-ヺーｰ一-鿿㐀-䶿\U00020000-\U0003ffff々〆、。！？「」『』"
    r"【】〈〉《》…‥・ 　\n〜～—―─“”\"“”!?,;:：；♪♡♥，．）)\]}［］｛｝\[{〔〕"
)
_INTERESTING = re.compile(
    rf"[^{_ORDINARY}]|\.(?=\d)|[〜～](?=[¥$€]?[\d一-鿿A-Z])|{kanji_numbers.PATTERN}|{old_kana.PATTERN}"
)


def normalize(text: str) -> tuple[Piece, ...]:
    """The pieces of `text`, whose `start:end` cover it in order.

    Args:
        text: any string.

    Returns:
        Pieces; `piece.text` is the writing for the analysis and, where the reading is already known, `piece.kana`
        holds it in katakana. A piece with an empty `text` is not read; its note gives the reason.
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
        found = _read_at(folded.text, position, reader)
        if found is None:
            position = _skip(folded.text, position)
            continue
        pieces += _ordinary_pieces(folded, done, position, len(text))
        for piece in found:
            end = position + piece.length
            pieces.append(piece.placed(_offset(folded, position, len(text)), _offset(folded, end, len(text))))
            position = end
        done = position
    pieces += _ordinary_pieces(folded, done, len(folded.text), len(text))
    return _covering(pieces, len(text))


def _read_at(text: str, position: int, reader: latin.LatinReader) -> list[Piece] | None:
    """The pieces of the first rule that applies at `position`; None where the analysis needs no rule."""
    character = text[position]
    for rule in _rules(character):
        pieces = rule(text, position)
        if pieces is not None:
            return pieces
    if is_latin(character):
        return reader.read(position)
    return None if _is_digit(character) else signs.read_sign(text, position)


_DIGIT_RULES: tuple[Rule, ...] = (
    read_address,
    latin.read_code,
    english_numbers.read_number,
    kanji_numbers.read,
    number_groups.read_phone,
    *dates.RULES,
    *number_groups.RULES,
    *numbers_and_units.RULES,
)
_LATIN_RULES: tuple[Rule, ...] = (
    signs.read_kaomoji,
    signs.read_laughter,
    numbers_and_units.read_money,
    dates.read_era,
    read_address,
)
_SIGN_RULES: dict[str, tuple[Rule, ...]] = {
    **dict.fromkeys("¥$€£₩₹₽฿₿", (numbers_and_units.read_money,)),
    "\\": (signs.read_kaomoji, numbers_and_units.read_money),
    **dict.fromkeys("(（＼/ヽヾ∩σ٩ψ┐", (signs.read_kaomoji,)),
    ".": (numbers_and_units.read_bare_fraction,),
    **dict.fromkeys("〜～~-", (number_groups.read_range,)),
    "+": (number_groups.read_phone,),
}


def _rules(character: str) -> tuple[Rule, ...]:
    """The rules for forms that begin with `character`, in the order in which they are asked."""
    if _is_digit(character):
        return _DIGIT_RULES
    if is_latin(character):
        return _LATIN_RULES
    if "一" <= character <= "鿿" or character == "〇":
        return (kanji_numbers.read, old_kana.read)
    if "ぁ" <= character <= "ゖ":
        return (old_kana.read,)
    return _SIGN_RULES.get(character, ())


def _is_digit(character: str) -> bool:
    return character.isascii() and character.isdigit()


def _skip(text: str, position: int) -> int:
    """Past the digits that no rule wanted, so that no rule starts in the middle of a number; otherwise one step."""
    end = position + 1
    if text[position].isdigit():
        while end < len(text) and text[end].isdigit() and text[end].isascii():
            end += 1
    return end


def _offset(folded: PlacedText, position: int, length: int) -> int:
    """Where the folded character at `position` begins in the original."""
    return folded.starts[position] if position < len(folded.text) else length


def _ordinary_pieces(folded: PlacedText, begin: int, end: int, length: int) -> list[Piece]:
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
    """The pieces with one more for characters that folding dropped at the beginning."""
    if not pieces:
        return (_nothing(0, length),)
    if pieces[0].start > 0:
        pieces.insert(0, _nothing(0, pieces[0].start))
    return tuple(pieces)
