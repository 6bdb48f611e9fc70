# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Normalised text for tests of single rules."""

from transformers_tsukasa.text.normalization.normalization import normalize


def written(text: str) -> str:
    """The text for the analysis, with fixed readings in place of the writing."""
    return "".join(piece.kana or piece.text for piece in normalize(text))
