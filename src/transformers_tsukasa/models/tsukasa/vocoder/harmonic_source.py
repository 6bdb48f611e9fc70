# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The harmonic-plus-noise source: sines at multiples of F0, and noise (Wang et al. 2019, neural source-filter).

Results are float32 whatever the weights are, and rounded where the original's are: the angles that iSTFTNet reads
where the source is constant (the outermost half frames, unvoiced frames) consist of rounding, and the waveform follows
them. The order of sums and products is written out, so that it does not depend on the machine (docs/decisions/0013).
"""

import math

import torch
from torch import nn

from ..configuration_tsukasa import TsukasaDecoderConfig
from .rounding import multiply_add, weighted_sum, wide_device


# A float32 phase grows coarse with time. The original never sees more frames than this (4096 text frames); up to there
# rounding is its own, and every further piece starts from the exact fraction of a turn.
_FRAMES_PER_PIECE = 8192
# torch fills a tensor of normal numbers in groups of 16, and the last group depends on the size.
_NOISE_GROUP = 16


class TsukasaSourceMixer(nn.Linear):
    """The weighted sum of waves, computed in float32 and in an order of its own, on the device of the waves."""

    def forward(self, waves: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        """Mixes waves.

        Args:
            waves: (batch, samples, waves), float32.
            noise: of every wave, but drawn once, (batch, samples). In the original each wave has its own; their
                weighted sum is one normal number, as wide as the weights are long.

        Returns:
            (batch, samples, 1).
        """
        weight, bias = (parameter.to(waves.device, torch.float32) for parameter in (self.weight[0], self.bias))
        mixed = weighted_sum(waves.transpose(1, 2), weight) + bias
        if noise is not None:
            mixed = mixed + weight.norm() * noise
        return mixed[..., None]


class TsukasaHarmonicSource(nn.Module):
    """Turns F0 into a waveform that carries the pitch and nothing else.

    The original draws a random start phase for every overtone, but adds it only to the first sample, which its
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
        self.mix = TsukasaSourceMixer(self.num_waves, 1)

    def forward(self, f0: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        """Turns F0 into the source.

        Args:
            f0: Hz, (batch, mel_frames); zero where unvoiced.
            noise: normal numbers, (batch, mel_frames * hop_length); `None` for no noise.

        Returns:
            The source in [-1, 1], (batch, mel_frames * hop_length), float32.
        """
        device, wide = f0.device, wide_device(f0.device)
        with torch.autocast(wide.type, enabled=False):
            noise = None if noise is None else noise.to(wide)
            return self._excite(f0.detach().to(wide, torch.float32), noise).to(device)

    def _excite(self, f0: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        voiced = (f0 > self.voiced_threshold).float().repeat_interleave(self.hop_length, dim=-1)
        multiples = torch.arange(1, self.num_waves + 1, device=f0.device)[:, None]
        # Some devices divide by multiplying with a rounded inverse: from float64 that, too, rounds to the quotient.
        steps = ((f0[:, None] * multiples).double() / self.sampling_rate).float() % 1.0  # turns a sample
        exact_turns = steps.double().cumsum(dim=-1) * self.hop_length
        pieces = []
        for start in range(0, f0.shape[1], _FRAMES_PER_PIECE):
            end = min(start + _FRAMES_PER_PIECE, f0.shape[1])
            samples = slice(start * self.hop_length, end * self.hop_length)
            waves = self._sines(steps, exact_turns, start, end) * (self.sine_amplitude * voiced[:, None, samples])
            noise_here = None if noise is None else noise[:, samples] * self._noise_std(voiced[:, samples])
            pieces.append(self.mix(waves.transpose(1, 2), noise_here)[..., 0])
        return torch.tanh(torch.cat(pieces, dim=1).double()).float()

    def _noise_std(self, voiced: torch.Tensor) -> torch.Tensor:
        return voiced * self.voiced_noise_std + (1 - voiced) * (self.sine_amplitude / 3)

    def _sines(self, steps: torch.Tensor, exact_turns: torch.Tensor, start: int, end: int) -> torch.Tensor:
        """Sines of the mel frames from `start` to `end`, (batch, waves, samples).

        Phase is known at the middle of every frame, when all turns of the frame have been added; between two middles
        it is linear, and constant before the first and after the last.

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
        # Added up in float64 and rounded frame by frame, as torch does on a CPU.
        phase = piece.double().cumsum(dim=-1).float() * 2 * math.pi * self.hop_length
        phase = self._interpolate(phase, (start - first) * self.hop_length, (end - first) * self.hop_length)
        # On a CPU, the recorded waveforms have torch's own sine, which is the nearest float32 number in 95 of 100
        # cases; on other devices the nearest number is taken always.
        return torch.sin(phase) if phase.device.type == "cpu" else torch.sin(phase.double()).float()

    def _interpolate(self, phase: torch.Tensor, start: int, end: int) -> torch.Tensor:
        """Phase of the samples from `start` to `end`, from the phase at the middles of frames.

        Equals torch's linear interpolation, which rounds the last sum once or twice, depending on the processor.
        """
        hop, half = self.hop_length, self.hop_length // 2
        # Between the middles of two frames lies a row of samples; the first row begins in front of the first frame.
        ends = torch.cat([phase[..., :1], phase, phase[..., -1:]], dim=-1).unsqueeze(-1)
        num_rows = ends.shape[-2] - 1
        samples = torch.arange(half - hop, num_rows * hop + half - hop, dtype=torch.float64, device=phase.device)
        frames_per_sample = torch.tensor(1 / hop, dtype=torch.float32, device=phase.device).double()
        position = ((samples + 0.5) * frames_per_sample - 0.5).float().clamp(min=0).view(num_rows, hop)
        right_share = position - torch.arange(-1, num_rows - 1, dtype=torch.float32, device=phase.device)[:, None]
        lines = multiply_add(ends[..., :-1, :], 1 - right_share, ends[..., 1:, :] * right_share)
        return lines.flatten(-2)[..., start + hop - half : end + hop - half]


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
    return None if scale == 0 else scale * draw_normal(batch_size, num_samples, generator, device)


def draw_normal(
    batch_size: int,
    num_samples: int,
    generator: torch.Generator | list[torch.Generator] | None,
    device: torch.device,
) -> torch.Tensor:
    """Normal numbers (batch_size, num_samples) on `device`; see `draw_source_noise`.

    Raises:
        ValueError: when there is not one generator for every item.
    """
    if generator is None:
        return torch.randn(batch_size, num_samples, device=device)
    if isinstance(generator, list) and len(generator) != batch_size:
        raise ValueError(f"got {len(generator)} generators for a batch of {batch_size}: give one for every item")
    rows = _draw_rows(num_samples, generator if isinstance(generator, list) else [generator])
    return rows.expand(batch_size, -1).to(device)


@torch.compiler.disable  # a generator is no input of a graph
def _draw_rows(num_samples: int, generators: list[torch.Generator]) -> torch.Tensor:
    padded = math.ceil(num_samples / _NOISE_GROUP) * _NOISE_GROUP
    return torch.stack([torch.randn(padded, generator=one)[:num_samples] for one in generators])
