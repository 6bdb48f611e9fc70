# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The transformer of both networks: attention by transformers' interface, and norms that may depend on a stage."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from transformers.cache_utils import Cache
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from .configuration_valle import VallEConfig


class VallESize(NamedTuple):
    """Size of one of the two networks."""

    hidden_size: int
    num_layers: int
    num_heads: int

    @classmethod
    def autoregressive(cls, config: VallEConfig) -> "VallESize":
        """That of the network for the first codebook."""
        return cls(config.hidden_size, config.num_hidden_layers, config.num_attention_heads)

    @classmethod
    def refiner(cls, config: VallEConfig) -> "VallESize":
        """That of the network for the other codebooks."""
        sizes = (config.nar_hidden_size, config.nar_num_hidden_layers, config.nar_num_attention_heads)
        return cls(*(size or 0 for size in sizes))  # a config has them all, which its types do not tell


class VallEAdaptiveNorm(nn.Module):
    """Layer norm whose scale and shift are a linear map of the stage: `a * norm(x) + b` with `(a, b) = P e + p`.

    The norm has a scale and a shift of its own beside them.
    """

    def __init__(self, hidden_size: int):
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.projection = nn.Linear(hidden_size, 2 * hidden_size)

    def forward(self, hidden_states: torch.Tensor, stage: torch.Tensor) -> torch.Tensor:
        """hidden_states (batch, steps, hidden_size), stage (batch or 1, hidden_size) -> that of `hidden_states`"""
        scale, shift = self.projection(stage)[:, None].chunk(2, dim=-1)
        return scale * self.norm(hidden_states) + shift


class VallEPlainNorm(nn.LayerNorm):
    """Layer norm with the interface of the adaptive one."""

    def forward(self, hidden_states: torch.Tensor, stage: torch.Tensor | None = None) -> torch.Tensor:
        """hidden_states (batch, steps, hidden_size) -> the same shape; the stage is not used"""
        return super().forward(hidden_states)


class VallEAttention(nn.Module):
    """Attention of several heads with one packed projection of queries, keys and values."""

    def __init__(self, config: VallEConfig, size: VallESize, layer_idx: int):
        super().__init__()
        self.config, self.layer_idx = config, layer_idx
        self.head_dim = size.hidden_size // size.num_heads
        self.num_key_value_groups = 1
        self.scaling = self.head_dim**-0.5
        self.is_causal = False  # masks tell what is seen
        self.qkv_proj = nn.Linear(size.hidden_size, 3 * size.hidden_size)
        self.o_proj = nn.Linear(size.hidden_size, size.hidden_size)

    def forward(
        self, hidden_states: torch.Tensor, mask: torch.Tensor | None, past_key_values: Cache | None = None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Attends from every step to the steps that the mask allows.

        Args:
            hidden_states: (batch, steps, hidden_size).
            mask: (batch, 1, steps, keys), as `transformers.masking_utils` makes it.
            past_key_values: keys and values of earlier steps.

        Returns:
            (batch, steps, hidden_size), and the attention weights where the implementation has them.
        """
        batch, steps, _ = hidden_states.shape
        packed = self.qkv_proj(hidden_states).view(batch, steps, 3, -1, self.head_dim)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer_idx)
        attend: Callable = ALL_ATTENTION_FUNCTIONS.get_interface(
            self.config._attn_implementation, _eager_attention_forward
        )
        dropout = self.config.hidden_dropout if self.training else 0.0
        states, weights = attend(self, query, key, value, mask, dropout=dropout, scaling=self.scaling, is_causal=False)
        return self.o_proj(states.reshape(batch, steps, -1)), weights


def _eager_attention_forward(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    **kwargs: object,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention in plain operations, which returns its weights; the interface is that of transformers."""
    scores = query @ key.transpose(2, 3) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = scores.softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    weights = nn.functional.dropout(weights, p=dropout, training=module.training)
    return (weights @ value).transpose(1, 2).contiguous(), weights


class VallELayer(GradientCheckpointingLayer):
    """Attention and a feed-forward layer, both residual; `norm_first` tells where the norms stand."""

    def __init__(self, config: VallEConfig, size: VallESize, layer_idx: int, is_adaptive: bool):
        super().__init__()
        make_norm = VallEAdaptiveNorm if is_adaptive else VallEPlainNorm
        self.self_attn = VallEAttention(config, size, layer_idx)
        self.attention_norm = make_norm(size.hidden_size)
        self.feed_forward_norm = make_norm(size.hidden_size)
        self.up_proj = nn.Linear(size.hidden_size, 4 * size.hidden_size)
        self.down_proj = nn.Linear(4 * size.hidden_size, size.hidden_size)
        self.dropout = nn.Dropout(config.hidden_dropout)
        self.norm_first = config.norm_first

    def forward(
        self,
        hidden_states: torch.Tensor,
        mask: torch.Tensor | None,
        stage: torch.Tensor | None,
        past_key_values: Cache | None = None,
    ) -> torch.Tensor:
        """hidden_states (batch, steps, hidden_size) -> the same shape; the other arguments as in `VallETransformer`"""
        if self.norm_first:
            normed = self.attention_norm(hidden_states, stage)
            hidden_states = hidden_states + self._attend(normed, mask, past_key_values)
            return hidden_states + self._feed_forward(self.feed_forward_norm(hidden_states, stage))
        attended = hidden_states + self._attend(hidden_states, mask, past_key_values)
        hidden_states = self.attention_norm(attended, stage)
        return self.feed_forward_norm(hidden_states + self._feed_forward(hidden_states), stage)

    def _attend(
        self, hidden_states: torch.Tensor, mask: torch.Tensor | None, past_key_values: Cache | None
    ) -> torch.Tensor:
        return self.dropout(self.self_attn(hidden_states, mask, past_key_values)[0])

    def _feed_forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.down_proj(self.dropout(self.up_proj(hidden_states).relu())))


class VallETransformer(nn.Module):
    """The layers of one network, and the norm after the last one where norms stand first.

    Args:
        config: of the model.
        size: of this network.
        is_adaptive: whether all norms depend on a stage.
    """

    def __init__(self, config: VallEConfig, size: VallESize, is_adaptive: bool):
        super().__init__()
        self.layers = nn.ModuleList(VallELayer(config, size, index, is_adaptive) for index in range(size.num_layers))
        make_norm = VallEAdaptiveNorm if is_adaptive else VallEPlainNorm
        self.norm = make_norm(size.hidden_size) if config.norm_first else None

    def forward(
        self,
        hidden_states: torch.Tensor,
        mask: torch.Tensor | None,
        stage: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
    ) -> torch.Tensor:
        """Runs all layers.

        Args:
            hidden_states: (batch, steps, hidden_size).
            mask: (batch, 1, steps, keys), as `transformers.masking_utils` makes it.
            stage: embedding of the refiner's stage, (batch or 1, hidden_size).
            past_key_values: keys and values of earlier steps, to which those of these steps are added.

        Returns:
            (batch, steps, hidden_size).
        """
        for layer in self.layers:
            hidden_states = layer(hidden_states, mask, stage, past_key_values=past_key_values)
        return hidden_states if self.norm is None else self.norm(hidden_states, stage)


__all__ = ["VallEAdaptiveNorm", "VallEAttention", "VallELayer", "VallESize", "VallETransformer"]
