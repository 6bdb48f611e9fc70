# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From ids to the input of a transformer: prenets, and positions counted separately for text and audio."""

import math

import torch
from torch import nn

from .configuration_valle import VallEConfig


_PRENET_WIDTH = 256
_TEXT_PRENET_DROPOUT = 0.5
_AUDIO_PRENET_DROPOUT = 0.25


class VallEPosition(nn.Module):
    """Adds sines of the position, scaled by one value: `x + alpha * PE(position)`.

    `PE(t)[2i] = sin(t w_i)` and `PE(t)[2i + 1] = cos(t w_i)` with `w_i = 10000^(-2i / width)` (Vaswani et al. 2017).

    Args:
        hidden_size: width.
        is_learned: whether alpha is; where it is not, a checkpoint may still bring another value than 1.
    """

    alpha: torch.Tensor

    def __init__(self, hidden_size: int, is_learned: bool):
        super().__init__()
        if is_learned:
            self.alpha = nn.Parameter(torch.ones(1))
        else:
            self.register_buffer("alpha", torch.ones(1))
        self.hidden_size = hidden_size

    def forward(self, embeddings: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """embeddings (batch, steps, hidden_size), positions (batch or 1, steps) -> the shape of `embeddings`"""
        places = torch.arange(0, self.hidden_size, 2, device=embeddings.device, dtype=torch.float32)
        frequencies = torch.exp(places * -(math.log(10000.0) / self.hidden_size))
        angles = positions[..., None].float() * frequencies
        sines = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)
        return embeddings + self.alpha * sines.to(embeddings.dtype)


class VallETextPrenet(nn.Module):
    """Three times convolution, batch norm, ReLU and dropout, then a linear layer."""

    def __init__(self, hidden_size: int, reads_padding: bool):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv1d(hidden_size, hidden_size, 5, padding=2) for _ in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden_size) for _ in range(3))
        self.dropout = nn.Dropout(_TEXT_PRENET_DROPOUT)
        self.projection = nn.Linear(hidden_size, hidden_size)
        self.reads_padding = reads_padding

    def forward(self, embeddings: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """embeddings (batch, tokens, hidden_size), mask (batch, tokens), 1 for tokens -> the shape of `embeddings`"""
        states = embeddings.transpose(1, 2)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            if not self.reads_padding:
                states = states * mask[:, None].to(states.dtype)
            states = self.dropout(norm(convolution(states)).relu())
        return self.projection(states.transpose(1, 2))


class VallEAudioPrenet(nn.Sequential):
    """Three linear layers, with ReLU and dropout between them."""

    def __init__(self, hidden_size: int):
        super().__init__(
            nn.Linear(hidden_size, _PRENET_WIDTH),
            nn.ReLU(),
            nn.Dropout(_AUDIO_PRENET_DROPOUT),
            nn.Linear(_PRENET_WIDTH, _PRENET_WIDTH),
            nn.ReLU(),
            nn.Dropout(_AUDIO_PRENET_DROPOUT),
            nn.Linear(_PRENET_WIDTH, hidden_size),
        )


class VallEInputs(nn.Module):
    """Embeddings of text and language, prenets and positions: the input of one of the two networks.

    Embeddings of codes belong to the networks themselves, which look them up in different ways.

    Args:
        config: of the model.
        hidden_size: width of the network.
        is_autoregressive: whether it is the autoregressive network, which learns how loud positions are and drops out
            text.
    """

    def __init__(self, config: VallEConfig, hidden_size: int, is_autoregressive: bool):
        super().__init__()
        self.text_embedding = nn.Embedding(config.text_vocab_size, hidden_size)
        languages = config.num_languages
        self.language_embedding = nn.Embedding(languages, hidden_size) if languages else None
        has_prenet = config.add_prenet
        self.text_prenet = VallETextPrenet(hidden_size, config.prenet_reads_padding) if has_prenet else None
        self.audio_prenet = VallEAudioPrenet(hidden_size) if has_prenet else None
        self.text_position = VallEPosition(hidden_size, is_learned=is_autoregressive)
        self.audio_position = VallEPosition(hidden_size, is_learned=is_autoregressive)
        self.text_dropout = nn.Dropout(config.hidden_dropout if is_autoregressive else 0.0)
        self.audio_dropout = nn.Dropout(config.hidden_dropout)

    def text(
        self, text_ids: torch.Tensor, text_mask: torch.Tensor, language_ids: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Embeds a text.

        Args:
            text_ids: (batch, tokens).
            text_mask: (batch, tokens), 1 for tokens.
            language_ids: (batch, tokens), the language of every token; only with languages.

        Returns:
            (batch, tokens, hidden_size).

        Raises:
            ValueError: when languages are given to a model without them, or missing in one with them.
        """
        if (language_ids is None) != (self.language_embedding is None):
            raise ValueError(
                "this model has an embedding for every language: give `language_ids`"
                if language_ids is None
                else "this model has no languages: leave `language_ids` out"
            )
        embeddings = self.text_embedding(text_ids)
        if self.language_embedding is not None:
            embeddings = embeddings + self.language_embedding(language_ids)
        if self.text_prenet is not None:
            embeddings = self.text_prenet(embeddings, text_mask)
        return self.text_dropout(self.text_position(embeddings, positions_of(text_mask)))

    def audio(self, embeddings: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """embeddings of codes (batch, frames, hidden_size), positions (batch or 1, frames) -> the same shape"""
        if self.audio_prenet is not None:
            embeddings = self.audio_prenet(embeddings)
        return self.audio_dropout(self.audio_position(embeddings, positions))


def positions_of(mask: torch.Tensor) -> torch.Tensor:
    """Positions from 0 at the first real step, whichever side is padded; (batch, steps) -> the same shape."""
    places = torch.arange(mask.shape[1], device=mask.device)
    return (places - mask.int().argmax(dim=1, keepdim=True)).clamp(min=0)


__all__ = ["VallEInputs", "VallEPosition", "positions_of"]
