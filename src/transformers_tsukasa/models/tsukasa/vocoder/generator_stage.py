# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Parts of the generators: Snake, residual stacks steered by the style, and upsampling stages.

States are (batch, channels, 1, samples). To speak one utterance they lie in memory with the channels of a sample side
by side (channels last): in this layout convolutions run as fast as plain matrix products, unlike in the order
(channels, samples), above all in bfloat16. The fourth axis exists because only two-dimensional convolutions take that
layout.
"""

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import initialization as init
from transformers.modeling_layers import GradientCheckpointingLayer

from ...layers.adaptive_norms import adaptive_instance_norm
from ...layers.reparametrization import weight_normed
from ...layers.typed_members import ModuleListOf
from ..configuration_tsukasa import TsukasaDecoderConfig
from .fourier_convolution import TapSpectrum, is_faster_by_transform


_VALUES_IN_CACHE = 1 << 18
_NORM_EPS = 1e-5


def to_samples_layout(states: torch.Tensor) -> torch.Tensor:
    """(batch, channels, samples) -> (batch, channels, 1, samples), channels last for speaking one utterance."""
    # A batch is normed as one item of batch * channels channels, and the backward pass is faster in the usual layout.
    channels_last = states.shape[0] == 1 and not torch.is_grad_enabled()
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    return states.unsqueeze(2).contiguous(memory_format=memory_format)


class SamplesConv1d(nn.Conv1d):
    """A convolution of states (batch, channels, 1, samples)."""

    _spectrum: TapSpectrum | None = None

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        if is_faster_by_transform(self, states):
            spectrum = self._spectrum
            if spectrum is None or not spectrum.is_of(self.weight):
                self._spectrum = spectrum = TapSpectrum(self.weight)
            return spectrum.convolve(states, self.bias, self.dilation[0])
        return F.conv2d(
            states,
            _planar_weight(states, self.weight),
            self.bias,
            (1, *self.stride),
            (0, *_lengths(self.padding)),
            (1, *self.dilation),
            self.groups,
        )


class SamplesConvTranspose1d(nn.ConvTranspose1d):
    """A transposed convolution of states (batch, channels, 1, samples)."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:  # type: ignore[override]  # no `output_size`
        return F.conv_transpose2d(
            states,
            _planar_weight(states, self.weight),
            self.bias,
            (1, *self.stride),
            (0, *_lengths(self.padding)),
            (0, *self.output_padding),
            self.groups,
            (1, *self.dilation),
        )


