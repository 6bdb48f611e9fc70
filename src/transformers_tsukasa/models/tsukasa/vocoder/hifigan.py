# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""HiFi-GAN (Kong et al. 2020) with Snake and a source: stages up to the sample."""

import torch
from torch import nn
from transformers import initialization as init

from ...layers.reparametrization import weight_normed
from ...layers.typed_members import ModuleListOf
from ..configuration_tsukasa import TsukasaDecoderConfig
from .generator_stage import TsukasaGeneratorStage, conv_samples, snake, to_samples_layout, upsample_samples
from .harmonic_source import TsukasaHarmonicSource


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
        self.slopes = nn.ParameterList(torch.ones(1, width, 1) for width in widths)
        self.output_conv = weight_normed(nn.Conv1d(widths[-1], 1, 7, padding=3))

    def initialize_parameters(self):
        for slope in self.slopes:
            init.ones_(slope)

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
        for stage, slope in zip(self.stages, self.slopes, strict=False):
            states = upsample_samples(snake(states * slope.unsqueeze(2)), stage.upsample, slope.flatten())
            states = stage.refine(states.add_(stage.inject_source(source, style)), style)
        slope = self.slopes[-1]
        samples = conv_samples(snake(states * slope.unsqueeze(2)), self.output_conv, slope.flatten())
        return torch.tanh(samples.float()).flatten(1)
