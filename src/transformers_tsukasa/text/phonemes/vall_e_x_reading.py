# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of this project's front end in the symbols of VALL-E X."""

from collections.abc import Sequence

from ..readings.jtalk import LabelledWord, full_context_labels
from ..types import UNSPOKEN, Word
from .kokoro import lengthened_morae
from .units import accent_phrases
from .vall_e_x import join_pieces, phones_of_labels


def render_vall_e_x(words: Sequence[Word]) -> str:
    """Analysed words in the symbols of VALL-E X, with the accents that they have; spaces are not tokens yet."""
    pieces: list[tuple[str, bool]] = []
    heads = {phrase[0] for phrase in accent_phrases(words)}
    run: list[LabelledWord] = []
    for index, word in enumerate(words):
        if word.pos == UNSPOKEN:
            continue
        if word.pronunciation:
            run.append(LabelledWord(word, "".join(lengthened_morae(words, index)), index in heads))
            continue
        if run:
            pieces.append((phones_of_labels(full_context_labels(run)), True))
            run = []
        pieces.append((word.surface, False))
    if run:
        pieces.append((phones_of_labels(full_context_labels(run)), True))
    return join_pieces(pieces)


__all__ = ["render_vall_e_x"]
