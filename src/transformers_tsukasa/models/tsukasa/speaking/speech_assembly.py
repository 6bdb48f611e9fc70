# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Rows to texts before speaking, and spoken segments to one waveform after it."""

from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence

from ....text.utterances import SEGMENT_ENDINGS
from ..outputs import TsukasaProsody, TsukasaSpeechOutput


_SENTENCE = SEGMENT_ENDINGS.index("sentence")


@dataclass(frozen=True)
class Segments:
    """The rows of `input_ids` that belong to each text, in order, and how each row ends."""

    rows: list[list[int]]
    endings: list[int]

    @property
    def steps(self) -> int:
        """Segments of the longest text."""
        return max(len(rows) for rows in self.rows)

    def at(self, step: int) -> list[int]:
        """The texts that have a segment number `step`."""
        return [item for item, rows in enumerate(self.rows) if step < len(rows)]


def group_rows(num_rows: int, segment_counts: torch.Tensor | None, segment_endings: torch.Tensor | None) -> Segments:
    """Groups rows to texts; without counts every row is a text of its own.

    Raises:
        ValueError: when counts or endings do not fit the rows.
    """
    endings: list[int] = [_SENTENCE] * num_rows
    if segment_endings is not None:
        endings = torch.as_tensor(segment_endings).flatten().tolist()
    if len(endings) != num_rows:
        raise ValueError(f"segment_endings has {len(endings)} values for {num_rows} rows of input_ids")
    if any(not 0 <= ending < len(SEGMENT_ENDINGS) for ending in endings):
        raise ValueError(f"segment_endings must be 0 to {len(SEGMENT_ENDINGS) - 1}, got {endings}")
    if segment_counts is None:
        return Segments([[row] for row in range(num_rows)], endings)
    counts: list[int] = torch.as_tensor(segment_counts).flatten().tolist()
    if sum(counts) != num_rows or min(counts) < 1:
        raise ValueError(f"segment_counts {counts} must be positive and add up to the {num_rows} rows of input_ids")
    return Segments([rows.tolist() for rows in torch.arange(num_rows).split(counts)], endings)


@dataclass(frozen=True)
class SpokenSegment:
    """One segment of one text.

    Attributes:
        waveform: (1, samples), with the pause after it.
        style_vector: (1, 2 * style_dim).
        prosody: the fields of `TsukasaProsody` by name, (1, ...).
    """

    waveform: torch.Tensor
    style_vector: torch.Tensor
    prosody: dict[str, torch.Tensor]


@dataclass(frozen=True)
class SpeechPiece:
    """One segment of every text of a batch.

    Attributes:
        waveform: (batch, samples), zero past the end of each item.
        lengths: samples of every item, (batch,); 0 for a text that is finished.
        style_vector: (batch, 2 * style_dim).
        prosody: with a row for every item.
    """

    waveform: torch.Tensor
    lengths: torch.Tensor
    style_vector: torch.Tensor
    prosody: TsukasaProsody

    def output(self, return_prosody: bool) -> TsukasaSpeechOutput:
        """The piece as `generate(stream=True)` returns it."""
        prosody = self.prosody if return_prosody else None
        return _speech_output(self.waveform, self.lengths, self.style_vector, prosody)


def collate(segments: dict[int, SpokenSegment], styles: list[torch.Tensor]) -> SpeechPiece:
    """Segments of several texts as one batch.

    Args:
        segments: by item; the items without one are finished and get a row of length 0.
        styles: the latest style of every item, (1, 2 * style_dim).
    """
    batch_size = len(styles)

    def rows(values: dict[int, torch.Tensor]) -> torch.Tensor:
        empty = next(iter(values.values()))[:, :0]
        return pad_sequence([values.get(item, empty)[0] for item in range(batch_size)], batch_first=True)

    waveform = rows({item: segment.waveform for item, segment in segments.items()})
    samples = [segments[item].waveform.shape[1] if item in segments else 0 for item in range(batch_size)]
    names = next(iter(segments.values())).prosody
    prosody = {name: rows({item: segment.prosody[name] for item, segment in segments.items()}) for name in names}
    lengths = torch.tensor(samples, device=waveform.device)
    return SpeechPiece(waveform, lengths, torch.cat(styles), TsukasaProsody(**prosody))


def join(pieces: list[SpeechPiece], return_prosody: bool, long_form: bool) -> TsukasaSpeechOutput:
    """All segments of every text in one waveform; in long form the prosody is a list with one for every segment."""
    if len(pieces) == 1 and not long_form:
        return pieces[0].output(return_prosody)
    lengths = torch.stack([piece.lengths for piece in pieces]).sum(dim=0)
    waveform = pieces[0].waveform.new_zeros(lengths.shape[0], int(lengths.max()))
    ends = [0] * lengths.shape[0]
    for piece in pieces:
        for item, samples in enumerate(piece.lengths.tolist()):
            waveform[item, ends[item] : ends[item] + samples] = piece.waveform[item, :samples]
            ends[item] += samples
    prosody = [piece.prosody for piece in pieces] if return_prosody else None
    return _speech_output(waveform, lengths, pieces[-1].style_vector, prosody)


def _speech_output(
    waveform: torch.Tensor,
    lengths: torch.Tensor,
    style_vector: torch.Tensor,
    prosody: TsukasaProsody | list[TsukasaProsody] | None,
) -> TsukasaSpeechOutput:
    audio = [row[:length] for row, length in zip(waveform, lengths.tolist(), strict=True)]
    return TsukasaSpeechOutput(waveform, lengths, style_vector, prosody, audio)


__all__ = ["Segments", "SpeechPiece", "SpokenSegment", "collate", "group_rows", "join"]
