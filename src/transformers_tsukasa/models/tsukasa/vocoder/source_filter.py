# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A generator that shapes a source instead of drawing samples: pulses and noise, each through a filter of its own.

Stages as in the other generators run up to a coarse rate only, a filter frame every few milliseconds. There the
network predicts how strong pulses and noise are in every band (Fant 1960; harmonic plus noise, Serra & Smith 1990;
learned, Engel et al. 2020, DDSP). Both filters have minimum phase, as a vocal tract nearly has. F0 is right from the
first update, and nothing runs at the sampling rate but the source and short transforms: it trains and speaks on a CPU.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from ...layers.reparametrization import weight_normed, with_initial_std
from ..configuration_tsukasa import TsukasaDecoderConfig
from .generator_stage import (
    SamplesConv1d,
    SamplesConvTranspose1d,
    TsukasaAdaptiveResidualStack,
    mean_of_stacks,
    to_samples_layout,
)
from .harmonic_source import draw_normal
from .rounding import wide_device


_LEAKY_SLOPE = 0.1
# Level of an untrained filter in nepers: speech-like, where 0 is full scale.
_INITIAL_LEVEL = -4.0
# Mel frames to either side in which a pitch does not fall by an octave.
_REACH = 3
# Mel scale (O'Shaughnessy 1987) on which the bands are laid out.
_MEL_FACTOR, _MEL_CORNER = 1127.0, 700.0


