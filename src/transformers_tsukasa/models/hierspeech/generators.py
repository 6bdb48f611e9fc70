# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From latent states to the waveform: a source at the rate of F0, and stages up to the sample."""

from math import ceil

import torch
import torch.nn.functional as F
from torch import nn

from ..layers.amp_blocks import AMPStage, StepsConv1d, StepsConvTranspose1d, stage_reach
from ..layers.reparametrization import weight_normed
from ..layers.snake_beta import REACH, AntiAliasedSnakeBeta
from ..layers.typed_members import ModuleListOf
from .configuration_hierspeech import F0_PER_FRAME, SOURCE_UPSAMPLING, HierSpeechConfig


_EDGE_KERNEL = 7
_SOURCE_KERNEL = 4
_SHORTCUT_DILATIONS = (1, 2, 4)
_SLOPE = 0.1


class HierSpeechSourceGenerator(nn.Module):
    """States at the rate of F0, from which F0 is predicted as well.

    Args:
        config: of the synthesizer.
    """

    def __init__(self, config: HierSpeechConfig) -> None:
        super().__init__()
        width = config.source_initial_channels
        self.input_conv = weight_normed(StepsConv1d(config.hidden_size, width, _EDGE_KERNEL))
        self.speaker_projection = StepsConv1d(config.speaker_size, width, 1)
        self.upsamples, self.stages = nn.ModuleList(), nn.ModuleList()
        for rate in SOURCE_UPSAMPLING:
            self.upsamples.append(weight_normed(StepsConvTranspose1d(width, width // 2, _SOURCE_KERNEL, rate)))
            width //= 2
            self.stages.append(AMPStage(width, config.source_kernel_sizes, config.resblock_dilations))
        self.activation = AntiAliasedSnakeBeta(width)
        self.f0_conv = StepsConv1d(width, 1, _EDGE_KERNEL, bias=False)

    def forward(self, latent: torch.Tensor, speaker: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Generates.

        Args:
            latent: (batch, frames, hidden_size).
            speaker: (batch, speaker_size).

        Returns:
            States (batch, 4 * frames, source_size), and the logarithm of F0 plus 1, (batch, 4 * frames).
        """
        states = self.input_conv(latent) + self.speaker_projection(speaker[:, None])
        for upsample, stage in zip(self.upsamples, self.stages, strict=True):
            states = stage(upsample(states))
        states = self.activation(states)
        return states, self.f0_conv(states).squeeze(2)


class HierSpeechWaveformGenerator(nn.Module):
    """Stages from frames to samples, with the source at the first two rates.

    Args:
        config: of the synthesizer.
    """

    def __init__(self, config: HierSpeechConfig) -> None:
        super().__init__()
        width = config.upsample_initial_channel
        self.input_conv = weight_normed(StepsConv1d(config.hidden_size, width, _EDGE_KERNEL))
        self.speaker_projection = StepsConv1d(config.speaker_size, width, 1)
        self.shortcut = weight_normed(StepsConv1d(config.source_size, width, 1))
        widths = [config.source_size, *(width for _ in _SHORTCUT_DILATIONS)]
        self.shortcut_convs: ModuleListOf[StepsConv1d] = ModuleListOf(
            weight_normed(StepsConv1d(before, width, 3, dilation))
            for before, dilation in zip(widths, _SHORTCUT_DILATIONS, strict=False)
        )
        self.source_conv = StepsConv1d(config.source_size, width // 2, _EDGE_KERNEL)
        self.upsamples, self.stages = nn.ModuleList(), nn.ModuleList()
        for rate, kernel in zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True):
            self.upsamples.append(weight_normed(StepsConvTranspose1d(width, width // 2, kernel, rate)))
            width //= 2
            self.stages.append(AMPStage(width, config.resblock_kernel_sizes, config.resblock_dilations))
        self.activation = AntiAliasedSnakeBeta(width)
        self.output_conv = StepsConv1d(width, 1, _EDGE_KERNEL, bias=False)

    def forward(self, latent: torch.Tensor, source: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """Generates.

        Args:
            latent: (batch, frames, hidden_size).
            source: (batch, 4 * frames, source_size).
            speaker: (batch, speaker_size).

        Returns:
            (batch, samples) float32 in [-1, 1].
        """
        states = self.input_conv(latent) + self.reduce(source) + self.speaker_projection(speaker[:, None])
        injected: torch.Tensor | float = self.source_conv(source)
        for upsample, stage in zip(self.upsamples, self.stages, strict=True):
            states = stage(upsample(states) + injected)
            injected = 0.0
        return torch.tanh(self.output_conv(self.activation(states)).squeeze(2).float())

    def reduce(self, source: torch.Tensor) -> torch.Tensor:
        """The source at the rate of frames: (batch, 4 * frames, source_size) -> (batch, frames, width)"""
        reduced = source[:, ::F0_PER_FRAME].contiguous()
        states = reduced
        for conv in self.shortcut_convs:
            states = conv(F.leaky_relu(states, _SLOPE))
        return states + self.shortcut(reduced)


def generators_reach(config: HierSpeechConfig) -> int:
    """Frames to either side that a sample depends on at most, through both generators."""
    edge, dilations = _EDGE_KERNEL // 2, config.resblock_dilations
    source, rate = float(edge), 1
    for factor in SOURCE_UPSAMPLING:
        source += _SOURCE_KERNEL / factor / rate  # of the transposed convolution, at the rate that it reads
        rate *= factor
        source += stage_reach(config.source_kernel_sizes, dilations) / rate
    source += (REACH + edge) / rate
    waveform, rate = float(sum(_SHORTCUT_DILATIONS)), 1
    for factor, kernel in zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True):
        waveform += kernel / factor / rate
        rate *= factor
        waveform += stage_reach(config.resblock_kernel_sizes, dilations) / rate
    return ceil(source + waveform + (REACH + edge) / rate)


__all__ = ["HierSpeechSourceGenerator", "HierSpeechWaveformGenerator", "generators_reach"]
