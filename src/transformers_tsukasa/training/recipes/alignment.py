# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Monotonic alignments of a batch, from what the aligner heard or from cached durations."""

import torch

from ...models.tsukasa.configuration_training import AlignmentSource
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ...models.tsukasa.training_models.alignment_search import (
    alignment_from_durations,
    search_monotonic_alignment,
)
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAlignerOutput


ALIGNMENT_SOURCES = ("ctc", "attention")


def monotonic_alignment(
    heard: TsukasaTextAlignerOutput,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    source: AlignmentSource,
) -> torch.Tensor:
    """The best monotonic path (batch, tokens, text_frames), zeros and ones.

    Args:
        heard: of the aligner.
        input_ids, attention_mask: (batch, tokens).
        source: what the path is searched in, see `TsukasaTextAlignerConfig.alignment_source`.

    Raises:
        ValueError: when an utterance has more tokens than text frames.
    """
    with torch.no_grad():
        scores = heard.token_scores(input_ids, source)
        return search_monotonic_alignment(scores, attention_mask.sum(dim=1), heard.frame_lengths)


def has_durations(dataset) -> bool:
    """Whether a `TsukasaDataset` has the durations that an aligner left in its corpus."""
    return getattr(dataset, "durations", None) is not None


def cached_alignment(batch: dict) -> torch.Tensor:
    """The path that the `durations` of a batch say, (batch, tokens, text_frames) of zeros and ones.

    Raises:
        ValueError: when durations and mels of an utterance are not equally long.
    """
    durations = batch["durations"]
    frame_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
    differs = durations.sum(dim=1) != frame_lengths
    if durations.shape != batch["input_ids"].shape or bool(differs.any()):
        utterances = batch["indices"][differs].tolist()
        raise ValueError(
            f"cached alignments do not fit utterances {utterances} of the corpus: make them again with "
            "`tsukasa prepare ... --aligner`"
        )
    return alignment_from_durations(durations, batch["mel"].shape[-1] // MEL_FRAMES_PER_TEXT_FRAME)


__all__ = [
    "ALIGNMENT_SOURCES",
    "AlignmentSource",
    "cached_alignment",
    "has_durations",
    "monotonic_alignment",
]
