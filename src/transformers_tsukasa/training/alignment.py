# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Monotonic alignments of a batch, from what the aligner heard."""

from typing import Literal

import torch

from ..model.alignment_search import search_monotonic_alignment, token_scores_from_ctc
from ..model.text_aligner import TsukasaTextAlignerOutput


AlignmentSource = Literal["ctc", "attention"]
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
        source: what the path is searched in. An aligner trained by itself knows the borders of tokens by its CTC head
            and only one telling frame of each by its attention; the published one was trained on together with the
            decoder until its attention holds them.

    Raises:
        ValueError: when an utterance has more tokens than text frames.
    """
    with torch.no_grad():
        scores = heard.soft_alignment
        if source == "ctc":
            scores = token_scores_from_ctc(heard.ctc_logits, input_ids)
        return search_monotonic_alignment(scores.float(), attention_mask.sum(dim=1), heard.frame_lengths)


def default_alignment_source(aligner_config) -> AlignmentSource:
    """CTC for an aligner that was trained by itself, which `first_alignment_row: 0` says; attention otherwise."""
    return "ctc" if aligner_config.first_alignment_row == 0 else "attention"


__all__ = ["ALIGNMENT_SOURCES", "AlignmentSource", "default_alignment_source", "monotonic_alignment"]
