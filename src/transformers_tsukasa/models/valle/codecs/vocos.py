# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Vocos (Siuzdak 2023): a decoder of EnCodec's codes that predicts a spectrum and transforms it back."""

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from torch.nn import functional as F
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import interval, positive_int_field

from ...layers.configuration_mlstm import require
from ...strict_loading import StrictLoadingMixin


_LARGEST_MAGNITUDE = 100.0
_SMALLEST_ENVELOPE = 1e-11


@strict
class VocosConfig(PreTrainedConfig):
    r"""The decoder of EnCodec's codes.

    Args:
        codebook_size (`int`, *optional*, defaults to 1024):
            Entries of every codebook.
        num_codebooks (`int`, *optional*, defaults to 16):
            Codebooks that are stored; fewer may be decoded.
        codebook_dim (`int`, *optional*, defaults to 128):
            Width of an entry.
        hidden_size (`int`, *optional*, defaults to 384):
            Width of the blocks.
        intermediate_size (`int`, *optional*, defaults to 1152):
            Inner width of the blocks.
        num_hidden_layers (`int`, *optional*, defaults to 8):
            ConvNeXt blocks.
        bandwidths (`list[float]`, *optional*, defaults to `[1.5, 3.0, 6.0, 12.0]`):
            Bit rates in kbit/s, each with a scale and shift in every norm.
        n_fft (`int`, *optional*, defaults to 1280):
            Samples of a window.
        hop_length (`int`, *optional*, defaults to 320):
            Samples of a frame.
        sampling_rate (`int`, *optional*, defaults to 24000):
            Samples per second.
        norm_eps (`float`, *optional*, defaults to 1e-06):
            Epsilon of the norms.
        initializer_range (`float`, *optional*, defaults to 0.02):
            Standard deviation of the initial weights.
    """

    model_type = "vocos"

    codebook_size: int = positive_int_field(default=1024)
    num_codebooks: int = positive_int_field(default=16)
    codebook_dim: int = positive_int_field(default=128)
    hidden_size: int = positive_int_field(default=384)
    intermediate_size: int = positive_int_field(default=1152)
    num_hidden_layers: int = positive_int_field(default=8)
    bandwidths: list[float] | tuple[float, ...] = (1.5, 3.0, 6.0, 12.0)
    n_fft: int = positive_int_field(default=1280)
    hop_length: int = positive_int_field(default=320)
    sampling_rate: int = positive_int_field(default=24000)
    norm_eps: float = interval(min=0.0)(default=1e-6)
    initializer_range: float = interval(min=0.0)(default=0.02)

    def validate_architecture(self) -> None:
        """Refuses windows that frames do not divide evenly."""
        rest = self.n_fft - self.hop_length
        require(rest >= 0 and rest % 2 == 0, f"n_fft ({self.n_fft}) less hop_length ({self.hop_length}) must be even")


class VocosAdaptiveNorm(nn.Module):
    """Layer norm with a scale and a shift for every bandwidth."""

    def __init__(self, config: VocosConfig):
        super().__init__()
        self.scale = nn.Embedding(len(config.bandwidths), config.hidden_size)
        self.shift = nn.Embedding(len(config.bandwidths), config.hidden_size)
        self.eps = config.norm_eps

    def forward(self, hidden_states: torch.Tensor, bandwidth_id: torch.Tensor) -> torch.Tensor:
        """hidden_states (batch, frames, hidden_size), bandwidth_id (1,) -> the shape of `hidden_states`"""
        normed = F.layer_norm(hidden_states, hidden_states.shape[-1:], eps=self.eps)
        return normed * self.scale(bandwidth_id)[:, None] + self.shift(bandwidth_id)[:, None]


class VocosBlock(nn.Module):
    """A ConvNeXt block: depthwise convolution, norm, two linear layers, and a learned scale of the residual."""

    def __init__(self, config: VocosConfig):
        super().__init__()
        width = config.hidden_size
        self.depthwise = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = VocosAdaptiveNorm(config)
        self.up_proj = nn.Linear(width, config.intermediate_size)
        self.down_proj = nn.Linear(config.intermediate_size, width)
        self.layer_scale = nn.Parameter(torch.ones(width))

    def forward(self, hidden_states: torch.Tensor, bandwidth_id: torch.Tensor) -> torch.Tensor:
        """hidden_states (batch, frames, hidden_size) -> the same shape"""
        inner = self.depthwise(hidden_states.transpose(1, 2)).transpose(1, 2)
        inner = self.down_proj(F.gelu(self.up_proj(self.norm(inner, bandwidth_id))))
        return hidden_states + self.layer_scale * inner


