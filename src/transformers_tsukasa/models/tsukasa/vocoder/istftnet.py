# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""iSTFTNet (Kaneko et al. 2022): stages up to a coarse rate, then magnitude and phase of a short transform."""

import torch
from torch import nn
from torch.nn import functional as F

from ...layers.reparametrization import weight_normed, with_initial_std
from ...layers.typed_members import ModuleListOf
from ..configuration_tsukasa import TsukasaDecoderConfig
from . import short_transform
from .generator_stage import SamplesConv1d, TsukasaGeneratorStage, to_samples_layout
from .harmonic_source import TsukasaHarmonicSource
from .rounding import wide_device


_LEAKY_SLOPE = 0.1


class TsukasaISTFTNetGenerator(nn.Module):
    """Upsampling stages and an inverse short transform of their output.

    Args:
        config: the decoder's.
        style_dim: width of the acoustic style.
        sampling_rate: samples per second.
    """

    def __init__(self, config: TsukasaDecoderConfig, style_dim: int, sampling_rate: int):
        super().__init__()
        self.n_fft = config.istft_n_fft
        self.hop_length = config.istft_hop_length
        self.window_dtype = {"float32": torch.float32, "float64": torch.float64}[config.istft_window_precision]
        self.source = TsukasaHarmonicSource(config, config.samples_per_mel_frame, sampling_rate)
        num_stages = len(config.upsample_rates)
        self.stages: ModuleListOf[TsukasaGeneratorStage] = ModuleListOf(
            TsukasaGeneratorStage(config, index, self.n_fft + 2, style_dim) for index in range(num_stages)
        )
        channels = config.upsample_initial_channel // 2**num_stages
        # Half of its outputs are logarithms of magnitudes: with larger weights an untrained generator is far too loud.
        self.output_conv = with_initial_std(weight_normed(SamplesConv1d(channels, self.n_fft + 2, 7, padding=3)), 0.01)

    def forward(
        self, hidden_states: torch.Tensor, style: torch.Tensor, f0: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Generates a waveform.

        Args:
            hidden_states: (batch, upsample_initial_channel, mel_frames).
            style: acoustic style (batch, style_dim).
            f0: Hz, (batch, mel_frames).
            noise: normal numbers for the source, (batch, samples), or `None`.

        Returns:
            Waveform (batch, samples), float32.
        """
        with torch.no_grad():  # the gradient of an angle is unbounded where the magnitude approaches zero
            spectrum = self._analyse(self.source(f0, noise))
        source = to_samples_layout(spectrum.to(hidden_states.dtype))
        states = to_samples_layout(hidden_states)
        for stage in self.stages:
            states = stage.upsample(F.leaky_relu(states, _LEAKY_SLOPE))
            if stage is self.stages[-1]:
                # One more frame than hops: the transform is centred on samples.
                states = torch.cat([states[..., 1:2], states], dim=-1)
            states = stage.refine(states.add_(stage.inject_source(source, style)), style)
        states = self.output_conv(F.leaky_relu(states, 0.01)).squeeze(2).float()
        half = self.n_fft // 2 + 1
        return self._synthesise(torch.exp(states[:, :half]), torch.sin(states[:, half:]))

    def _window(self, device: torch.device) -> torch.Tensor:
        # A window off by one unit in the last place changes the angles of silence: float64 is rounded alike by every
        # device, and float32 is the CPU's.
        place = wide_device(device) if self.window_dtype == torch.float64 else torch.device("cpu")
        return torch.hann_window(self.n_fft, dtype=self.window_dtype, device=place).float().to(device)

    def _analyse(self, waveform: torch.Tensor) -> torch.Tensor:
        """Magnitude and phase of every frame, (batch, n_fft + 2, frames)."""
        device = waveform.device
        waveform = waveform.to(wide_device(device))
        padded = F.pad(waveform[:, None], (self.n_fft // 2, self.n_fft // 2), mode="reflect")[:, 0]
        frames = padded.unfold(-1, self.n_fft, self.hop_length).transpose(1, 2)
        frames = frames.contiguous() * self._window(waveform.device)[:, None]
        if self.n_fft == short_transform.LENGTH:
            real, imaginary = short_transform.transform_20(frames).unbind(1)
        else:
            spectrum = torch.fft.rfft(frames, dim=1)
            real, imaginary = spectrum.real, spectrum.imag
        return torch.cat([torch.hypot(real, imaginary), torch.atan2(imaginary, real)], dim=1).to(device)

    def _synthesise(self, magnitude: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
        return torch.istft(
            torch.polar(magnitude, phase), self.n_fft, self.hop_length, window=self._window(magnitude.device)
        )
