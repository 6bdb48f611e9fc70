# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Long form: all sentences of a text in one row of ids, each closed by a mark that tells how it ends.

A row for every text is what counts texts by rows: batches of transformers' pipelines above all, which drop further
rows of a text and tensors that only some texts have (docs/decisions/0006).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from ....text.utterances import SEGMENT_ENDINGS


_SENTENCE = SEGMENT_ENDINGS.index("sentence")
LOWEST_MARK = -len(SEGMENT_ENDINGS)
"""Marks are the ids from this to -1, which are no phonemes of any model."""


@dataclass(frozen=True)
class Segment:
    """A sentence of a text, or a text in one piece.

    Attributes:
        ids: (1, tokens), phonemes only.
        ending: index into `SEGMENT_ENDINGS`.
    """

    ids: torch.Tensor
    ending: int


@dataclass(frozen=True)
class Segments:
    """The segments of every text of a batch, in order.

    Attributes:
        texts: at least one segment for each.
        is_long_form: whether a text has marks, and prosody is therefore a list.
    """

    texts: list[list[Segment]]
    is_long_form: bool

    @property
    def steps(self) -> int:
        """Segments of the longest text."""
        return max(len(segments) for segments in self.texts)

    def at(self, step: int) -> list[int]:
        """The texts that have a segment number `step`."""
        return [item for item, segments in enumerate(self.texts) if step < len(segments)]


def close_sentences(sentences: Iterable[tuple[list[int], str]]) -> list[int]:
    """Joins the sentences of a text, ids and an ending of `SEGMENT_ENDINGS` each, to one row with marks."""
    row: list[int] = []
    for ids, ending in sentences:
        row += [*ids, -1 - SEGMENT_ENDINGS.index(ending)]
    return row


def read_segments(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Segments:
    """Cuts every row of ids at its marks; a row without marks is one segment, which ends as a sentence.

    Args:
        input_ids: (batch, tokens), from `LOWEST_MARK`.
        attention_mask: (batch, tokens), 1 for phonemes and marks, followed by 0 for padding.

    Raises:
        ValueError: when there are no phonemes before a mark.
    """
    texts: list[list[Segment]] = []
    is_long_form = False
    for number, length in enumerate(attention_mask.sum(dim=1).tolist()):
        ids = input_ids[number : number + 1, :length]
        segments: list[Segment] = []
        start = 0
        for place, token in enumerate(ids[0].tolist()):
            if token >= 0:
                continue
            is_long_form = True
            if place == start:
                raise ValueError(f"text {number} has a sentence without phonemes, before token {place} of input_ids")
            segments.append(Segment(ids[:, start:place], -1 - token))
            start = place + 1
        if start < length:
            segments.append(Segment(ids[:, start:], _SENTENCE))
        texts.append(segments)
    return Segments(texts, is_long_form)


__all__ = ["LOWEST_MARK", "Segment", "Segments", "close_sentences", "read_segments"]
