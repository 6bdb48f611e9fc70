# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The network of the style sampler: it separates a style vector from its noise, given a text.

A transformer over the text's tokens denoises one style vector under the preconditioning of EDM (Karras et al. 2022,
"Elucidating the Design Space of Diffusion-Based Generative Models"). Everything here is computed in float32, whatever
the weights' dtype and inside autocast too: noise levels span five decades, which half precision does not resolve.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers import initialization as init
from transformers.modeling_layers import GradientCheckpointingLayer

from ...layers.adaptive_norms import adaptive_layer_norm
from ...layers.precise_layers import Float32LayerNorm, Float32Linear, Float32PointwiseConv1d
from ..configuration_tsukasa import TsukasaStyleDiffusionConfig


NORM_EPS = 1e-5


class TsukasaStyleAdaptiveLayerNorm(nn.Module):
    """`AdaptiveLayerNorm` in float32, with its linear map under the name that published model folders have."""

    def __init__(self, style_size: int, hidden_size: int):
        super().__init__()
        self.modulation = Float32Linear(style_size, 2 * hidden_size)

    def forward(self, hidden_states: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """hidden_states (batch, tokens, hidden_size), style (batch, style_size) -> the shape of `hidden_states`"""
        return adaptive_layer_norm(hidden_states, self.modulation(style), NORM_EPS)


class TsukasaStyleAttention(nn.Module):
    """Attention among the text's tokens; queries and context have norms of their own, with the reference style."""

    def __init__(self, config: TsukasaStyleDiffusionConfig, hidden_size: int, style_size: int):
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.head_dim = config.head_dim
        self.adaptive = config.use_reference
        inner_size = self.num_heads * self.head_dim
        self.query_norm: nn.Module
        self.context_norm: nn.Module
        if self.adaptive:
            self.query_norm = TsukasaStyleAdaptiveLayerNorm(style_size, hidden_size)
            self.context_norm = TsukasaStyleAdaptiveLayerNorm(style_size, hidden_size)
        else:
            self.query_norm = Float32LayerNorm(hidden_size, eps=NORM_EPS)
            self.context_norm = Float32LayerNorm(hidden_size, eps=NORM_EPS)
        self.q_proj = Float32Linear(hidden_size, inner_size, bias=False)
        self.kv_proj = Float32Linear(hidden_size, 2 * inner_size, bias=False)
        self.out_proj = Float32Linear(inner_size, hidden_size)

    def forward(
        self, hidden_states: torch.Tensor, key_mask: torch.Tensor | None, reference_style: torch.Tensor | None
    ) -> torch.Tensor:
        condition = (reference_style,) if self.adaptive else ()
        query = self.q_proj(self.query_norm(hidden_states, *condition))
        key, value = self.kv_proj(self.context_norm(hidden_states, *condition)).chunk(2, dim=-1)
        query, key, value = (
            states.unflatten(-1, (self.num_heads, self.head_dim)).transpose(1, 2) for states in (query, key, value)
        )
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=key_mask)
        return self.out_proj(attended.transpose(1, 2).flatten(2))


class TsukasaStyleDenoiserBlock(GradientCheckpointingLayer):
    """Attention and a feed-forward layer, both residual."""

    def __init__(self, config: TsukasaStyleDiffusionConfig, hidden_size: int, style_size: int):
        super().__init__()
        self.attention = TsukasaStyleAttention(config, hidden_size, style_size)
        self.up_proj = Float32Linear(hidden_size, config.feed_forward_multiplier * hidden_size)
        self.down_proj = Float32Linear(config.feed_forward_multiplier * hidden_size, hidden_size)

    def forward(
        self, hidden_states: torch.Tensor, key_mask: torch.Tensor | None, reference_style: torch.Tensor | None
    ) -> torch.Tensor:
        hidden_states = hidden_states + self.attention(hidden_states, key_mask, reference_style)
        return hidden_states + self.down_proj(F.gelu(self.up_proj(hidden_states)))


class TsukasaFourierTimeEmbedding(nn.Module):
    """A noise level as itself and sines and cosines of learned frequencies, mapped to the hidden size."""

    def __init__(self, num_features: int, hidden_size: int):
        super().__init__()
        self.frequencies = nn.Parameter(torch.empty(num_features))
        self.proj = Float32Linear(2 * num_features + 1, hidden_size)
        self.initialize_parameters()

    def initialize_parameters(self) -> None:
        init.normal_(self.frequencies)

    def forward(self, time: torch.Tensor) -> torch.Tensor:
        angles = 2 * math.pi * time[:, None] * self.frequencies.float()
        return self.proj(torch.cat([time[:, None], angles.sin(), angles.cos()], dim=-1))


