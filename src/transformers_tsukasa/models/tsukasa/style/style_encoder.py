# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From a clip to its style: a convolutional encoder of a log-mel of any length.

Two of them, equal in shape, encode the acoustic and the prosodic style of a clip.
"""

import math
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import nn
from transformers.modeling_layers import GradientCheckpointingLayer

from ...layers.masking import lengths_to_mask
from ...layers.placement import parameter_dtype
from ...layers.reparametrization import spectral_normed
from ..configuration_tsukasa import TsukasaStyleEncoderConfig


NEGATIVE_SLOPE = 0.2
FINAL_KERNEL_SIZE = 5


class TsukasaStyleResidualBlock(GradientCheckpointingLayer):
    """Halves both axes of the image; `(shortcut + residual) / sqrt 2`."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.shortcut = None
        if in_channels != out_channels:
            self.shortcut = spectral_normed(nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False))
        self.conv1 = spectral_normed(nn.Conv2d(in_channels, in_channels, kernel_size=3, padding=1))
        self.downsample = spectral_normed(
            nn.Conv2d(in_channels, in_channels, kernel_size=3, stride=2, padding=1, groups=in_channels)
        )
        self.conv2 = spectral_normed(nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1))

    def forward(self, hidden_states: torch.Tensor, clips: "_Clips | None" = None) -> torch.Tensor:
        """Applies the block.

        Args:
            hidden_states (`torch.Tensor`): (batch, in_channels, bands, frames), zeros past the end of each clip.
            clips (`_Clips`, *optional*): where the clips end; all fill the image when None.

        Returns:
            `torch.Tensor`: (batch, out_channels, ceil(bands / 2), ceil(frames / 2)), zeros past the end of each clip.
        """
        halves = None if clips is None else clips.halved
        residual = _zero_padding_(self.conv1(F.leaky_relu(hidden_states, NEGATIVE_SLOPE)), clips)
        residual = _zero_padding_(self.downsample(residual), halves)
        residual = self.conv2(F.leaky_relu(residual, NEGATIVE_SLOPE))
        # Zeros stay zeros in the shortcut, which has no bias, and in an average.
        shortcut = hidden_states if self.shortcut is None else self.shortcut(hidden_states)
        return _zero_padding_((_average_pairs(shortcut, clips) + residual) / math.sqrt(2), halves)


