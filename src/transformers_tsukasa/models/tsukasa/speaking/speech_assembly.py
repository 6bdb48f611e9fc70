# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Spoken segments of several texts to pieces of a batch, and pieces to one waveform for each text."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence

from ..configuration_tsukasa import TsukasaConfig
from ..outputs import TsukasaProsody, TsukasaSpeechOutput
from .candidates import CandidateChoice


@dataclass(frozen=True)
class SpokenSegment:
    """One segment of one text.

    Attributes:
        waveform: (1, samples), with the pause after it.
        style_vector: (1, 2 * style_dim).
        prosody: the fields of `TsukasaProsody` by name, (1, ...).
        choice: how it was chosen among candidates; `None` when it was not.
    """

    waveform: torch.Tensor
    style_vector: torch.Tensor
    prosody: dict[str, torch.Tensor]
    choice: CandidateChoice | None = None


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
        choices: by item, how its segment was chosen among candidates; empty when none was.
    """

    waveform: torch.Tensor
    lengths: torch.Tensor
    style_vector: torch.Tensor
    prosody: TsukasaProsody
    item_prosody: dict[int, TsukasaProsody]
    choices: dict[int, CandidateChoice]

    def output(self, return_prosody: bool) -> TsukasaSpeechOutput:
        """The piece as `generate(stream=True)` returns it."""
        prosody = self.prosody if return_prosody else None
        return _speech_output(self.waveform, self.lengths, self.style_vector, prosody, self.candidates())

    def candidates(self) -> dict[str, torch.Tensor]:
        """The fields of `TsukasaSpeechOutput` about candidates, with a row for every item; none without a choice."""
        if not self.choices:
            return {}
        batch_size, latest = len(self.lengths), next(iter(self.choices.values()))
        empty = torch.full_like(latest.scores, float("nan"))
        rows = [self.choices.get(item) for item in range(batch_size)]
        fields = {
            "candidate_scores": torch.stack([empty if row is None else row.scores for row in rows]),
            "candidate_index": torch.tensor([-1 if row is None else row.index for row in rows]),
        }
        if latest.waveforms is None:
            return fields
        none = [self.waveform.new_zeros(0)] * len(empty)
        waveforms = [waveform for row in rows for waveform in (row and row.waveforms or none)]
        lengths = torch.tensor([len(waveform) for waveform in waveforms], device=self.lengths.device)
        padded = pad_sequence(waveforms, batch_first=True)
        return fields | {
            "candidates": padded.view(batch_size, len(empty), -1),
            "candidate_lengths": lengths.view(batch_size, -1),
        }


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
    choices = {item: segment.choice for item, segment in segments.items() if segment.choice is not None}
    return SpeechPiece(waveform, lengths, torch.cat(styles), TsukasaProsody(**prosody), own, choices)


def join(
    pieces: list[SpeechPiece], return_prosody: bool, long_form: bool, by_text: bool = False
) -> TsukasaSpeechOutput:
    """All segments of every text in one waveform.

    In long form the prosody is a list with one for every segment or, `by_text`, with those of its own for every text,
    and so is everything about candidates.
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
    candidates = _listed_candidates(pieces, by_text)
    return _speech_output(waveform, lengths, pieces[-1].style_vector, prosody, candidates)


def _listed_prosody(pieces: list[SpeechPiece], by_text: bool) -> list[TsukasaProsody] | list[list[TsukasaProsody]]:
    if not by_text:
        return [piece.prosody for piece in pieces]
    texts = range(len(pieces[0].lengths))
    return [[piece.item_prosody[item] for piece in pieces if item in piece.item_prosody] for item in texts]


def _listed_candidates(pieces: list[SpeechPiece], by_text: bool) -> dict[str, list]:
    listed = [piece.candidates() for piece in pieces]
    if not by_text:
        return {name: [fields[name] for fields in listed] for name in listed[0]}
    texts = range(len(pieces[0].lengths))
    return {
        name: [
            [fields[name][item] for piece, fields in zip(pieces, listed, strict=True) if item in piece.choices]
            for item in texts
        ]
        for name in listed[0]
    }


def _speech_output(
    waveform: torch.Tensor,
    lengths: torch.Tensor,
    style_vector: torch.Tensor,
    prosody: TsukasaProsody | list[TsukasaProsody] | list[list[TsukasaProsody]] | None,
    candidates: Mapping[str, torch.Tensor | list],
) -> TsukasaSpeechOutput:
    audio = [row[:length] for row, length in zip(waveform, lengths.tolist(), strict=True)]
    return TsukasaSpeechOutput(waveform, lengths, style_vector, prosody, audio, **candidates)


__all__ = ["SpeechPiece", "SpokenSegment", "collate", "fade_edges", "join"]