class TsukasaStyleDenoiser(nn.Module):
    """The network F of EDM: a transformer over tokens, each of which holds the noisy style and its text state.

    Args:
        config (`TsukasaStyleDiffusionConfig`): widths.
        text_dim (`int`): width of the text states, PL-BERT's own.
        style_size (`int`): size of a style vector, acoustic and prosodic.
    """

    def __init__(self, config: TsukasaStyleDiffusionConfig, text_dim: int, style_size: int):
        super().__init__()
        hidden_size = text_dim + style_size
        self.time_embedding = TsukasaFourierTimeEmbedding(config.num_fourier_features, hidden_size)
        self.reference_proj = Float32Linear(style_size, hidden_size) if config.use_reference else None
        self.mapping_in = Float32Linear(hidden_size, hidden_size)
        self.mapping_out = Float32Linear(hidden_size, hidden_size)
        self.blocks = nn.ModuleList(
            TsukasaStyleDenoiserBlock(config, hidden_size, style_size) for _ in range(config.num_hidden_layers)
        )
        # The checkpoints store this linear map as a convolution.
        self.out_proj = Float32PointwiseConv1d(hidden_size, style_size, kernel_size=1)
        self.max_guidance_positions = config.max_guidance_positions
        self.unconditional_states = nn.Embedding(config.max_guidance_positions, text_dim)

    def forward(
        self,
        style: torch.Tensor,
        time: torch.Tensor,
        text_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        reference_style: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Estimates clean styles, up to EDM's preconditioning.

        Args:
            style (`torch.Tensor`): (batch, style_size), scaled noisy styles.
            time (`torch.Tensor`): (batch,), a quarter of the logarithm of the noise level.
            text_hidden_states (`torch.Tensor`): (batch, tokens, text_dim).
            attention_mask (`torch.Tensor`, *optional*): (batch, tokens), 1 for tokens and 0 for padding.
            reference_style (`torch.Tensor`, *optional*):
                (batch, style_size); required if, and only if, the config has `use_reference=True`.

        Returns:
            `torch.Tensor`: (batch, style_size).
        """
        if (self.reference_proj is None) != (reference_style is None):
            needed = "needs" if self.reference_proj is not None else "takes no"
            raise ValueError(f"this style diffusion {needed} reference_style (style_diffusion_config.use_reference)")
        mapping = self._mapping(time, reference_style)
        key_mask = None if attention_mask is None else attention_mask.bool()[:, None, None, :]
        repeated = style[:, None].expand(-1, text_hidden_states.shape[1], -1)
        hidden_states = torch.cat([repeated, text_hidden_states], dim=-1)
        for block in self.blocks:
            hidden_states = block(hidden_states + mapping[:, None], key_mask, reference_style)
        return self.out_proj(_mean_over_tokens(hidden_states, attention_mask)[..., None])[..., 0]

    def unconditional(self, text_hidden_states: torch.Tensor) -> torch.Tensor:
        """The learned table that replaces the text states in guidance, (1, tokens, text_dim), float32.

        A text with more tokens than the table has rows repeats it from the start. Nothing else in the network depends
        on positions, so complete repeats of the table give exactly the estimate of the table itself.
        """
        rows = torch.arange(text_hidden_states.shape[1], device=text_hidden_states.device)
        return self.unconditional_states(rows % self.max_guidance_positions).float()[None]

    def _mapping(self, time: torch.Tensor, reference_style: torch.Tensor | None) -> torch.Tensor:
        features = F.gelu(self.time_embedding(time))
        if self.reference_proj is not None:
            features = features + F.gelu(self.reference_proj(reference_style))
        return F.gelu(self.mapping_out(F.gelu(self.mapping_in(features))))


class TsukasaStyleDiffusion(nn.Module):
    """The denoiser under EDM's preconditioning, with classifier-free guidance and the training loss.

    `sigma_data` is read from the config at every call, so that a trainer's running estimate, written there, takes
    effect at once and is saved with the model.

    Args:
        config (`TsukasaStyleDiffusionConfig`): network, schedule and `sigma_data`.
        text_dim (`int`): width of the text states, PL-BERT's own.
        style_size (`int`): size of a style vector, acoustic and prosodic.
    """

    def __init__(self, config: TsukasaStyleDiffusionConfig, text_dim: int, style_size: int):
        super().__init__()
        self.config = config
        self.denoiser = TsukasaStyleDenoiser(config, text_dim, style_size)

    def denoise(
        self,
        noisy_style: torch.Tensor,
        sigma: torch.Tensor,
        text_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        reference_style: torch.Tensor | None = None,
        guidance_scale: float = 1.0,
    ) -> torch.Tensor:
        """Removes the noise from a style: `D(x; sigma)` of EDM (equation 7).

        Args:
            noisy_style (`torch.Tensor`): (batch, style_size).
            sigma (`torch.Tensor`): (batch,), noise levels above 0.
            text_hidden_states (`torch.Tensor`): (batch, tokens, text_dim), PL-BERT's last states.
            attention_mask (`torch.Tensor`, *optional*): (batch, tokens), 1 for tokens and 0 for padding.
            reference_style (`torch.Tensor`, *optional*): (batch, style_size), for the multi-speaker variant.
            guidance_scale (`float`, *optional*, defaults to 1.0):
                Extrapolation from the estimate without the text to the one with it; 1 is the latter itself.

        Returns:
            `torch.Tensor`: (batch, style_size), float32.
        """
        with _full_precision(noisy_style):
            noisy_style, sigma, text = noisy_style.float(), sigma.float(), text_hidden_states.float()
            reference_style = None if reference_style is None else reference_style.float()
            if guidance_scale == 1.0:
                return self._denoise(noisy_style, sigma, text, attention_mask, reference_style)
            # Both estimates come from one pass over a batch of twice the size.
            no_text = self.denoiser.unconditional(text).expand_as(text)
            conditional, unconditional = self._denoise(
                torch.cat([noisy_style, noisy_style]),
                torch.cat([sigma, sigma]),
                torch.cat([text, no_text]),
                None if attention_mask is None else torch.cat([attention_mask, attention_mask]),
                None if reference_style is None else torch.cat([reference_style, reference_style]),
            ).chunk(2)
            return unconditional + guidance_scale * (conditional - unconditional)

    def loss(
        self,
        style: torch.Tensor,
        text_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        reference_style: torch.Tensor | None = None,
        sigmas: torch.Tensor | None = None,
        noise: torch.Tensor | None = None,
        dropped: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The denoising loss, weighted so that every noise level counts equally (EDM, equation 2 and table 1).

        Args:
            style (`torch.Tensor`): (batch, style_size), styles of recordings.
            text_hidden_states, attention_mask, reference_style: as in `denoise`.
            sigmas (`torch.Tensor`, *optional*):
                (batch,), noise levels; drawn from the config's log-normal distribution if not given.
            noise (`torch.Tensor`, *optional*): (batch, style_size), standard normal; drawn if not given.
            dropped (`torch.Tensor`, *optional*):
                (batch,), true where the text is replaced by the table of guidance; drawn with `condition_dropout` if
                not given while training, and none otherwise.

        Returns:
            `torch.Tensor`: a scalar, float32.
        """
        with _full_precision(style):
            style, text = style.float(), text_hidden_states.float()
            reference_style = None if reference_style is None else reference_style.float()
            batch_size = style.shape[0]
            if sigmas is None:
                log_sigmas = torch.randn(batch_size, device=style.device) * self.config.log_sigma_std
                sigmas = (log_sigmas + self.config.log_sigma_mean).exp()
            if noise is None:
                noise = torch.randn_like(style)
            if dropped is None:
                probability = self.config.condition_dropout if self.training else 0.0
                dropped = torch.rand(batch_size, device=style.device) < probability
            text = torch.where(dropped[:, None, None], self.denoiser.unconditional(text), text)
            sigmas, sigma_data = sigmas.float(), self.config.sigma_data
            noisy_style = style + sigmas[:, None] * noise.float()
            denoised = self._denoise(noisy_style, sigmas, text, attention_mask, reference_style)
            weights = (sigmas**2 + sigma_data**2) / (sigmas * sigma_data) ** 2
            return (weights * (denoised - style).square().mean(dim=1)).mean()

    def _denoise(
        self,
        noisy_style: torch.Tensor,
        sigma: torch.Tensor,
        text: torch.Tensor,
        attention_mask: torch.Tensor | None,
        reference_style: torch.Tensor | None,
    ) -> torch.Tensor:
        sigma_data = self.config.sigma_data
        total = (sigma**2 + sigma_data**2)[:, None]
        from_input = sigma_data**2 / total * noisy_style
        estimate = self.denoiser(noisy_style / total.sqrt(), sigma.log() / 4, text, attention_mask, reference_style)
        return from_input + sigma[:, None] * sigma_data / total.sqrt() * estimate


def _mean_over_tokens(hidden_states: torch.Tensor, attention_mask: torch.Tensor | None) -> torch.Tensor:
    if attention_mask is None:
        return hidden_states.mean(dim=1)
    is_token = attention_mask.bool()[..., None]
    return hidden_states.masked_fill(~is_token, 0.0).sum(dim=1) / is_token.sum(dim=1)


def _full_precision(tensor: torch.Tensor) -> torch.autocast:
    return torch.autocast(tensor.device.type, enabled=False)


__all__ = ["TsukasaStyleDenoiser", "TsukasaStyleDiffusion"]
