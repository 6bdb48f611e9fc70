# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Resampling that gradients pass through: a windowed sinc, evaluated once for every phase of the ratio of both rates.

Band-limited interpolation (Smith & Gossett 1984). Files are resampled by `audio.files.resample`, which is faster and
has no gradient.
"""

import math
from functools import lru_cache
from typing import TypeVar

import torch
import torch.nn.functional as F


_Count = TypeVar("_Count", int, torch.Tensor)

ZERO_CROSSINGS = 64
"""Zero crossings of the sinc on either side: the width of the filter."""

ROLLOFF = 0.95
"""Middle of the filter's slope, as a share of half the lower rate."""

KAISER_BETA = 12.0
"""Of the window: its stop band lies about 120 dB down."""

# Ratios with more phases than this are rare, and too large for a convolution with one filter per phase.
_MOST_CONVOLVED_PHASES = 1000


def resampled_length(num_samples: _Count, from_rate: int, to_rate: int) -> _Count:
    """Number of samples after resampling `num_samples` (an int or a tensor): scaled by both rates, rounded up."""
    return -(-num_samples * to_rate // from_rate)


def resample_waveform(waveform: torch.Tensor, from_rate: int, to_rate: int) -> torch.Tensor:
    """Resamples from one integer rate in Hz to another, differentiable, in float32; equal rates are a no-op.

    Beyond both ends the waveform is taken to be zero. Sample 0 stays where it is.

    Args:
        waveform: `(batch, samples)`.

    Returns:
        `(batch, resampled_length(samples, from_rate, to_rate))`.

    Raises:
        ValueError: for rates that are not positive integers, and for another shape.
    """
    for rate in (from_rate, to_rate):
        if int(rate) != rate or rate < 1:
            raise ValueError(f"a sampling rate must be an integer number of samples per second, got {rate!r}")
    if waveform.ndim != 2:
        raise ValueError(f"waveforms to resample must be (batch, samples), got {tuple(waveform.shape)}")
    if from_rate == to_rate:
        return waveform
    divisor = math.gcd(from_rate, to_rate)
    step, phases = from_rate // divisor, to_rate // divisor
    length = resampled_length(waveform.shape[1], step, phases)
    with torch.autocast(waveform.device.type, enabled=False):
        if phases <= _MOST_CONVOLVED_PHASES:
            resampled = _convolve(waveform.float(), step, phases, length)
        else:
            resampled = _gather(waveform.float(), step, phases, length)
    return resampled


def _reach(step: int, phases: int) -> int:
    """Input samples that the filter reaches to either side."""
    return math.ceil(ZERO_CROSSINGS * max(step / phases, 1.0) / ROLLOFF)


@lru_cache(maxsize=16)
def _filters(step: int, phases: int, device: torch.device) -> torch.Tensor:
    """For every phase, its weights `(phases, 2 * reach + 2)` on the samples from `reach` before the one it follows."""
    # Tensors made in inference mode could not take part in a later training step.
    with torch.inference_mode(False):
        reach = _reach(step, phases)
        passband = ROLLOFF * min(phases / step, 1.0)
        offsets = (torch.arange(phases, dtype=torch.float64) * step / phases).frac()
        places = torch.arange(-reach, reach + 2, dtype=torch.float64) - offsets[:, None]
        width = ZERO_CROSSINGS / passband
        inside = (1.0 - (places / width).square()).clamp(min=0.0)
        beta = torch.tensor(KAISER_BETA, dtype=torch.float64)
        window = torch.special.i0(beta * inside.sqrt()) / torch.special.i0(beta) * (inside > 0)
        return (passband * torch.sinc(passband * places) * window).float().to(device)


@lru_cache(maxsize=16)
def _kernels(step: int, phases: int, device: torch.device) -> torch.Tensor:
    """The filters as kernels `(phases, 1, taps)` of one convolution: each moved to the sample that it follows."""
    with torch.inference_mode(False):
        filters = _filters(step, phases, device)
        taps = filters.shape[1]
        kernels = filters.new_zeros(phases, 1, taps + step)
        for phase in range(phases):
            start = phase * step // phases
            kernels[phase, 0, start : start + taps] = filters[phase]
        return kernels


def _convolve(waveform: torch.Tensor, step: int, phases: int, length: int) -> torch.Tensor:
    """All phases of `step` samples at a time."""
    kernels = _kernels(step, phases, waveform.device)
    blocks = -(-length // phases)
    reach = _reach(step, phases)
    needed = (blocks - 1) * step + kernels.shape[-1]
    padded = F.pad(waveform, (reach, max(needed - reach - waveform.shape[1], 0)))
    resampled = F.conv1d(padded[:, None, :needed], kernels, stride=step)
    return resampled.transpose(1, 2).flatten(1)[:, :length]


def _gather(waveform: torch.Tensor, step: int, phases: int, length: int) -> torch.Tensor:
    """Every sample by itself: slower, for ratios of large numbers."""
    filters = _filters(step, phases, waveform.device)
    reach = _reach(step, phases)
    samples = torch.arange(length, device=waveform.device)
    starts = samples * step // phases
    padded = F.pad(waveform, (reach, reach + 2))
    reached = padded.unfold(1, filters.shape[1], 1).index_select(1, starts)
    return torch.einsum("bnk,nk->bn", reached, filters[samples % phases])


__all__ = ["resample_waveform", "resampled_length"]
