# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Anti-aliased SnakeBeta: the activation of BigVGAN's successors, with its two filters as products of matrices.

A nonlinearity makes overtones beyond half the sampling rate, which fold down. So it is computed at twice the rate:
interpolate, apply `x + sin^2(e^alpha x) / (e^beta + 1e-9)`, low-pass and decimate (Lee et al. 2023, BigVGAN, section
3.2). States are (batch, steps, channels) here and in `amp_blocks`: the channels of a step lie side by side, which is
what both the filters and the convolutions are fastest with.
"""

import math
from functools import cache

import torch
from torch import nn
from transformers import initialization as init


NUM_TAPS = 12
"""Length of the low-pass filter, at twice the rate."""

REACH = 6
"""Steps that a step of the output depends on to either side."""

_CUTOFF, _HALF_WIDTH = 0.25, 0.3
# Steps whose filtering is one product of matrices, and the steps that such a block needs beyond its own.
_BLOCK, _BEFORE, _AFTER = 16, 3, 3
_DOWN_BEFORE, _DOWN_AFTER = 5, 6
_LEAST_BETA = 1e-9


def lowpass_filter() -> torch.Tensor:
    """The filter's taps (12,), float32: a sinc with a cutoff of a quarter of the rate, Kaiser window, sum 1."""
    attenuation = 2.285 * (NUM_TAPS // 2 - 1) * math.pi * 4 * _HALF_WIDTH + 7.95
    if attenuation > 50:
        shape = 0.1102 * (attenuation - 8.7)
    else:
        shape = 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    times = torch.arange(-(NUM_TAPS // 2), NUM_TAPS // 2) + 0.5
    window = torch.kaiser_window(NUM_TAPS, beta=shape, periodic=False)
    taps = 2 * _CUTOFF * window * torch.sinc(2 * _CUTOFF * times)
    return taps / taps.sum()


@cache
def _filter_matrices(device: torch.device, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """A block of the doubling filter, (2 * 16, 16 + 6), and of the halving one, (16, 2 * 16 + 10)."""
    with torch.inference_mode(False):
        taps = lowpass_filter()
        up = torch.zeros(2 * _BLOCK, _BLOCK + _BEFORE + _AFTER)
        down = torch.zeros(_BLOCK, 2 * _BLOCK + NUM_TAPS - 2)
        for step in range(_BLOCK):
            # Of the steps between zeros, every second tap meets one; the filter is symmetric.
            up[2 * step, step : step + NUM_TAPS // 2] = 2 * taps[::2]
            up[2 * step + 1, step + 1 : step + 1 + NUM_TAPS // 2] = 2 * taps[1::2]
            down[step, 2 * step : 2 * step + NUM_TAPS] = taps
        return up.to(device, dtype), down.to(device, dtype)


def _extended(states: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """States (batch, steps, channels) with the first and the last step repeated."""
    first, last = states[:, :1].expand(-1, before, -1), states[:, -1:].expand(-1, after, -1)
    return torch.cat([first, states, last], dim=1)


def _filtered(states: torch.Tensor, matrix: torch.Tensor, stride: int) -> torch.Tensor:
    """One product of matrices for every block of `stride` steps: (batch, blocks * rows, channels)."""
    blocks = states.unfold(1, matrix.shape[1], stride).transpose(2, 3)
    return torch.matmul(matrix, blocks).flatten(1, 2)


class AntiAliasedSnakeBeta(nn.Module):
    """SnakeBeta at twice the rate, with a frequency and a magnitude of its own for every channel.

    Args:
        channels: of the states.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def initialize_parameters(self) -> None:
        """Start with frequency and magnitude 1, whose logarithms are stored."""
        init.zeros_(self.alpha)
        init.zeros_(self.beta)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(batch, steps, channels) -> the same; what lies beyond both ends counts as their last value."""
        steps = states.shape[1]
        up, down = _filter_matrices(states.device, states.dtype)
        missing = -steps % _BLOCK
        frequency = self.alpha.float().exp()
        magnitude = 1.0 / (self.beta.float().exp() + _LEAST_BETA)
        # Both factors are applied at the lower rate: sin(u)^2 + u / (frequency * magnitude) lies between the filters.
        scaled = states * frequency.to(states.dtype)
        raised = _filtered(_extended(scaled, _BEFORE, _AFTER + missing), up, _BLOCK)[:, : 2 * steps]
        sine = torch.sin(raised)
        bent = torch.addcmul(raised * (1.0 / (frequency * magnitude)).to(states.dtype), sine, sine)
        padded = _extended(bent, _DOWN_BEFORE, _DOWN_AFTER - 1 + 2 * missing)
        return _filtered(padded, down, 2 * _BLOCK)[:, :steps] * magnitude.to(states.dtype)


__all__ = ["NUM_TAPS", "REACH", "AntiAliasedSnakeBeta", "lowpass_filter"]
