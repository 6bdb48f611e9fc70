# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Rows to texts before speaking, and spoken segments to one waveform after it."""

from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence

from ..outputs import TsukasaProsody, TsukasaSpeechOutput
from .speech_options import SEGMENT_ENDINGS


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


def group_rows(num_rows: int, segment_counts, segment_endings) -> Segments:
    """Without counts every row is a text of its own.

    Raises:
        ValueError: when counts or endings do not fit the rows.
    """
    if segment_endings is None:
        endings = [_SENTENCE] * num_rows
    else:
        endings = torch.as_tensor(segment_endings).flatten().tolist()
    if len(endings) != num_rows:
        raise ValueError(f"segment_endings has {len(endings)} values for {num_rows} rows of input_ids")
    if any(not 0 <= ending < len(SEGMENT_ENDINGS) for ending in endings):
        raise ValueError(f"segment_endings must be 0 to {len(SEGMENT_ENDINGS) - 1}, got {endings}")
    if segment_counts is None:
        return Segments([[row] for row in range(num_rows)], endings)
    counts = torch.as_tensor(segment_counts).flatten().tolist()
    if sum(counts) != num_rows or min(counts) < 1:
        raise ValueError(f"segment_counts {counts} must be positive and add up to the {num_rows} rows of input_ids")
    return Segments([rows.tolist() for rows in torch.arange(num_rows).split(counts)], endings)


def with_pause(speech: TsukasaSpeechOutput, samples: int) -> TsukasaSpeechOutput:
    """The speech of one text with silence behind it."""
    speech.waveform = torch.nn.functional.pad(speech.waveform, (0, samples))
    speech.waveform_lengths = speech.waveform_lengths + samples
    return speech


def collate(
    spoken: dict[int, TsukasaSpeechOutput], styles: list[torch.Tensor], return_prosody: bool
) -> TsukasaSpeechOutput:
    """Segments of several texts, each (1, ...), as one batch; a text that is finished gets a row of length 0."""
    batch_size = len(styles)
    some = next(iter(spoken.values()))

    def rows(values: dict[int, torch.Tensor]) -> torch.Tensor:
        like = next(iter(values.values()))
        return pad_sequence([values.get(item, like[:, :0])[0] for item in range(batch_size)], batch_first=True)

    lengths = some.waveform_lengths.new_zeros(batch_size)
    for item, speech in spoken.items():
        lengths[item] = speech.waveform_lengths[0]
    prosody = None
    if return_prosody:
        prosody = TsukasaProsody(
            **{name: rows({item: speech.prosody[name] for item, speech in spoken.items()}) for name in some.prosody}
        )
    waveform = rows({item: speech.waveform for item, speech in spoken.items()})
    return TsukasaSpeechOutput(waveform, lengths, torch.cat(styles), prosody, unpadded(waveform, lengths))


def join(parts: list[TsukasaSpeechOutput], return_prosody: bool, long_form: bool) -> TsukasaSpeechOutput:
    """All segments of every text in one waveform."""
    if len(parts) == 1:
        if return_prosody and long_form:
            parts[0].prosody = [parts[0].prosody]
        return parts[0]
    lengths = sum(part.waveform_lengths for part in parts)
    waveform = parts[0].waveform.new_zeros(lengths.shape[0], int(lengths.max()))
    ends = [0] * lengths.shape[0]
    for part in parts:
        for item, samples in enumerate(part.waveform_lengths.tolist()):
            waveform[item, ends[item] : ends[item] + samples] = part.waveform[item, :samples]
            ends[item] += samples
    prosody = [part.prosody for part in parts] if return_prosody else None
    return TsukasaSpeechOutput(waveform, lengths, parts[-1].style_vector, prosody, unpadded(waveform, lengths))


def unpadded(waveform: torch.Tensor, lengths: torch.Tensor) -> list[torch.Tensor]:
    """Every item of a padded batch (batch, samples) at its own length, (samples,)."""
    return [row[:length] for row, length in zip(waveform, lengths.tolist(), strict=True)]


__all__ = ["Segments", "collate", "group_rows", "join", "unpadded", "with_pause"]