class VocosModel(StrictLoadingMixin, PreTrainedModel):
    """Codes of EnCodec to waveforms, 320 samples a frame.

    Args:
        config ([`VocosConfig`]): the config.
    """

    config: VocosConfig
    config_class = VocosConfig
    base_model_prefix = "vocos"
    main_input_name = "codes"
    input_modalities = ["audio"]
    output_modalities = ("audio",)

    def __init__(self, config: VocosConfig):
        super().__init__(config)
        self.codebooks = nn.Embedding(config.num_codebooks * config.codebook_size, config.codebook_dim)
        self.embed = nn.Conv1d(config.codebook_dim, config.hidden_size, 7, padding=3)
        self.norm = VocosAdaptiveNorm(config)
        self.layers = nn.ModuleList(VocosBlock(config) for _ in range(config.num_hidden_layers))
        self.final_norm = nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
        self.head = nn.Linear(config.hidden_size, config.n_fft + 2)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, VocosAdaptiveNorm):
            init.ones_(module.scale.weight)
            init.zeros_(module.shift.weight)
        elif isinstance(module, VocosBlock):
            init.constant_(module.layer_scale, 1.0 / self.config.num_hidden_layers)

    def features(self, codes: torch.Tensor) -> torch.Tensor:
        """The sum of the entries of codes; (batch, frames, codebooks) -> (batch, codebook_dim, frames)"""
        offsets = torch.arange(codes.shape[-1], device=codes.device) * self.config.codebook_size
        return self.codebooks(codes + offsets).sum(dim=2).transpose(1, 2)

    def hidden_states(self, features: torch.Tensor, bandwidth_id: int) -> torch.Tensor:
        """features (batch, codebook_dim, frames) -> the last hidden states (batch, frames, hidden_size)"""
        row = torch.tensor([bandwidth_id], device=features.device)
        states = self.norm(self.embed(features).transpose(1, 2), row)
        for layer in self.layers:
            states = layer(states, row)
        return self.final_norm(states)

    def forward(self, codes: torch.Tensor, bandwidth_id: int | None = None) -> torch.Tensor:
        """Decodes.

        Args:
            codes: (batch, frames, codebooks).
            bandwidth_id: which of the bandwidths they are of; by default told by the number of codebooks.

        Returns:
            Waveforms (batch, frames * hop_length).

        Raises:
            ValueError: when no bandwidth has so many codebooks.
        """
        if bandwidth_id is None:
            bandwidth_id = self._bandwidth_of(codes.shape[-1])
        states = self.hidden_states(self.features(codes), bandwidth_id)
        magnitude, phase = self.head(states).transpose(1, 2).float().chunk(2, dim=1)
        magnitude = magnitude.exp().clamp(max=_LARGEST_MAGNITUDE)
        return self._inverse_transform(torch.polar(magnitude, phase))

    def _bandwidth_of(self, codebooks: int) -> int:
        """The bandwidth with so many codebooks: the last has all that are stored, and they grow in proportion."""
        rates = self.config.bandwidths
        for index, rate in enumerate(rates):
            if round(rate / rates[-1] * self.config.num_codebooks) == codebooks:
                return index
        raise ValueError(
            f"Vocos decodes {', '.join(f'{rate:g}' for rate in rates)} kbit/s, none of which has {codebooks} codebooks"
        )

    def _inverse_transform(self, spectrum: torch.Tensor) -> torch.Tensor:
        """Overlapping windows added up and divided by the sum of squared windows, with half a window less at the ends.

        spectrum (batch, n_fft / 2 + 1, frames) -> (batch, frames * hop_length)
        """
        n_fft, hop = self.config.n_fft, self.config.hop_length
        window = torch.hann_window(n_fft, device=spectrum.device)
        frames = torch.fft.irfft(spectrum, n_fft, dim=1) * window[:, None]
        total = (spectrum.shape[-1] - 1) * hop + n_fft
        cut = (n_fft - hop) // 2

        def add_up(pieces: torch.Tensor) -> torch.Tensor:
            return F.fold(pieces, (1, total), (1, n_fft), stride=(1, hop))[:, 0, 0, cut : total - cut]

        envelope = add_up(window.square()[None, :, None].expand(1, -1, spectrum.shape[-1]))
        return add_up(frames) / envelope.clamp(min=_SMALLEST_ENVELOPE)


__all__ = ["VocosConfig", "VocosModel"]