class TsukasaSourceFilterGenerator(nn.Module):
    """Filters over time for pulses and noise, and the sum of what passes them.

    Args:
        config: the decoder's; `istft_hop_length` is the distance of filter frames, `istft_n_fft` the length of the
            transforms, `num_filter_bands` the resolution of the filters.
        style_dim: width of the acoustic style.
        sampling_rate: samples per second.
    """

    def __init__(self, config: TsukasaDecoderConfig, style_dim: int, sampling_rate: int):
        super().__init__()
        self.n_fft = config.istft_n_fft
        self.hop_length = config.istft_hop_length
        self.samples_per_mel_frame = config.samples_per_mel_frame
        self.voiced_threshold = config.voiced_threshold
        self.sampling_rate = sampling_rate
        self.stages = nn.ModuleList(
            _FilterStage(config, index, style_dim) for index in range(len(config.upsample_rates))
        )
        channels = config.upsample_initial_channel // 2 ** len(config.upsample_rates)
        # Outputs are logarithms of magnitudes: with larger weights an untrained generator is far too loud.
        output_conv = weight_normed(SamplesConv1d(channels, 2 * config.num_filter_bands, 7, padding=3))
        self.output_conv = with_initial_std(output_conv, 0.01)
        self.num_bands = config.num_filter_bands

    def forward(
        self, hidden_states: torch.Tensor, style: torch.Tensor, f0: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Generates a waveform.

        Args:
            hidden_states: (batch, upsample_initial_channel, mel_frames).
            style: acoustic style (batch, style_dim).
            f0: Hz, (batch, mel_frames).
            noise: normal numbers, (batch, samples). `None` takes the same ones every time, because consonants
                consist of them.

        Returns:
            Waveform (batch, samples), float32.
        """
        states = to_samples_layout(hidden_states)
        for stage in self.stages:
            states = stage(states, style)
        levels = self.output_conv(F.leaky_relu(states, 0.01)).squeeze(2).float() + _INITIAL_LEVEL
        with torch.autocast(levels.device.type, enabled=False):
            pulses = pulse_train(f0.float(), self.samples_per_mel_frame, self.sampling_rate, self.voiced_threshold)
            if noise is None:
                generator = torch.Generator().manual_seed(0)
                noise = draw_normal(len(pulses), pulses.shape[1], generator, pulses.device)
            return self._shape(torch.stack([pulses, noise], dim=1), levels.unflatten(1, (2, self.num_bands)))

    def _shape(self, sources: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
        """Sum of the filtered sources.

        Pieces of the source, faded in and out around every filter frame, go through the frame's filter and add up.

        Args:
            sources: (batch, sources, samples).
            levels: log magnitudes in nepers, (batch, sources, bands, filter frames).
        """
        hop = self.hop_length
        # Filter frames lie in the middle of their hop; a further one at either end fades with the outermost.
        levels = torch.cat([levels[..., :1], levels, levels[..., -1:]], dim=-1).transpose(2, 3)
        window = torch.hann_window(2 * hop, device=sources.device)
        padded = F.pad(sources, (hop + hop // 2, hop + hop - hop // 2))
        pieces = padded.unfold(-1, 2 * hop, hop)[..., : levels.shape[2], :] * window
        filters = minimum_phase(levels @ self._interpolation(levels.device), self.n_fft)
        filtered = torch.fft.irfft((torch.fft.rfft(pieces, n=self.n_fft) * filters).sum(dim=1), n=self.n_fft)
        return overlap_add(filtered, hop)[:, hop + hop // 2 :][:, : sources.shape[-1]]

    def _interpolation(self, device: torch.device) -> torch.Tensor:
        """Lines between the bands' centres, which are equally spaced in mel; (bands, bins)."""
        nyquist = self.sampling_rate / 2
        bins = torch.linspace(0, nyquist, self.n_fft // 2 + 1, dtype=torch.float64)
        position = torch.log1p(bins / _MEL_CORNER) * (self.num_bands - 1) / math.log1p(nyquist / _MEL_CORNER)
        bands = torch.arange(self.num_bands, dtype=torch.float64)
        return (1 - (position - bands[:, None]).abs()).clamp(min=0).float().to(device)


class _FilterStage(nn.Module):
    """Transposed convolution, and the mean of parallel residual stacks steered by the style."""

    def __init__(self, config: TsukasaDecoderConfig, index: int, style_dim: int):
        super().__init__()
        rate, kernel_size = config.upsample_rates[index], config.upsample_kernel_sizes[index]
        channels = config.upsample_initial_channel // 2 ** (index + 1)
        self.upsample = weight_normed(
            SamplesConvTranspose1d(2 * channels, channels, kernel_size, rate, padding=(kernel_size - rate) // 2)
        )
        self.stacks = nn.ModuleList(
            TsukasaAdaptiveResidualStack(channels, size, tuple(config.resblock_dilations), style_dim)
            for size in config.resblock_kernel_sizes
        )

    def forward(self, states: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """(batch, 2 * channels, 1, steps) -> (batch, channels, 1, rate * steps)"""
        states = self.upsample(F.leaky_relu(states, _LEAKY_SLOPE))
        return mean_of_stacks(self.stacks, states, style)


@torch.no_grad()
def pulse_train(f0: torch.Tensor, hop_length: int, sampling_rate: int, voiced_threshold: float) -> torch.Tensor:
    """Pulses without aliases: all harmonics of F0 below half the sampling rate, equally strong, as cosines.

    Their sum has a closed form, Dirichlet's kernel: `sum_{k=1}^{n} cos(k x) = sin((n + 1/2) x) / (2 sin(x/2)) - 1/2`.

    Args:
        f0: Hz, (batch, mel_frames).
        hop_length: samples of a mel frame.
        sampling_rate: samples per second.
        voiced_threshold: F0 in Hz above which a frame may be voiced; see `voiced_frames`.

    Returns:
        (batch, mel_frames * hop_length); of power one where voiced, zero elsewhere.
    """
    device, f0 = f0.device, f0.to(wide_device(f0.device))
    is_voiced = voiced_frames(f0, voiced_threshold)
    # Turns are added up exactly enough to stay in tune for hours.
    steps = torch.where(is_voiced, f0, 0.0).double() / sampling_rate
    turns = steps.repeat_interleave(hop_length, dim=-1).cumsum(dim=-1) % 1.0
    count = torch.where(is_voiced, torch.floor(sampling_rate / 2 / f0), 1.0).clamp(min=1).double()
    count = count.repeat_interleave(hop_length, dim=-1)
    half = math.pi * turns
    sine = torch.sin(half)
    is_pulse = sine.abs() < 1e-9  # 0 / 0: all cosines are one
    kernel = torch.sin((2 * count + 1) * half) / torch.where(is_pulse, 1.0, 2 * sine) - 0.5
    kernel = torch.where(is_pulse, count, kernel)
    voiced = is_voiced.double().repeat_interleave(hop_length, dim=-1)
    return (voiced * kernel * torch.sqrt(2 / count)).float().to(device)


def voiced_frames(f0: torch.Tensor, voiced_threshold: float) -> torch.Tensor:
    """Where F0 (batch, mel_frames) is a pitch, bool.

    A predicted curve does not jump at the ends of voice but glides to zero within a frame or two. Values under half of
    the highest F0 nearby are part of the glide and no pitch: pulses would growl there.
    """
    highest = F.max_pool1d(f0, 2 * _REACH + 1, stride=1, padding=_REACH)
    return (f0 > voiced_threshold) & (f0 > highest / 2)


def minimum_phase(log_magnitude: torch.Tensor, n_fft: int) -> torch.Tensor:
    """The filter of a magnitude whose energy comes first (Oppenheim & Schafer 1989, 12.7: the folded cepstrum).

    Args:
        log_magnitude: nepers, (..., n_fft // 2 + 1), float32.
        n_fft: even length of the transforms.

    Returns:
        Complex response, the same shape.
    """
    cepstrum = torch.fft.irfft(log_magnitude, n=n_fft)
    half = n_fft // 2
    folded = torch.cat([cepstrum[..., :1], 2 * cepstrum[..., 1:half], cepstrum[..., half : half + 1]], dim=-1)
    log_response = torch.fft.rfft(folded, n=n_fft)
    # The exponential of complex numbers, written out in functions that run vectorised on a CPU.
    magnitude, phase = torch.exp(log_response.real), log_response.imag
    return torch.complex(magnitude * torch.cos(phase), magnitude * torch.sin(phase))


def overlap_add(pieces: torch.Tensor, hop_length: int) -> torch.Tensor:
    """(batch, pieces, length), each `hop_length` after the one before -> (batch, at least the samples of all)."""
    batch_size, count, length = pieces.shape
    parts = -(-length // hop_length)
    pieces = F.pad(pieces, (0, parts * hop_length - length)).view(batch_size, count, parts, hop_length)
    total = pieces.new_zeros(batch_size, count + parts - 1, hop_length)
    for part, piece in enumerate(pieces.unbind(2)):
        total[:, part : part + count] += piece
    return total.flatten(1)
