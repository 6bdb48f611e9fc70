# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tables of styles that learn: a start, and what is added to it by the length of the text.

What is added to a voice is one vector for all lengths, and a few more whose shares are cosines of the logarithm of the
length. A recording teaches all rows near its own length that way, and ten minutes of speech are enough for a table of
hundreds of rows. Past the lengths of the corpus the addition is that of its longest or shortest texts.
"""

import math

import torch
from torch import nn


class VoiceStyles(nn.Module):
    """Tables of styles of several voices, by the number of tokens without pads.

    Args:
        start: where each voice begins, (voices, rows, style_size); row n is for n tokens, the last one for more.
        rank: vectors beside the one for all lengths; 0 adds the same to every row.
        shortest, longest: tokens of the shortest and the longest texts to learn from.

    Raises:
        ValueError: for a rank below 0, or lengths that do not rise.
    """

    start: torch.Tensor
    shares: torch.Tensor

    def __init__(self, start: torch.Tensor, rank: int, shortest: int, longest: int) -> None:
        super().__init__()
        if rank < 0:
            raise ValueError(f"rank must not be negative, got {rank}")
        voices, rows, style_size = start.shape
        self.register_buffer("start", start.float().clone())
        self.register_buffer("shares", length_shares(rows, rank, shortest, longest))
        self.added = nn.Parameter(torch.zeros(voices, 1 + rank, style_size))

    def forward(self, voices: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Styles (batch, style_size) of texts, of which `voices` (batch,) are the voices and `tokens` the lengths."""
        rows = tokens.clamp(max=self.start.shape[1] - 1)
        return self.start[voices, rows] + (self.shares[rows, :, None] * self.added[voices]).sum(dim=1)

    @torch.no_grad()
    def tables(self) -> torch.Tensor:
        """The styles of all voices and lengths, (voices, rows, style_size)."""
        return self.start + self.shares @ self.added


def length_shares(rows: int, rank: int, shortest: int, longest: int) -> torch.Tensor:
    """The shares that 1 + rank vectors have in the style of a text, by its number of tokens: (rows, 1 + rank).

    Row n has `cos(k pi x)` for k from 0 to the rank, where x rises from 0 to 1 with the logarithm of n from the
    shortest to the longest text.

    Raises:
        ValueError: for lengths that do not rise from at least 1.
    """
    if not 1 <= shortest <= longest:
        raise ValueError(f"lengths must rise from at least 1, got {shortest} to {longest}")
    tokens = torch.arange(rows, dtype=torch.float64).clamp(shortest, longest)
    places = (tokens.log() - math.log(shortest)) / max(math.log(longest) - math.log(shortest), 1e-9)
    return torch.cos(math.pi * torch.arange(1 + rank, dtype=torch.float64) * places[:, None]).float()


__all__ = ["VoiceStyles", "length_shares"]
