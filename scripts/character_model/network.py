# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A transformer encoder over characters, small enough to train on one core in an hour."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from character_model.texts import PAD


@dataclass(frozen=True)
class Shape:
    """Sizes of the network.

    Attributes:
        characters: known characters, the special ones included.
        width: values for every character.
        layers: how many blocks of attention and feed-forward layers.
        heads: attention heads; they divide the width.
        positions: characters that are read at once at most.
    """

    characters: int
    width: int = 192
    layers: int = 4
    heads: int = 4
    positions: int = 96

    def __post_init__(self) -> None:
        if min(self.characters, self.width, self.layers, self.heads, self.positions) < 1 or self.width % self.heads:
            raise ValueError(f"{self} has a size below 1, or a width that its heads do not divide")


class CharacterModel(nn.Module):
    """States of characters in their context, and guesses of hidden ones."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.characters, shape.width, padding_idx=PAD)
        self.places = nn.Embedding(shape.positions, shape.width)
        for table in (self.embedding, self.places):
            nn.init.normal_(table.weight, std=0.02)
        block = nn.TransformerEncoderLayer(
            shape.width,
            shape.heads,
            4 * shape.width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        norm = nn.LayerNorm(shape.width)
        self.blocks = nn.TransformerEncoder(block, shape.layers, norm, enable_nested_tensor=False)
        self.bias = nn.Parameter(torch.zeros(shape.characters))

    def forward(self, numbers: Tensor) -> Tensor:
        """The state of every character: (batch, characters) -> (batch, characters, width). Pads are not read."""
        embedded = self.embedding(numbers) + self.places.weight[: numbers.shape[1]]
        pads = numbers == PAD
        return self.blocks(embedded, src_key_padding_mask=pads if bool(pads.any()) else None)

    def guesses(self, states: Tensor) -> Tensor:
        """Logits of the character at some places: (places, width) -> (places, characters)."""
        return states @ self.embedding.weight.T + self.bias
