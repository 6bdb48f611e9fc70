# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The acoustic text encoder: phonemes to the states from which the decoder speaks."""

import torch
from torch import nn
from torch.nn import functional as F

from ...layers.masking import MaskedLSTM
from ...layers.mlstm import MLSTMStack
from ...layers.reparametrization import weight_normed
from ..configuration_tsukasa import TsukasaTextEncoderConfig


class TsukasaTextConvLayer(nn.Module):
    """Convolution over tokens, layer norm over channels, leaky ReLU and dropout."""

    def __init__(self, config: TsukasaTextEncoderConfig):
        super().__init__()
        size, kernel = config.hidden_size, config.conv_kernel_size
        self.conv = weight_normed(nn.Conv1d(size, size, kernel, padding=kernel // 2))
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, tokens, hidden_size), mask (batch, tokens, 1) -> the shape of `hidden_states`, masked"""
        convolved = self.conv(hidden_states.transpose(1, 2)).transpose(1, 2)
        return self.dropout(F.leaky_relu(self.norm(convolved), 0.2)) * mask


class TsukasaTextEncoder(nn.Module):
    """Embedding, convolutions and a recurrence over the tokens of an utterance.

    The recurrence is mLSTM blocks between two projections, or one bidirectional LSTM (StyleTTS 2, Li et al. 2023).
    """

    def __init__(self, config: TsukasaTextEncoderConfig):
        super().__init__()
        self.embedding = nn.Embedding(config.vocab_size, config.hidden_size)
        self.conv_layers = nn.ModuleList(TsukasaTextConvLayer(config) for _ in range(config.num_conv_layers))
        self.is_lstm = config.recurrence == "lstm"
        if self.is_lstm:
            self.lstm = MaskedLSTM(config.hidden_size, config.hidden_size // 2, batch_first=True, bidirectional=True)
        else:
            self.in_projection = nn.Linear(config.hidden_size, config.mlstm_hidden_size)
            self.mlstm = MLSTMStack(config.mlstm_config, config.mlstm_hidden_size)
            self.out_projection = nn.Linear(config.mlstm_hidden_size, config.hidden_size)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Encodes phonemes.

        Args:
            input_ids: (batch, tokens).
            attention_mask: (batch, tokens), 1 for real tokens.

        Returns:
            (batch, tokens, hidden_size), zero in the padding.
        """
        embedded = self.embedding(input_ids)
        mask = attention_mask[..., None].to(embedded.dtype)
        hidden_states = embedded * mask
        for layer in self.conv_layers:
            hidden_states = layer(hidden_states, mask)
        if self.is_lstm:
            return self.lstm(hidden_states, attention_mask)
        hidden_states = self.mlstm(self.in_projection(hidden_states))
        return self.out_projection(hidden_states) * mask
