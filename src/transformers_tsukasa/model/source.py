# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The harmonic-plus-noise source: sines at multiples of F0, and noise (Wang et al. 2019, neural source-filter).

Everything here is float32 whatever the weights are. Sums and products are taken in the original's order: where the
source is constant, in the outermost half frames, the angles that iSTFTNet reads from it are nothing but rounding, and
the waveform follows them.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from .configuration_tsukasa import TsukasaDecoderConfig


# A float32 phase grows coarse with time. The original never sees more frames than this (4096 text frames); up to there
# rounding is its own, and every further piece begins again from the exact fraction of a turn.
_FRAMES_PER_PIECE = 8192
# torch fills a tensor of normal numbers in groups of 16, and the last group depends on the size.
_NOISE_GROUP = 16


class HarmonicSource(nn.Module):
    """F0 to a waveform that carries the pitch and nothing else.

    The original draws a random start phase for every overtone, but adds it to the first sample alone, which its
    resampling to frames never reads: all sines start at zero there, and here.

    Args:
        config: the decoder's.
        hop_length: samples of a mel frame.
        sampling_rate: samples per second.
    """

    def __init__(self, config: TsukasaDecoderConfig, hop_length: int, sampling_rate: int):
        super().__init__()
        self.num_waves = config.num_harmonics + 1
        self.hop_length = hop_length
        self.sampling_rate = sampling_rate
        self.sine_amplitude = config.sine_amplitude
        self.voiced_noise_std = config.source_noise_std
        self.voiced_threshold = config.voiced_threshold
        self.mix = nn.Linear(self.num_waves, 1)

    def forward(self, f0: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        """
        Args:
            f0: Hz, (batch, mel_frames); zero where unvoiced.
            noise: normal numbers, (batch, mel_frames * hop_length); `None` for no noise.

        Returns:
            The source in [-1, 1], (batch, mel_frames * hop_length), float32.
        """
        with torch.autocast(f0.device.type, enabled=False):
            return self._excite(f0.float(), self.mix.weight.float(), self.mix.bias.float(), noise)

    def _excite(
        self, f0: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, noise: torch.Tensor | None
    ) -> torch.Tensor:
        voiced = (f0 > self.voiced_threshold).float().repeat_interleave(self.hop_length, dim=-1)
        multiples = torch.arange(1, self.num_waves + 1, device=f0.device)[:, None]
        steps = f0.detach()[:, None] * multiples / self.sampling_rate % 1.0  # turns a sample
        exact_turns = steps.double().cumsum(dim=-1) * self.hop_length
        pieces = []
        for start in range(0, f0.shape[1], _FRAMES_PER_PIECE):
            end = min(start + _FRAMES_PER_PIECE, f0.shape[1])
            sines = self._sines(steps, exact_turns, start, end) * self.sine_amplitude
            sines = sines * voiced[:, start * self.hop_length : end * self.hop_length, None]
            pieces.append(F.linear(sines, weight, bias))
        source = torch.cat(pieces, dim=1).squeeze(-1)
        if noise is not None:
            # In the original every sine has its own noise; what leaves the mixer is one normal number of this width.
            std = voiced * self.voiced_noise_std + (1 - voiced) * (self.sine_amplitude / 3)
            source = source + weight.norm() * std * noise
        return torch.tanh(source)

    def _sines(self, steps: torch.Tensor, exact_turns: torch.Tensor, start: int, end: int) -> torch.Tensor:
        """Sines of the mel frames from `start` to `end`, (batch, samples, waves).

        Phase is known at the middle of every frame, when all turns of the frame have been added; between two middles
        it is linear, and constant in front of the first and behind the last.

        Args:
            steps: turns a sample, (batch, waves, mel_frames).
            exact_turns: turns at the middle of every frame, float64, the same shape.
        """
        # A frame on either side too, so that the lines between middles go on.
        first, last = max(start - 1, 0), min(end + 1, steps.shape[-1])
        piece = steps[..., first:last]
        if first > 0:
            begin = (exact_turns[..., first : first + 1] % 1.0 / self.hop_length).float()
            piece = torch.cat([begin, piece[..., 1:]], dim=-1)
        phase = piece.cumsum(dim=-1) * 2 * math.pi * self.hop_length
        phase = F.interpolate(phase, scale_factor=float(self.hop_length), mode="linear")
        phase = phase[..., (start - first) * self.hop_length : (end - first) * self.hop_length]
        return torch.sin(phase.transpose(1, 2))


def draw_source_noise(
    batch_size: int,
    num_samples: int,
    scale: float,
    generator: torch.Generator | list[torch.Generator] | None,
    device: torch.device,
) -> torch.Tensor | None:
    """Normal numbers times `scale`, (batch_size, num_samples) on `device`, or `None` for a scale of zero.

    A shorter draw is the beginning of a longer one, so that an item's noise depends neither on its neighbours nor on
    padding: with a list every item has its own generator; a single one gives all items the same noise. They live on
    the CPU, where a seed means the same for every device. With `None`, torch's own state is used, on `device`.
    """
    if scale == 0:
        return None
    if generator is None:
        return scale * torch.randn(batch_size, num_samples, device=device)
    if isinstance(generator, list) and len(generator) != batch_size:
        raise ValueError(f"got {len(generator)} generators for a batch of {batch_size}: give one for every item")
    rows = _draw_rows(num_samples, generator if isinstance(generator, list) else [generator])
    return scale * rows.expand(batch_size, -1).to(device)


@torch.compiler.disable  # a generator is no input of a graph
def _draw_rows(num_samples: int, generators: list[torch.Generator]) -> torch.Tensor:
    padded = math.ceil(num_samples / _NOISE_GROUP) * _NOISE_GROUP
    return torch.stack([torch.randn(padded, generator=one)[:num_samples] for one in generators])
