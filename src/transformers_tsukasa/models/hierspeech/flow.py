# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A normalizing flow of volume-preserving couplings, whose networks are transformer blocks with adaptive norms.

Couplings: Dinh et al. 2015 (NICE). Blocks: Peebles & Xie 2023 (DiT). Together: Lee et al. 2023, HierSpeech++, 3.3.
"""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import initialization as init

from ..layers.amp_blocks import StepsConv1d
from ..layers.typed_members import ModuleListOf


_NORM_EPS = 1e-6
_FEED_FORWARD_KERNEL = 5
_WIDENING = 4
_DROPOUT = 0.1


class HierSpeechFlowBlock(nn.Module):
    """Attention and feed-forward layer, both with shift, scale and gate from the style.

    Args:
        size: of the states.
        num_heads: of the attention.
    """

    def __init__(self, size: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.attention_norm = nn.LayerNorm(size, elementwise_affine=False, eps=_NORM_EPS)
        self.feed_forward_norm = nn.LayerNorm(size, elementwise_affine=False, eps=_NORM_EPS)
        self.query_key_value = nn.Linear(size, 3 * size)
        self.attention_projection = nn.Linear(size, size)
        self.widening = StepsConv1d(size, _WIDENING * size, _FEED_FORWARD_KERNEL)
        self.narrowing = StepsConv1d(_WIDENING * size, size, 1)
        self.modulation = nn.Linear(size, 6 * size)
        self.dropout = nn.Dropout(_DROPOUT)

    def initialize_parameters(self) -> None:
        """Start as the identity: gates of zero."""
        init.zeros_(self.modulation.weight)
        init.zeros_(self.modulation.bias)

    def forward(self, states: torch.Tensor, condition: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, steps, size), (batch, size), (batch, steps, 1) -> (batch, steps, size)"""
        modulation = self.modulation(F.silu(condition))[:, None]
        shift, scale, gate, feed_shift, feed_scale, feed_gate = modulation.chunk(6, dim=2)
        states = states + gate * self.attend(self.attention_norm(states) * (1 + scale) + shift, mask)
        normed = self.feed_forward_norm(states) * (1 + feed_scale) + feed_shift
        return states + feed_gate * self.feed_forward(normed, mask)

    def attend(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, steps, size) -> the same, from real steps only"""
        joined = self.query_key_value(states).unflatten(2, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = joined.unbind()
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask.bool()[:, None, None, :, 0])
        return self.attention_projection(attended.transpose(1, 2).flatten(2))

    def feed_forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, steps, size) -> the same"""
        widened = self.dropout(F.gelu(self.widening(states * mask), approximate="tanh"))
        return self.dropout(self.narrowing(widened))


class HierSpeechCoupling(nn.Module):
    """Moves half of the channels by what a network makes of the others.

    Args:
        size: of the states.
        num_heads, num_blocks: of the network.
    """

    def __init__(self, size: int, num_heads: int, num_blocks: int) -> None:
        super().__init__()
        self.input_projection = StepsConv1d(size // 2, size, 1)
        self.blocks: ModuleListOf[HierSpeechFlowBlock] = ModuleListOf(
            HierSpeechFlowBlock(size, num_heads) for _ in range(num_blocks)
        )
        self.output_projection = StepsConv1d(size, size // 2, 1)

    def initialize_parameters(self) -> None:
        """Start as the identity."""
        for parameter in self.output_projection.parameters():
            init.zeros_(parameter)

    def forward(
        self, states: torch.Tensor, condition: torch.Tensor, mask: torch.Tensor, reverse: bool = False
    ) -> torch.Tensor:
        """(batch, steps, size), (batch, size), (batch, steps, 1) -> (batch, steps, size)"""
        kept, moved = states.chunk(2, dim=2)
        hidden = self.input_projection(kept) * mask
        for block in self.blocks:
            hidden = block(hidden, condition, mask)
        move = self.output_projection(hidden * mask) * mask
        return torch.cat([kept, moved - move if reverse else moved + move], dim=2)


class HierSpeechFlow(nn.Module):
    """Couplings with the order of channels reversed after each; their inverse runs backwards.

    Args:
        size: of the states.
        speaker_size: of the style.
        num_heads, num_couplings, num_blocks: see `HierSpeechConfig`.
    """

    def __init__(self, size: int, speaker_size: int, num_heads: int, num_couplings: int, num_blocks: int) -> None:
        super().__init__()
        self.condition_layers = nn.ModuleList(
            [nn.Linear(speaker_size, _WIDENING * size), nn.Linear(_WIDENING * size, size)]
        )
        self.couplings: ModuleListOf[HierSpeechCoupling] = ModuleListOf(
            HierSpeechCoupling(size, num_heads, num_blocks) for _ in range(num_couplings)
        )

    def forward(
        self, states: torch.Tensor, speaker: torch.Tensor, mask: torch.Tensor, reverse: bool = False
    ) -> torch.Tensor:
        """Maps latent states, or their image back.

        Args:
            states: (batch, steps, size), zero in the padding.
            speaker: (batch, speaker_size).
            mask: (batch, steps, 1), 1 for real steps.
            reverse: whether to run the inverse.

        Returns:
            (batch, steps, size), zero in the padding.
        """
        condition = self.condition(speaker)
        for coupling in reversed(self.couplings) if reverse else self.couplings:
            if reverse:
                states = coupling(states.flip(2), condition, mask, reverse=True)
            else:
                states = coupling(states, condition, mask).flip(2)
        return states

    def condition(self, speaker: torch.Tensor) -> torch.Tensor:
        """(batch, speaker_size) -> (batch, size)"""
        first, second = self.condition_layers
        return second(F.silu(first(speaker)))


__all__ = ["HierSpeechCoupling", "HierSpeechFlow", "HierSpeechFlowBlock"]
