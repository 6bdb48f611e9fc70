# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Normalisation: any string becomes contiguous pieces that the morphological analysis can read."""

from .folding import fold
from .words import Piece


def normalize(text: str) -> tuple[Piece, ...]:
    """Cut `text` into pieces whose `start:end` cover it in order.

    `piece.text` is the writing for the analysis; where the reading is already known, `piece.kana` holds it.
    """
    if not text:
        return ()
    folded = fold(text)
    return (Piece(0, len(text), folded.text),)