def _planar_weight(states: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    weight = weight.unsqueeze(2)
    is_channels_last = states.is_contiguous(memory_format=torch.channels_last)
    return weight.contiguous(memory_format=torch.channels_last) if is_channels_last else weight


def _lengths(padding: str | tuple[int, ...]) -> tuple[int, ...]:
    assert not isinstance(padding, str), "convolutions here are padded by a number of samples"
    return padding


def snake(states: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """`(x + sin(x)^2) / slope`; may overwrite its first argument when nothing needs a gradient.

    Snake (Ziyin et al. 2020) with slope a is `x + sin(a x)^2 / a = snake(a x, a)`: the factor in the argument belongs
    to the norm before, where it costs no pass over memory.

    Args:
        states: (batch, channels, 1, samples).
        slope: (channels,).
    """
    slope = slope.view(-1, 1, 1)
    if torch.compiler.is_compiling():
        return torch.addcmul(states, sine := torch.sin(states), sine) / slope
    if torch.is_grad_enabled() and (states.requires_grad or slope.requires_grad):
        return _Snake.apply(states, slope)
    samples_at_once = states.shape[-1]
    if states.device.type == "cpu":
        samples_at_once = max(1, _VALUES_IN_CACHE // (states.shape[0] * states.shape[1]))
    for piece in states.split(samples_at_once, dim=-1):
        sine = torch.sin(piece)
        piece.addcmul_(sine, sine).div_(slope)
    return states


class _Snake(torch.autograd.Function):
    """Snake in training, for which only `x` and the slope are kept. The derivative by `x` is `(1 + sin(2 x)) / a`."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(states, slope)
        return torch.addcmul(states, sine := torch.sin(states), sine).div_(slope)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        states, slope = ctx.saved_tensors
        gradient = gradient / slope
        by_states = by_slope = None
        if ctx.needs_input_grad[0]:
            by_states = torch.addcmul(gradient, gradient, torch.sin(2 * states))
        if ctx.needs_input_grad[1]:
            snaked = torch.addcmul(states, sine := torch.sin(states), sine)
            by_slope = -(gradient * snaked).sum(dim=(0, 2, 3)).view_as(slope) / slope
        return by_states, by_slope


class TsukasaNormedSnake(nn.Module):
    """Adaptive norm and Snake. It has no weights, so that it compiles by itself."""

    def __init__(self, eps: float):
        super().__init__()
        self.eps = eps

    def forward(self, states: torch.Tensor, projected_style: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
        """states (batch, channels, 1, samples), projected style (batch, 2 * channels), slope (channels,)"""
        return snake(adaptive_instance_norm(states, projected_style, self.eps, gain=slope), slope)


class TsukasaNormProjection(nn.Module):
    """The linear map from a style to scale and shift of an adaptive norm, which is computed by another module."""

    def __init__(self, style_dim: int, size: int):
        super().__init__()
        self.projection = nn.Linear(style_dim, size)

    def forward(self, style: torch.Tensor) -> torch.Tensor:
        """(batch, style_dim) -> (batch, size)"""
        return self.projection(style)


class TsukasaAdaptiveSnakeConv(nn.Module):
    """Adaptive norm, Snake with a learned slope for every channel, dilated convolution."""

    def __init__(self, channels: int, kernel_size: int, dilation: int, style_dim: int):
        super().__init__()
        self.norm = TsukasaNormProjection(style_dim, 2 * channels)
        self.normed_snake = TsukasaNormedSnake(_NORM_EPS)
        self.slope = nn.Parameter(torch.ones(1, channels, 1))
        padding = (kernel_size - 1) * dilation // 2
        self.conv = weight_normed(SamplesConv1d(channels, channels, kernel_size, dilation=dilation, padding=padding))

    def initialize_parameters(self):
        init.ones_(self.slope)

    def forward(self, states: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """(batch, channels, 1, samples), style (batch, style_dim) -> the shape of `states`"""
        return self.conv(self.normed_snake(states, self.norm(style), self.slope.flatten()))


class TsukasaAdaptiveResidualStack(GradientCheckpointingLayer):
    """Residual pairs of convolutions, the first of each pair dilated."""

    def __init__(self, channels: int, kernel_size: int, dilations: tuple[int, ...], style_dim: int):
        super().__init__()
        self.dilated: ModuleListOf[TsukasaAdaptiveSnakeConv] = ModuleListOf(
            TsukasaAdaptiveSnakeConv(channels, kernel_size, dilation, style_dim) for dilation in dilations
        )
        self.plain: ModuleListOf[TsukasaAdaptiveSnakeConv] = ModuleListOf(
            TsukasaAdaptiveSnakeConv(channels, kernel_size, 1, style_dim) for _ in dilations
        )

    def forward(self, states: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """(batch, channels, 1, samples), style (batch, style_dim) -> the shape of `states`"""
        for dilated, plain in zip(self.dilated, self.plain, strict=True):
            # Step by step under one name, so that in long speech no result outlives its use.
            residual = dilated(states, style)
            residual = plain(residual, style)
            states = residual.add_(states)
        return states


def mean_of_stacks(stacks: nn.ModuleList, states: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """The mean of parallel residual stacks, (batch, channels, 1, samples)."""
    total = stacks[0](states, style)
    for stack in stacks[1:]:
        total = total + stack(states, style)
    return total / len(stacks)


class TsukasaGeneratorStage(nn.Module):
    """One upsampling step: transposed convolution, source, and the mean of parallel residual stacks.

    Args:
        config: the decoder's.
        index: which stage this is.
        source_channels: channels of the source signal.
        style_dim: width of the acoustic style.
    """

    def __init__(self, config: TsukasaDecoderConfig, index: int, source_channels: int, style_dim: int):
        super().__init__()
        rate, kernel_size = config.upsample_rates[index], config.upsample_kernel_sizes[index]
        channels = config.upsample_initial_channel // 2 ** (index + 1)
        self.upsample = weight_normed(
            SamplesConvTranspose1d(
                2 * channels,
                channels,
                kernel_size,
                rate,
                padding=(kernel_size - rate + 1) // 2,
                output_padding=(kernel_size - rate) % 2,
            )
        )
        stride = math.prod(config.upsample_rates[index + 1 :])  # the source arrives at the rate of the last stage
        is_last = index == len(config.upsample_rates) - 1
        self.source_conv = SamplesConv1d(
            source_channels,
            channels,
            kernel_size=1 if is_last else 2 * stride,
            stride=stride,
            padding=0 if is_last else (stride + 1) // 2,
        )
        dilations = tuple(config.resblock_dilations)
        self.source_stack = TsukasaAdaptiveResidualStack(channels, 11 if is_last else 7, dilations, style_dim)
        self.stacks = nn.ModuleList(
            TsukasaAdaptiveResidualStack(channels, size, dilations, style_dim) for size in config.resblock_kernel_sizes
        )

    def inject_source(self, source: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """(batch, source_channels, 1, source samples) -> (batch, channels, 1, samples)"""
        return self.source_stack(self.source_conv(source), style)

    def refine(self, states: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """The mean of the residual stacks, (batch, channels, 1, samples)."""
        return mean_of_stacks(self.stacks, states, style)
