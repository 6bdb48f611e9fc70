# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The style of a voice from a clip (Min et al. 2021, Meta-StyleSpeech)."""

import torch
import torch.nn.functional as F
from torch import nn

from ..layers.amp_blocks import StepsConv1d
from ..layers.typed_members import ModuleListOf


_NUM_HEADS = 2
_KERNEL_SIZE = 5
_NUM_GATED_CONVS = 2
_DROPOUT = 0.1


class HierSpeechSpeakerEncoder(nn.Module):
    """Layers over frames of a log-mel, attention among them, and their mean.

    Args:
        num_mel_bins: of the log-mel.
        size: of the style.
    """

    def __init__(self, num_mel_bins: int, size: int) -> None:
        super().__init__()
        self.spectral_layers = nn.ModuleList([StepsConv1d(num_mel_bins, size, 1), StepsConv1d(size, size, 1)])
        self.temporal_layers: ModuleListOf[StepsConv1d] = ModuleListOf(
            StepsConv1d(size, 2 * size, _KERNEL_SIZE) for _ in range(_NUM_GATED_CONVS)
        )
        self.query, self.key, self.value = (StepsConv1d(size, size, 1) for _ in range(3))
        self.attention_projection = StepsConv1d(size, size, 1)
        self.projection = StepsConv1d(size, size, 1)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, log_mel: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Takes the style.

        Args:
            log_mel: (batch, frames, num_mel_bins).
            mask: (batch, frames, 1), 1 for real frames; `None` when nothing is padded.

        Returns:
            (batch, size)
        """
        mask = log_mel.new_ones(*log_mel.shape[:2], 1) if mask is None else mask.to(log_mel.dtype)
        states = self.attend(self.gate(self.read(log_mel, mask), mask), mask)
        return (self.projection(states) * mask).sum(dim=1) / mask.sum(dim=1)

    def read(self, log_mel: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, frames, num_mel_bins) -> (batch, frames, size), each frame by itself"""
        states = log_mel
        for layer in self.spectral_layers:
            states = self.dropout(F.mish(layer(states)))
        return states * mask

    def gate(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, frames, size) -> the same, with gated convolutions along frames"""
        for layer in self.temporal_layers:
            value, gate = layer(states * mask).chunk(2, dim=2)
            states = states + self.dropout(value * torch.sigmoid(gate))
        return states * mask

    def attend(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, frames, size) -> the same, with attention to real frames"""
        query, key, value = (
            layer(states).unflatten(2, (_NUM_HEADS, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask.bool()[:, None, :, 0][:, :, None])
        return states + self.attention_projection(attended.transpose(1, 2).flatten(2))


__all__ = ["HierSpeechSpeakerEncoder"]
