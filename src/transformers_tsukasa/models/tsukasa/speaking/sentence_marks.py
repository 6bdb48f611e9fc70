# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Long form: all sentences of a text in one row of ids, each closed by a mark that tells the pause after it.

A mark names an ending, whose pause the speech options decide, or, where the text does, a pause in milliseconds. Marks
of pauses also stand before a sentence, and several of them add up.

A row for every text is what counts texts by rows: batches of transformers' pipelines above all, which drop further
rows of a text and tensors that only some texts have (docs/decisions/0006).
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from ....text.pauses import LONGEST_PAUSE, SEGMENT_ENDINGS
from ....text.phonemes.symbols import SYMBOL_TO_ID
from ....text.utterances import Utterance


logger = logging.getLogger(__name__)

_SENTENCE_ENDS = [SYMBOL_TO_ID[symbol] for symbol in ".?!"]
_SENTENCE = SEGMENT_ENDINGS.index("sentence")
_NO_PAUSE = -1 - len(SEGMENT_ENDINGS)  # the mark of a pause of 0 ms; that of each further millisecond is one lower
_LONGEST = round(1000 * LONGEST_PAUSE)
LOWEST_MARK = _NO_PAUSE - _LONGEST
"""Marks are the ids from this to -1, which are no phonemes of any model."""


@dataclass(frozen=True)
class Segment:
    """A sentence of a text, or a text in one piece.

    Attributes:
        ids: (1, tokens), phonemes only.
        ending: index into `SEGMENT_ENDINGS`.
        lead: seconds of silence before it, besides the pause after the segment before.
        pause: seconds of silence after it that the text names; None where the ending decides.
        accent_levels: (1, tokens), see `text.accent_levels`; None where they are not known.
    """

    ids: torch.Tensor
    ending: int
    lead: float = 0.0
    pause: float | None = None
    accent_levels: torch.Tensor | None = None


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


def close_sentences(sentences: Iterable[tuple[list[int], Utterance]]) -> list[int]:
    """Joins the sentences of a text, each as its ids with its ending and pauses, to one row with marks.

    Accent levels are joined in the same way: below 0 they too are no levels.
    """
    row: list[int] = []
    for ids, utterance in sentences:
        row += [*_pause_marks(utterance.lead), *ids]
        if utterance.pause is not None:
            row += _pause_marks(utterance.pause) or [_NO_PAUSE]
        else:
            row.append(-1 - SEGMENT_ENDINGS.index(utterance.ending))
    return row


def _pause_marks(seconds: float) -> list[int]:
    thousandths = round(1000 * seconds)
    parts = [_LONGEST] * (thousandths // _LONGEST) + [thousandths % _LONGEST]
    return [_NO_PAUSE - part for part in parts if part]


def read_segments(
    input_ids: torch.Tensor, attention_mask: torch.Tensor, accent_levels: torch.Tensor | None = None
) -> Segments:
    """Cuts every row of ids at its marks; a row without marks is one segment, which ends as a sentence.

    Args:
        input_ids: (batch, tokens), from `LOWEST_MARK`.
        attention_mask: (batch, tokens), 1 for phonemes and marks, followed by 0 for padding.
        accent_levels: (batch, tokens), below 0 for tokens without a level.

    Raises:
        ValueError: for a row without phonemes, or without any before the mark of an ending; for accent levels that
            are not integers, or not one for every token.
    """
    lengths = attention_mask.sum(dim=1).tolist()
    rows = [input_ids[number : number + 1, :length] for number, length in enumerate(lengths)]
    levels: list[torch.Tensor | None] = [None] * len(rows)
    if accent_levels is not None:
        _check_levels(accent_levels, input_ids)
        levels = [accent_levels[number : number + 1, :length] for number, length in enumerate(lengths)]
    texts = [_read_row(ids, own, number) for number, (ids, own) in enumerate(zip(rows, levels, strict=True))]
    return Segments(texts, is_long_form=any(bool((ids < 0).any()) for ids in rows))


def warn_of_unused_pauses(segments: Segments) -> None:
    """Log that `pauses` has no effect on a text that is spoken in one piece although it has several sentences."""
    pieces = [texts[0].ids[0] for texts in segments.texts if len(texts) == 1]
    if any(_holds_sentences(ids) for ids in pieces):
        logger.warning(
            "`pauses` has no effect on a text in one piece: leave out `split_sentences=False`, or give phonemes in "
            "lines"
        )


def _holds_sentences(ids: torch.Tensor) -> bool:
    """Whether further sounds follow the end of a sentence in (tokens,) ids."""
    ends = torch.isin(ids, torch.tensor(_SENTENCE_ENDS, device=ids.device)).nonzero()
    if len(ends) == 0:
        return False
    letters = torch.tensor([number for symbol, number in SYMBOL_TO_ID.items() if symbol.isalpha()], device=ids.device)
    return bool(torch.isin(ids[int(ends[0]) :], letters).any())


def _check_levels(accent_levels: torch.Tensor, input_ids: torch.Tensor) -> None:
    if accent_levels.shape != input_ids.shape or accent_levels.is_floating_point():
        raise ValueError(
            f"accent_levels must be integers {tuple(input_ids.shape)}, one for every token of input_ids, got "
            f"{accent_levels.dtype} {tuple(accent_levels.shape)}"
        )


def _read_row(ids: torch.Tensor, levels: torch.Tensor | None, number: int) -> list[Segment]:
    """The segments of text `number`, (1, tokens), whose accent levels are as long."""

    def segment(start: int, end: int, ending: int, pause: float | None = None) -> Segment:
        own = None if levels is None else levels[:, start:end]
        return Segment(ids[:, start:end], ending, lead, pause, own)

    segments: list[Segment] = []
    start, lead = 0, 0.0
    for place, token in enumerate(ids[0].tolist()):
        if token >= 0:
            continue
        pause = (_NO_PAUSE - token) / 1000 if token <= _NO_PAUSE else None
        if place > start:
            ending = _SENTENCE if pause is not None else -1 - token
            segments.append(segment(start, place, ending, pause))
            lead = 0.0
        elif pause is not None:
            lead += pause
        else:
            raise ValueError(f"text {number} has a sentence without phonemes, before token {place} of input_ids")
        start = place + 1
    if start < ids.shape[1]:
        segments.append(segment(start, ids.shape[1], _SENTENCE))
    elif lead and segments:
        segments[-1] = replace(segments[-1], pause=(segments[-1].pause or 0.0) + lead)
    if not segments:
        raise ValueError(f"text {number} has no phonemes in input_ids")
    return segments


__all__ = ["LOWEST_MARK", "Segment", "Segments", "close_sentences", "read_segments", "warn_of_unused_pauses"]
