# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Norms whose scale and shift come from a style, and the residual block built on the instance norm."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from transformers.modeling_layers import GradientCheckpointingLayer

from .masking import masked_moments
from .reparametrization import weight_normed


_LEAKY_SLOPE = 0.2


class AdaptiveInstanceNorm(nn.Module):
    """Instance norm over time whose scale and shift are a linear map of the style (Huang & Belongie 2017).

    `y = (1 + gamma) * (x - mean) / sqrt(var + eps) + beta` for every channel of every item.
    """

    def __init__(self, channels: int, style_dim: int, eps: float = 1e-5):
        super().__init__()
        self.projection = nn.Linear(style_dim, 2 * channels)
        self.eps = eps

    def forward(
        self, hidden_states: torch.Tensor, style: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Normalises over time.

        Args:
            hidden_states: (batch, channels, ..., steps).
            style: (batch, style_dim).
            mask: (batch, 1, steps), 1 for real steps. Statistics are taken over these, and the padding becomes zero.

        Returns:
            The shape and dtype of `hidden_states`; statistics are float32 at least.
        """
        return adaptive_instance_norm(hidden_states, self.projection(style), self.eps, mask)


class AdaptiveLayerNorm(nn.Module):
    """Layer norm over channels whose scale and shift are a linear map of the style: `(1 + gamma) * norm(x) + beta`."""

    def __init__(self, channels: int, style_dim: int, eps: float = 1e-5):
        super().__init__()
        self.projection = nn.Linear(style_dim, 2 * channels)
        self.eps = eps

    def forward(self, hidden_states: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """hidden_states (batch, steps, channels), style (batch, style_dim) -> the shape of `hidden_states`"""
        return adaptive_layer_norm(hidden_states, self.projection(style), self.eps)


def adaptive_layer_norm(hidden_states: torch.Tensor, projected_style: torch.Tensor, eps: float) -> torch.Tensor:
    """Applies `AdaptiveLayerNorm` with a style that is projected already.

    Args:
        hidden_states: (batch, steps, channels).
        projected_style: (batch, 2 * channels), the linear map of the style.
    """
    scale, shift = projected_style[:, None, :].chunk(2, dim=-1)
    return (1 + scale) * F.layer_norm(hidden_states, hidden_states.shape[-1:], eps=eps) + shift


def adaptive_instance_norm(
    hidden_states: torch.Tensor,
    projected_style: torch.Tensor,
    eps: float,
    mask: torch.Tensor | None = None,
    gain: torch.Tensor | None = None,
) -> torch.Tensor:
    """Applies `AdaptiveInstanceNorm` with a style that is projected already.

    Args:
        hidden_states, mask: see `AdaptiveInstanceNorm.forward`.
        projected_style: (batch, 2 * channels), the linear map of the style.
        gain: (channels,), a factor of the result that costs no further pass over memory.
    """
    dtype = torch.promote_types(hidden_states.dtype, torch.float32)
    scale, shift = projected_style.to(dtype).chunk(2, dim=-1)
    scale = 1 + scale
    if gain is not None:
        scale, shift = scale * gain, shift * gain
    if mask is not None:
        return _masked_instance_norm(hidden_states, mask, scale, shift, eps)
    # Seen as one item of batch * channels channels, this is batch norm, whose kernels take statistics, scale and
    # shift in two passes over memory.
    shape = hidden_states.shape
    one_item = hidden_states.reshape(1, shape[0] * shape[1], *shape[2:])
    scale, shift = scale.flatten(), shift.flatten()
    return torch.batch_norm(one_item, scale, shift, None, None, True, 0.0, eps, False).view(shape)


def _masked_instance_norm(
    hidden_states: torch.Tensor, mask: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor, eps: float
) -> torch.Tensor:
    mask = mask.to(scale.dtype)
    states = hidden_states.to(scale.dtype)
    mean, variance = masked_moments(states, mask)
    normalised = (states - mean) * (variance + eps).rsqrt() * scale[..., None] + shift[..., None]
    return (normalised * mask).to(hidden_states.dtype)


class AdaptiveResidualBlock(GradientCheckpointingLayer):
    """Two convolutions, each after an adaptive norm and LeakyReLU, beside a shortcut; optionally upsampling by two.

    `(shortcut + residual) / sqrt(2)`, with a 1x1 convolution in the shortcut where the width changes.
    """

    def __init__(
        self, in_channels: int, out_channels: int, style_dim: int, upsample: bool = False, dropout: float = 0.0
    ):
        super().__init__()
        self.norm1 = AdaptiveInstanceNorm(in_channels, style_dim)
        self.norm2 = AdaptiveInstanceNorm(out_channels, style_dim)
        self.conv1 = weight_normed(nn.Conv1d(in_channels, out_channels, 3, padding=1))
        self.conv2 = weight_normed(nn.Conv1d(out_channels, out_channels, 3, padding=1))
        self.dropout = nn.Dropout(dropout)
        self.upsample = None
        if upsample:
            self.upsample = weight_normed(
                nn.ConvTranspose1d(in_channels, in_channels, 3, 2, padding=1, output_padding=1, groups=in_channels)
            )
        self.shortcut = None
        if in_channels != out_channels:
            self.shortcut = weight_normed(nn.Conv1d(in_channels, out_channels, 1, bias=False))

    def forward(
        self, hidden_states: torch.Tensor, style: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Applies the block.

        Args:
            hidden_states: (batch, in_channels, steps).
            style: (batch, style_dim).
            mask: (batch, 1, steps), 1 for real steps; `None` when nothing is padded, which is faster.

        Returns:
            (batch, out_channels, steps), or twice the steps when upsampling; zero in the padding.
        """
        residual = F.leaky_relu(self.norm1(hidden_states, style, mask), _LEAKY_SLOPE)
        shortcut = hidden_states
        if self.upsample is not None:
            residual = self.upsample(residual)
            shortcut = shortcut.repeat_interleave(2, dim=-1)
            if mask is not None:
                mask = mask.repeat_interleave(2, dim=-1)
                residual = residual * mask  # the bias has reached the padding
        residual = self.conv1(self.dropout(residual))
        residual = F.leaky_relu(self.norm2(residual, style, mask), _LEAKY_SLOPE)
        residual = self.conv2(self.dropout(residual))
        if self.shortcut is not None:
            shortcut = self.shortcut(shortcut)
        output = (residual + shortcut) / math.sqrt(2)
        return output if mask is None else output * mask
