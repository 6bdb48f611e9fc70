# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Outputs of the models of the family."""

from dataclasses import dataclass

import torch
from transformers.utils import ModelOutput


@dataclass
class VallERefinerOutput(ModelOutput):
    """Output of the refiner.

    Args:
        loss: mean cross entropy of the labels, where there are any.
        logits: (batch, frames, codebook_size) of the stage's codebook.
        hidden_states: inputs of all layers and the last output, if asked for.
        attentions: weights of all layers, if asked for and the attention implementation has them.
    """

    loss: torch.Tensor | None = None
    logits: torch.Tensor | None = None
    hidden_states: tuple[torch.Tensor, ...] | None = None
    attentions: tuple[torch.Tensor, ...] | None = None


@dataclass
class VallEOutput(ModelOutput):
    """Speech as codes.

    Args:
        codes: (batch, frames, num_codebooks), zero past the end of an item.
        lengths: frames of every item, (batch,).
        scores: of the item that was chosen among `best_of`, mean log-probability of its draws with the default
            `length_penalty`, (batch,); `None` where nothing was drawn (`continual`).
    """

    codes: torch.Tensor | None = None
    lengths: torch.Tensor | None = None
    scores: torch.Tensor | None = None


__all__ = ["VallEOutput", "VallERefinerOutput"]
