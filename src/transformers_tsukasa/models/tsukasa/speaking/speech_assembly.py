# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Spoken segments of several texts to pieces of a batch, and pieces to one waveform for each text."""

from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence

from ..configuration_tsukasa import TsukasaConfig
from ..outputs import TsukasaProsody, TsukasaSpeechOutput


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
class Ending:
    """Text frames that a checkpoint adds to the last token of a segment, and samples that it cuts at its end."""

    frames_added: int
    samples_cut: int

    @classmethod
    def of(cls, config: TsukasaConfig, segments: int) -> "Ending":
        """The ending of each of so many segments of a text."""
        if segments == 1:
            return cls(config.final_frames_added, config.trailing_samples_cut)
        cut = config.long_form_samples_cut
        return cls(0, config.trailing_samples_cut if cut is None else cut)


@dataclass(frozen=True)
class SpeechPiece:
    """One segment of every text of a batch.

    Attributes:
        waveform: (batch, samples), zero past the end of each item.
        lengths: samples of every item, (batch,); 0 for a text that is finished.
        style_vector: (batch, 2 * style_dim).
        prosody: with a row for every item.
        item_prosody: by item, its own row of that, (1, ...) without padding; none for a text that is finished.
    """

    waveform: torch.Tensor
    lengths: torch.Tensor
    style_vector: torch.Tensor
    prosody: TsukasaProsody
    item_prosody: dict[int, TsukasaProsody]

    def output(self, return_prosody: bool) -> TsukasaSpeechOutput:
        """The piece as `generate(stream=True)` returns it."""
        prosody = self.prosody if return_prosody else None
        return _speech_output(self.waveform, self.lengths, self.style_vector, prosody)


def fade_edges(waveform: torch.Tensor, samples: int) -> torch.Tensor:
    """A waveform (1, length) that rises from and falls to zero over so many samples, at most half of its length."""
    samples = min(samples, waveform.shape[1] // 2)
    if samples == 0:
        return waveform
    steps = torch.arange(samples, device=waveform.device, dtype=waveform.dtype) / samples
    ramp = 0.5 - 0.5 * torch.cos(torch.pi * steps)
    faded = waveform.clone()
    faded[:, :samples] *= ramp
    faded[:, -samples:] *= ramp.flip(0)
    return faded


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
    own = {item: TsukasaProsody(**segment.prosody) for item, segment in segments.items()}
    return SpeechPiece(waveform, lengths, torch.cat(styles), TsukasaProsody(**prosody), own)


def join(
    pieces: list[SpeechPiece], return_prosody: bool, long_form: bool, by_text: bool = False
) -> TsukasaSpeechOutput:
    """All segments of every text in one waveform.

    In long form the prosody is a list with one for every segment or, `by_text`, with those of its own for every text.
    """
    if len(pieces) == 1 and not long_form:
        return pieces[0].output(return_prosody)
    lengths = torch.stack([piece.lengths for piece in pieces]).sum(dim=0)
    waveform = pieces[0].waveform.new_zeros(lengths.shape[0], int(lengths.max()))
    ends = [0] * lengths.shape[0]
    for piece in pieces:
        for item, samples in enumerate(piece.lengths.tolist()):
            waveform[item, ends[item] : ends[item] + samples] = piece.waveform[item, :samples]
            ends[item] += samples
    prosody = _listed_prosody(pieces, by_text) if return_prosody else None
    return _speech_output(waveform, lengths, pieces[-1].style_vector, prosody)


def _listed_prosody(pieces: list[SpeechPiece], by_text: bool) -> list[TsukasaProsody] | list[list[TsukasaProsody]]:
    if not by_text:
        return [piece.prosody for piece in pieces]
    texts = range(len(pieces[0].lengths))
    return [[piece.item_prosody[item] for piece in pieces if item in piece.item_prosody] for item in texts]


def _speech_output(
    waveform: torch.Tensor,
    lengths: torch.Tensor,
    style_vector: torch.Tensor,
    prosody: TsukasaProsody | list[TsukasaProsody] | list[list[TsukasaProsody]] | None,
) -> TsukasaSpeechOutput:
    audio = [row[:length] for row, length in zip(waveform, lengths.tolist(), strict=True)]
    return TsukasaSpeechOutput(waveform, lengths, style_vector, prosody, audio)


__all__ = ["SpeechPiece", "SpokenSegment", "collate", "fade_edges", "join"]
