# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pieces of text to words with reading and accent.

Pieces whose reading is already known take part in the analysis as a noun, so that the words around them are read in
their context. Every word knows its place in the original text.
"""

from collections.abc import Sequence

from ..types import Piece, Word
from .compounds import read_compounds
from .disambiguation import disambiguate
from .jtalk import read_words, surface_of
from .layout import STAND_IN, Layout, chunked, lay_out
from .segmentation import segment
from .word_building import build_words


def analyze(pieces: Sequence[Piece]) -> list[Word]:
    """The words of `pieces` in order, marks included.

    Args:
        pieces: contiguous pieces, as `normalization.normalize` returns them.

    Returns:
        Words with places in the original text. Text that cannot be read at all becomes a word with an empty
        pronunciation and the source "unknown": nothing is dropped.
    """
    return [word for chunk in chunked(pieces) for word in _analyze_chunk(chunk)]


def _analyze_chunk(pieces: list[Piece]) -> list[Word]:
    layout = lay_out(pieces)
    features = segment(layout.text)
    known = _known_pieces(features, layout)
    if sum(piece is not None for piece in known) < len(layout.stand_ins):
        layout = lay_out(pieces, spaced=True)  # a stand-in grew together with its neighbours: keep it apart
        features = segment(layout.text)
        known = _known_pieces(features, layout)
    words = disambiguate(read_words(features, known, layout.text))
    return build_words(read_compounds(words, layout.text), layout)


def _known_pieces(features: list[str], layout: Layout) -> list[Piece | None]:
    """For each of MeCab's words the piece that it stands in for, None for an ordinary word."""
    if not layout.stand_ins:
        return [None] * len(features)
    pieces: list[Piece | None] = []
    position = 0
    for feature in features:
        surface = surface_of(feature)
        position = max(layout.text.find(surface, position), position)
        pieces.append(layout.stand_ins.get(position) if surface == STAND_IN else None)
        position += len(surface)
    return pieces
