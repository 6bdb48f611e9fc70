# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The decoder of the text aligner: location-sensitive attention over frames (Chorowski et al. 2015)."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn
from transformers import initialization as init

from ...layers.placement import parameter_dtype
from ..configuration_tsukasa import TsukasaTextAlignerConfig


class _Attended(NamedTuple):
    """Everything that the steps of the decoder share, in the one dtype of the loop.

    Attributes:
        memory: (batch, text_frames, attention_size), the states of the encoder.
        keys: (batch, attention_size, text_frames).
        blocked: (batch, text_frames), minus infinity where nothing may be attended to, float32.
        cell: weights and biases of the LSTM cell.
        query: (attention_size, attention_size).
        location: (batch, attention_size, 2 * kernel), location filters and their projection joined.
        score: (batch, 1, attention_size).
    """

    memory: torch.Tensor
    keys: torch.Tensor
    blocked: torch.Tensor
    cell: tuple[torch.Tensor, ...]
    query: torch.Tensor
    location: torch.Tensor
    score: torch.Tensor


class _CellWeights(nn.LSTMCell):
    """An LSTM cell whose weights are read by a call, once for all steps: until then they may wait elsewhere."""

    def forward(self, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:  # type: ignore[override]
        return tuple(part.to(dtype) for part in (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh))


def _matrix(layer: nn.Module, size: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """The matrix (out, in) of a linear layer without bias: what the layer makes of the unit vectors, which is exact.

    Whatever adapts, replaces or watches the layer has its part in it, as it would not in the layer's weight.
    """
    return layer(torch.eye(size, dtype=dtype, device=device)).T.contiguous()


class TsukasaAlignerDecoder(nn.Module):
    """Predicts the phonemes one by one, with the true ones as input, and attends to the frames of each.

    Every step depends on the one before through the LSTM cell, the context and the attention weights. Everything else
    (embeddings, keys of the memory, logits) is computed for all tokens at once, outside the loop. Location filters and
    their projection are joined into one matrix, and frames are the last axis, so that a step compares all frames in
    one product. The loop runs without autocast, on weights that are cast once before it: autocast would cast every
    weight again for each token, and a step is a handful of operations that take longer to start than to run.
    """

    def __init__(self, config: TsukasaTextAlignerConfig):
        super().__init__()
        size, filters = config.attention_size, config.num_location_filters
        self.size, self.num_filters, self.location_kernel_size = size, filters, config.location_kernel_size
        self.start_token_id = config.start_token_id
        self.embedding = nn.Embedding(config.vocab_size, config.token_embedding_size)
        self.cell = _CellWeights(config.token_embedding_size + size, size)
        self.query = nn.Linear(size, size, bias=False)
        self.key = nn.Linear(size, size, bias=False)
        self.location_conv = nn.Conv1d(
            2, filters, config.location_kernel_size, padding=config.location_kernel_size // 2, bias=False
        )
        self.location_projection = nn.Linear(filters, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)
        self.hidden = nn.Linear(2 * size, size)
        self.dropout = nn.Dropout(config.token_dropout)
        self.token_head = nn.Linear(size, config.vocab_size)

    @torch.no_grad()
    def initialize_parameters(self):
        bound = math.sqrt(6.0 / self.embedding.embedding_dim)
        init.uniform_(self.embedding.weight, -bound, bound)

    def forward(
        self, memory: torch.Tensor, frame_mask: torch.Tensor, input_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Predicts phonemes, and attends to the frames of each.

        Args:
            memory: (batch, text_frames, attention_size), the states of the encoder.
            frame_mask: (batch, text_frames) bool, True for frames that may be attended to.
            input_ids: (batch, tokens), the phonemes spoken, without the start token.

        Returns:
            token logits (batch, tokens + 1, vocab_size) and attention (batch, tokens + 1, text_frames).
        """
        inputs = F.pad(input_ids, (1, 0), value=self.start_token_id)
        dtype = _autocast_dtype(memory)
        with torch.autocast(memory.device.type, enabled=False):
            attended = self._attended(memory.to(dtype), frame_mask)
            states, alignment = self._attend(attended, self.embedding(inputs).to(dtype))
        features = torch.tanh(self.hidden(states))
        return self.token_head(self.dropout(features)), alignment

    def _attended(self, memory: torch.Tensor, frame_mask: torch.Tensor) -> _Attended:
        batch, dtype = len(memory), memory.dtype
        blocked = torch.zeros(frame_mask.shape, dtype=torch.float32, device=memory.device)
        own = (parameter_dtype(self), memory.device)
        return _Attended(
            memory=memory,
            keys=F.linear(memory, _matrix(self.key, self.size, *own).to(dtype)).transpose(1, 2).contiguous(),
            blocked=blocked.masked_fill(~frame_mask, float("-inf")),
            cell=self.cell(dtype),
            query=_matrix(self.query, self.size, *own).to(dtype),
            location=self._location(*own).flatten(1).to(dtype).expand(batch, -1, -1),
            score=_matrix(self.score, self.size, *own).to(dtype).expand(batch, -1, -1),
        )

    def _location(self, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        """Location filters and their projection joined, (attention_size, 2, kernel): see `_matrix`."""
        impulses = torch.zeros(2, 2, self.location_kernel_size, dtype=dtype, device=device)
        impulses[(0, 1), (0, 1), self.location_kernel_size // 2] = 1.0
        filters = self.location_conv(impulses).flip(-1)  # (2, filters, kernel)
        projection = _matrix(self.location_projection, self.num_filters, dtype, device)
        return torch.einsum("af,cfk->ack", projection, filters)

    def _attend(self, attended: _Attended, embedded: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings (batch, tokens, size) to hidden states with contexts, and attention (batch, tokens, frames)."""
        memory = attended.memory
        batch, frames, size = memory.shape
        hidden = cell = context = memory.new_zeros(batch, size)
        padding = self.location_kernel_size // 2
        weights = cumulative = memory.new_zeros(batch, frames, dtype=torch.float32)
        margin = memory.new_zeros(batch, padding, dtype=torch.float32)
        hiddens, contexts, alignment = [], [], []
        for token in embedded.unbind(1):
            hidden, cell = torch.lstm_cell(torch.cat([token, context], dim=1), (hidden, cell), *attended.cell)
            history = torch.cat([margin, weights, margin, margin, cumulative, margin], dim=1)
            weights = self._weights(attended, hidden, history)
            cumulative = cumulative + weights
            context = torch.bmm(weights.to(memory.dtype)[:, None, :], memory)[:, 0]
            hiddens.append(hidden)
            contexts.append(context)
            alignment.append(weights)
        states = torch.cat([torch.stack(hiddens, dim=1), torch.stack(contexts, dim=1)], dim=-1)
        return states, torch.stack(alignment, dim=1)

    def _weights(self, attended: _Attended, hidden: torch.Tensor, history: torch.Tensor) -> torch.Tensor:
        """Attention of one token, (batch, text_frames), in float32.

        Args:
            hidden: (batch, attention_size), of the cell.
            history: (batch, 2 * padded frames) in float32, last and summed attention, each between margins of zeros.
        """
        batch, frames = attended.blocked.shape
        # Windows overlap, so that casting them copies each into its place.
        windows = history.view(batch, 2, -1).unfold(2, frames, 1).to(hidden.dtype).reshape(batch, -1, frames)
        compared = torch.baddbmm(attended.keys, attended.location, windows)
        compared = torch.tanh(compared + F.linear(hidden, attended.query)[:, :, None])
        return torch.softmax(torch.bmm(attended.score, compared)[:, 0] + attended.blocked, dim=-1)


def _autocast_dtype(tensor: torch.Tensor) -> torch.dtype:
    """The dtype in which autocast would multiply `tensor`, or its own dtype without autocast."""
    device = tensor.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else tensor.dtype


__all__ = ["TsukasaAlignerDecoder"]
