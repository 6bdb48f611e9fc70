# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The prosody predictor: durations, F0 and energy from the text and the prosodic style."""

import torch
from torch import nn
from transformers import initialization as init

from ...layers.adaptive_norms import AdaptiveLayerNorm, AdaptiveResidualBlock
from ...layers.masking import MaskedLSTM
from ...layers.mlstm import MLSTMStack
from ...layers.precise_layers import Float32Conv1d
from ...layers.typed_members import ModuleListOf
from ..configuration_tsukasa import TsukasaProsodyPredictorConfig


# Where an untrained F0 curve lies and how far it strays, in Hz. With the usual weights around zero, training would
# need tens of thousands of updates to reach the range of voices.
INITIAL_F0 = 150.0
INITIAL_F0_RANGE = 100.0

# Parts of the names of weights that begin at exactly zero: of gates of the mLSTM blocks, or the biases of the LSTMs.
_ZERO_AT_FIRST = ("forget_gate.weight", "duration_lstm.bias_", "contour_lstm.bias_")

# In front of the duration logits where an LSTM gives their states (StyleTTS 2).
_LSTM_DURATION_DROPOUT = 0.5


class TsukasaDurationEncoder(nn.Module):
    """Bidirectional LSTMs over tokens, with the prosodic style joined to the input of every layer."""

    def __init__(self, config: TsukasaProsodyPredictorConfig, style_dim: int):
        super().__init__()
        size = config.hidden_size
        self.lstms: ModuleListOf[MaskedLSTM] = ModuleListOf(
            MaskedLSTM(size + style_dim, size // 2, batch_first=True, bidirectional=True)
            for _ in range(config.num_layers)
        )
        self.norms = nn.ModuleList(AdaptiveLayerNorm(size, style_dim) for _ in range(config.num_layers))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, text_states: torch.Tensor, style: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(batch, tokens, hidden_size) -> (batch, tokens, hidden_size + style_dim), zero in the padding"""
        mask = attention_mask[..., None].to(text_states.dtype)
        repeated_style = style[:, None, :].expand(-1, text_states.shape[1], -1)
        states = torch.cat([text_states, repeated_style], dim=-1) * mask
        for lstm, norm in zip(self.lstms, self.norms, strict=True):
            hidden = self.dropout(lstm(states, attention_mask))
            states = torch.cat([norm(hidden, style), repeated_style], dim=-1) * mask
        return states


class TsukasaContour(nn.Module):
    """Three AdaIN residual blocks, the second upsampling to mel frames, and a projection to one value a frame.

    Args:
        start, spread: where an untrained curve lies and how far it strays.
    """

    def __init__(self, hidden_size: int, style_dim: int, dropout: float, start: float = 0.0, spread: float = 1.0):
        super().__init__()
        half = hidden_size // 2
        self.blocks = nn.ModuleList(
            [
                AdaptiveResidualBlock(hidden_size, hidden_size, style_dim, dropout=dropout),
                AdaptiveResidualBlock(hidden_size, half, style_dim, upsample=True, dropout=dropout),
                AdaptiveResidualBlock(half, half, style_dim, dropout=dropout),
            ]
        )
        # In float32, since half precision would put the pitch off by several cents.
        self.curve_projection = Float32Conv1d(half, 1, 1)
        self.start, self.spread = start, spread

    def initialize_parameters(self):
        bound = self.spread / self.curve_projection.in_channels**0.5
        init.uniform_(self.curve_projection.weight, -bound, bound)
        if self.curve_projection.bias is not None:
            init.constant_(self.curve_projection.bias, self.start)

    def forward(self, hidden_states: torch.Tensor, style: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """(batch, channels, text_frames) -> (batch, mel_frames), float32 and zero in the padding"""
        for block in self.blocks:
            hidden_states = block(hidden_states, style, mask)
            if mask is not None and hidden_states.shape[-1] != mask.shape[-1]:
                mask = mask.repeat_interleave(hidden_states.shape[-1] // mask.shape[-1], dim=-1)
        curve = self.curve_projection(hidden_states)
        return (curve if mask is None else curve * mask)[:, 0].float()


class TsukasaProsodyPredictor(nn.Module):
    """Durations over tokens, then F0 and energy over frames.

    A recurrence reads the tokens, and another one the frames: mLSTM blocks, whose states one projection brings to
    `hidden_size`, or a bidirectional LSTM of that size (StyleTTS 2, Li et al. 2023).
    """

    def __init__(self, config: TsukasaProsodyPredictorConfig, style_dim: int):
        super().__init__()
        size = config.hidden_size
        self.is_lstm = config.recurrence == "lstm"
        self.duration_encoder = TsukasaDurationEncoder(config, style_dim)
        if self.is_lstm:
            self.duration_lstm = MaskedLSTM(size + style_dim, size // 2, batch_first=True, bidirectional=True)
            self.contour_lstm = MaskedLSTM(size + style_dim, size // 2, batch_first=True, bidirectional=True)
            self.duration_dropout = nn.Dropout(_LSTM_DURATION_DROPOUT)
        else:
            self.duration_mlstm = MLSTMStack(config.mlstm_config, size + style_dim)
            self.contour_mlstm = MLSTMStack(config.mlstm_config, size + style_dim)
            self.shared_projection = nn.Linear(size + style_dim, size)
        self.duration_projection = nn.Linear(size, config.max_duration)
        self.f0_contour = TsukasaContour(size, style_dim, config.dropout, INITIAL_F0, INITIAL_F0_RANGE)
        self.energy_contour = TsukasaContour(size, style_dim, config.dropout)

    def is_trained(self) -> bool:
        """Whether it has ever learned: the weights of forget gates (mLSTM) or the biases (LSTM) begin at exactly zero.

        Weights that are kept elsewhere for the time being (offloaded, on device "meta") are taken as learned.
        """
        weights = [weight for name, weight in self.named_parameters() if any(part in name for part in _ZERO_AT_FIRST)]
        return any(weight.is_meta or bool(weight.any()) for weight in weights)

    @property
    def duration_recurrence(self) -> nn.Module:
        """The recurrence over tokens, from which durations are predicted."""
        return self.duration_lstm if self.is_lstm else self.duration_mlstm

    def encode(self, text_states: torch.Tensor, style: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Joins text states with the style, for durations and contours to be predicted from.

        (batch, tokens, hidden_size) -> (batch, tokens, hidden_size + style_dim)
        """
        return self.duration_encoder(text_states, style, attention_mask)

    def predict_durations(self, encoded: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        """Predicts durations.

        Args:
            encoded: (batch, tokens, hidden_size + style_dim), see `encode`.
            attention_mask: (batch, tokens), 1 for real tokens; `None` when nothing is padded.

        Returns:
            Duration logits (batch, tokens, max_duration): the sum of their sigmoids is the duration in text frames.
        """
        if self.is_lstm:
            states = self.duration_dropout(self.duration_lstm(encoded, attention_mask))
        else:
            states = self.shared_projection(self.duration_mlstm(encoded))
        return self.duration_projection(states).float()

    def predict_f0_and_energy(
        self, expanded: torch.Tensor, style: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Predicts both contours.

        Args:
            expanded: encoded tokens, each repeated for its duration, (batch, text_frames, hidden_size + style_dim).
            style: prosodic style (batch, style_dim).
            mask: (batch, 1, text_frames), 1 for real frames; `None` when nothing is padded.

        Returns:
            F0 in Hz and energy (log norm of the mel), both (batch, mel_frames).
        """
        if self.is_lstm:
            states = self.contour_lstm(expanded, None if mask is None else mask[:, 0]).transpose(1, 2)
        else:
            states = self.shared_projection(self.contour_mlstm(expanded)).transpose(1, 2)
        if mask is not None:
            states = states * mask
        return self.f0_contour(states, style, mask), self.energy_contour(states, style, mask)
