# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""HiFi-GAN (Kong et al. 2020) with Snake and a source: stages up to the sample."""

import torch
from torch import nn
from transformers import initialization as init

from ...layers.reparametrization import weight_normed
from ...layers.typed_members import ModuleListOf
from ..configuration_tsukasa import TsukasaDecoderConfig
from .generator_stage import SamplesConv1d, TsukasaGeneratorStage, snake, to_samples_layout
from .harmonic_source import TsukasaHarmonicSource


class _Slopes(nn.Module):
    """Slopes (1, width, 1) by number, read by a call as weights are, so that accelerate may keep them elsewhere."""

    def __init__(self, widths: list[int]):
        super().__init__()
        for index, width in enumerate(widths):
            self.register_parameter(str(index), nn.Parameter(torch.ones(1, width, 1)))

    def initialize_parameters(self):
        for slope in self.parameters():
            init.ones_(slope)

    def forward(self) -> list[torch.Tensor]:
        return list(self.parameters())


class TsukasaHiFiGANGenerator(nn.Module):
    """Upsampling stages up to the sampling rate, and a convolution to one channel.

    Args:
        config: the decoder's.
        style_dim: width of the acoustic style.
        sampling_rate: samples per second.
    """

    def __init__(self, config: TsukasaDecoderConfig, style_dim: int, sampling_rate: int):
        super().__init__()
        self.source = TsukasaHarmonicSource(config, config.samples_per_mel_frame, sampling_rate)
        num_stages = len(config.upsample_rates)
        self.stages: ModuleListOf[TsukasaGeneratorStage] = ModuleListOf(
            TsukasaGeneratorStage(config, index, 1, style_dim) for index in range(num_stages)
        )
        widths = [config.upsample_initial_channel // 2**index for index in range(num_stages + 1)]
        # Slopes of the Snake before every stage, and after the last.
        self.slopes = _Slopes(widths)
        self.output_conv = weight_normed(SamplesConv1d(widths[-1], 1, 7, padding=3))

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
            Waveform in [-1, 1], (batch, samples), float32.
        """
        source = to_samples_layout(self.source(f0, noise).to(hidden_states.dtype).unsqueeze(1))
        states = to_samples_layout(hidden_states)
        *slopes, last_slope = self.slopes()
        for stage, slope in zip(self.stages, slopes, strict=True):
            states = stage.upsample(snake(states * slope.unsqueeze(2), slope.flatten()))
            states = stage.refine(states.add_(stage.inject_source(source, style)), style)
        samples = self.output_conv(snake(states * last_slope.unsqueeze(2), last_slope.flatten()))
        return torch.tanh(samples.float()).flatten(1)
