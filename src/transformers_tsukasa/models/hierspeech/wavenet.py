# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Gated convolutions with a style (van den Oord et al. 2016; as in VITS, Kim et al. 2021)."""

import torch
from torch import nn

from ..layers.amp_blocks import StepsConv1d
from ..layers.reparametrization import weight_normed
from ..layers.typed_members import ModuleListOf


KERNEL_SIZE = 5


class HierSpeechWaveNet(nn.Module):
    """A stack of gated convolutions; every layer gives a part of the result and passes on the rest.

    Args:
        size: channels.
        num_layers: of the stack.
        speaker_size: width of the style.
    """

    def __init__(self, size: int, num_layers: int, speaker_size: int) -> None:
        super().__init__()
        self.size = size
        self.speaker_projection = weight_normed(StepsConv1d(speaker_size, 2 * size * num_layers, 1))
        self.gated_convs: ModuleListOf[StepsConv1d] = ModuleListOf(
            weight_normed(StepsConv1d(size, 2 * size, KERNEL_SIZE)) for _ in range(num_layers)
        )
        self.projections: ModuleListOf[StepsConv1d] = ModuleListOf(
            weight_normed(StepsConv1d(size, size if layer == num_layers - 1 else 2 * size, 1))
            for layer in range(num_layers)
        )

    def forward(self, states: torch.Tensor, mask: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """Runs the stack.

        Args:
            states: (batch, steps, size), zero in the padding.
            mask: (batch, steps, 1), 1 for real steps.
            speaker: (batch, speaker_size).

        Returns:
            (batch, steps, size), zero in the padding.
        """
        conditions = self.speaker_projection(speaker[:, None]).split(2 * self.size, dim=2)
        result = torch.zeros_like(states)
        for conv, projection, condition in zip(self.gated_convs, self.projections, conditions, strict=True):
            value, gate = (conv(states) + condition).chunk(2, dim=2)
            projected = projection(torch.tanh(value) * torch.sigmoid(gate))
            if projected.shape[2] > self.size:
                states = (states + projected[:, :, : self.size]) * mask
            result = result + projected[:, :, -self.size :]
        return result * mask


__all__ = ["HierSpeechWaveNet"]