class TsukasaStyleEncoder(nn.Module):
    """A style vector from a log-mel; the published system has an acoustic and a prosodic one.

    Args:
        config (`TsukasaStyleEncoderConfig`): widths and number of blocks.
        style_dim (`int`): size of the style.
    """

    def __init__(self, config: TsukasaStyleEncoderConfig, style_dim: int):
        super().__init__()
        widths = [min(config.hidden_size * 2**i, config.max_hidden_size) for i in range(config.num_blocks + 1)]
        self.conv_in = spectral_normed(nn.Conv2d(1, widths[0], kernel_size=3, padding=1))
        self.blocks = nn.ModuleList(
            TsukasaStyleResidualBlock(width, next_width)
            for width, next_width in zip(widths[:-1], widths[1:], strict=True)
        )
        self.conv_out = spectral_normed(nn.Conv2d(widths[-1], widths[-1], kernel_size=FINAL_KERNEL_SIZE))
        self.out_proj = nn.Linear(widths[-1], style_dim)
        # The final convolution must fit in after every block has halved the clip.
        self.minimum_frames = (FINAL_KERNEL_SIZE - 1) * 2**config.num_blocks + 1

    def forward(self, mel: torch.Tensor, mel_lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Encodes clips.

        Args:
            mel (`torch.Tensor`): (batch, num_mel_bins, frames), normalised log-mel of mono clips.
            mel_lengths (`torch.Tensor`, *optional*):
                (batch,), mel frames of each clip. A clip's style does not depend on its padding.

        Returns:
            `torch.Tensor`: (batch, style_dim).

        Raises:
            ValueError: when a clip is shorter than the convolutions need.
        """
        self._check_lengths(mel, mel_lengths)
        hidden_states = mel.unsqueeze(1).to(parameter_dtype(self))
        clips = None
        if mel_lengths is not None:
            clips = _Clips(mel_lengths.to(mel.device), mel.shape[-1], hidden_states.dtype)
            hidden_states = hidden_states.masked_fill(clips.frames == 0, 0.0)
        # Few channels over a large image: convolutions are faster with the channels of a place side by side.
        hidden_states = self.conv_in(hidden_states).contiguous(memory_format=torch.channels_last)
        hidden_states = _zero_padding_(hidden_states, clips)
        for block in self.blocks:
            hidden_states = block(hidden_states, clips)
            clips = None if clips is None else clips.halved
        hidden_states = self.conv_out(F.leaky_relu(hidden_states, NEGATIVE_SLOPE))
        return self.out_proj(F.leaky_relu(_global_average(hidden_states, clips), NEGATIVE_SLOPE))

    def _check_lengths(self, mel: torch.Tensor, mel_lengths: torch.Tensor | None) -> None:
        if mel.ndim != 3:
            raise ValueError(f"the style encoder takes (batch, num_mel_bins, frames), got {tuple(mel.shape)}")
        shortest = mel.shape[-1]
        if mel_lengths is not None and not torch.compiler.is_compiling():
            shortest = int(mel_lengths.min())
            if int(mel_lengths.max()) > mel.shape[-1]:
                raise ValueError(
                    f"mel_lengths names a clip of {int(mel_lengths.max())} mel frames, but the batch holds only "
                    f"{mel.shape[-1]}"
                )
        if shortest < self.minimum_frames:
            raise ValueError(
                f"a reference of {shortest} mel frames is too short for the style encoder, which needs at least "
                f"{self.minimum_frames}: give a longer clip"
            )


class _Clips:
    """Where the clips of a padded image end.

    Masks here are factors: on a CPU, multiplying in place costs a tenth of `torch.where`.

    Args:
        lengths: frames of each clip, (batch,).
        size: frames of the image.

    Attributes:
        frames: (batch, 1, 1, size), 1 where a frame belongs to its clip and 0 past its end.
    """

    def __init__(self, lengths: torch.Tensor, size: int, dtype: torch.dtype) -> None:
        self.lengths, self.size = lengths, size
        self.frames = lengths_to_mask(lengths, size)[:, None, None, :].to(dtype)

    @cached_property
    def halved(self) -> "_Clips":
        """The clips after a halving block, where an odd last frame counts as a pair."""
        return _Clips((self.lengths + 1) // 2, (self.size + 1) // 2, self.frames.dtype)

    def last_pairs(self) -> torch.Tensor:
        """(batch, 1, 1, ceil(size / 2)), 2 for a pair with one half past the end of its clip, and otherwise 1."""
        is_half = (self.lengths % 2 == 1) & (self.lengths < self.size)
        columns = torch.arange((self.size + 1) // 2, device=self.lengths.device)
        is_last = columns == (self.lengths // 2)[:, None]
        return (1 + (is_last & is_half[:, None]))[:, None, None, :].to(self.frames.dtype)


def _zero_padding_(hidden_states: torch.Tensor, clips: _Clips | None) -> torch.Tensor:
    """Writes zeros past the end of each clip, as a convolution reads there when the clip is alone."""
    return hidden_states if clips is None else hidden_states.mul_(clips.frames.to(hidden_states.dtype))


def _average_pairs(hidden_states: torch.Tensor, clips: _Clips | None) -> torch.Tensor:
    """2x2 average pool in which an odd last row or column of each clip is paired with itself."""
    if hidden_states.shape[-1] % 2:
        # The pair is added up in the order of the published system, so that styles are equal bit by bit.
        hidden_states = torch.cat([hidden_states, hidden_states[..., -1:]], dim=-1)
    # `ceil_mode` divides a last odd row by the number of its real elements.
    pooled = F.avg_pool2d(hidden_states, kernel_size=2, ceil_mode=True)
    # The odd last column of a shorter clip was averaged with a zero instead.
    return pooled if clips is None else pooled.mul_(clips.last_pairs().to(pooled.dtype))


def _global_average(hidden_states: torch.Tensor, clips: _Clips | None) -> torch.Tensor:
    """(batch, channels, bands, frames) -> (batch, channels), over the frames of each clip."""
    if clips is None:
        return hidden_states.mean(dim=(2, 3))
    complete = clips.frames[..., FINAL_KERNEL_SIZE - 1 :].to(hidden_states.dtype)
    total = (hidden_states * complete).sum(dim=(2, 3))
    count = (clips.lengths - (FINAL_KERNEL_SIZE - 1)) * hidden_states.shape[2]
    return total / count[:, None].to(total.dtype)


__all__ = ["TsukasaStyleEncoder"]
