# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pieces of text to words with reading and accent.

Pieces whose reading is already known take part in the analysis as a noun, so that the words around them are read in
their context. Every word knows its place in the original text.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from ..phonemes.morae import to_katakana
from ..types import RUBY, Piece, Word
from .compounds import read_compounds
from .dictionary_compounds import read_dictionary_compounds
from .disambiguation import disambiguate
from .jtalk import read_words
from .layout import STAND_IN, Layout, chunked, lay_out
from .learned.chooser import choose_learned_readings
from .njd_words import NjdWord
from .segmentation import MecabWord, placed, segment
from .word_building import build_words


_LONGEST_WORD = 64  # characters of a word with ruby that is tried as text


def analyze(pieces: Sequence[Piece], learned_readings: bool = False) -> list[Word]:
    """The words of `pieces` in order, marks included.

    Args:
        pieces: contiguous pieces, as `normalization.normalize` returns them.
        learned_readings: let the trained model have the last word on heteronyms.

    Returns:
        Words with places in the original text. Text that cannot be read at all becomes a word with an empty
        pronunciation and the source "unknown": nothing is dropped.
    """
    chunks = chunked(pieces)
    if len(chunks) == 1:
        return _analyze_chunk(chunks[0], learned_readings)
    words: list[Word] = []
    known: dict[str, tuple[list[Piece], list[Word]]] = {}  # a text that repeats itself is analysed once
    for chunk in chunks:
        writing = "".join(piece.text or piece.kana or "" for piece in chunk)
        first_chunk, first_words = known.get(writing, (chunk, None))
        distance = chunk[0].start - first_chunk[0].start
        if first_words is not None and chunk == [piece.moved(distance) for piece in first_chunk]:
            words += [word.moved(distance) for word in first_words]
        else:
            analyzed = _analyze_chunk(chunk, learned_readings)
            known[writing] = chunk, analyzed
            words += analyzed
    return words


def _analyze_chunk(pieces: list[Piece], learned_readings: bool) -> list[Word]:
    """The words of pieces that one analysis can take.

    Ruby is left to the analysis first, which knows the accent and the part of speech of most words, and reads those
    beside them in that context. Whatever it reads in another way is fixed, until all is read as given.
    """
    tried = [_as_text(piece) for piece in pieces]
    while True:
        words = _analyze_once(tried, learned_readings)
        checked = [
            piece if piece is given or _is_read_as(given, words) else given
            for given, piece in zip(pieces, tried, strict=True)
        ]
        if checked == tried:
            ruby = {piece.start for piece in pieces if piece.source == RUBY}
            return [_as_ruby(word) if word.start in ruby else word for word in words]
        tried = checked


def _as_text(piece: Piece) -> Piece:
    """A word with ruby as ordinary text; other pieces, and texts that are no word, as they are."""
    is_word = piece.source == RUBY and len(piece.text) <= _LONGEST_WORD
    return piece._replace(kana=None) if is_word else piece


def _is_read_as(given: Piece, words: Sequence[Word]) -> bool:
    """Whether the words at the place of a piece are read as it says; the last may go on with kana (辛《つら》い)."""
    spoken = ""
    for word in words[bisect_left(words, given.start, key=lambda word: word.start) :]:
        if word.start != given.start:
            break
        ending = to_katakana(word.surface[-(word.end - given.end) :]) if word.end > given.end else ""
        if not word.pronunciation.endswith(ending):
            return False
        spoken += word.pronunciation.removesuffix(ending)
    return spoken == given.kana


def _as_ruby(word: Word) -> Word:
    """A word whose reading ruby has confirmed."""
    return word._replace(source=RUBY, note="", alternatives=(), confident=True)


def _analyze_once(pieces: list[Piece], learned_readings: bool) -> list[Word]:
    """The words of pieces, of which those with a reading keep it."""
    words, layout, tokens = read_by_rules(pieces)
    return build_words(choose_learned_readings(words) if learned_readings else words, layout, tokens)


def read_by_rules(pieces: list[Piece]) -> tuple[list[NjdWord], Layout, list[MecabWord]]:
    """The words of the analysis after all rules, the text that they stand in, and MeCab's words of it.

    Args:
        pieces: contiguous pieces that one analysis can take; those with a reading keep it.
    """
    layout, tokens = _segmented(pieces)
    known = _known_pieces(tokens, layout)
    words = disambiguate(read_words([token.feature for token in tokens], known, layout.text))
    return read_dictionary_compounds(read_compounds(words, layout.text)), layout, tokens


def _segmented(pieces: list[Piece]) -> tuple[Layout, list[MecabWord]]:
    """The text of pieces and MeCab's words of it, in which every stand-in is a word of its own.

    A stand-in may grow together with its neighbours, and always does with another one: they are kept apart then.
    """
    if not _has_given_neighbours(pieces):
        layout, tokens = _segmented_once(pieces, spaced=False)
        if len(layout.stand_ins) == sum(piece is not None for piece in _known_pieces(tokens, layout)):
            return layout, tokens
    return _segmented_once(pieces, spaced=True)


def _segmented_once(pieces: list[Piece], spaced: bool) -> tuple[Layout, list[MecabWord]]:
    layout = lay_out(pieces, spaced)
    return layout, placed(segment(layout.text), layout.text)


def _has_given_neighbours(pieces: Sequence[Piece]) -> bool:
    """Whether two pieces with a reading touch in the text of the analysis."""
    written = [piece.kana is not None for piece in pieces if piece.kana is not None or piece.text]
    return any(left and right for left, right in pairwise(written))


def _known_pieces(tokens: Sequence[MecabWord], layout: Layout) -> list[Piece | None]:
    """For each of MeCab's words the piece that it stands in for, None for an ordinary word."""
    if not layout.stand_ins:
        return [None] * len(tokens)
    return [layout.stand_ins.get(token.start) if token.surface == STAND_IN else None for token in tokens]
