# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The prosody predictor: durations, F0 and energy from the text and the prosodic style."""

import torch
from torch import nn
from transformers import initialization as init

from ...layers.adaptive_norms import AdaptiveLayerNorm, AdaptiveResidualBlock
from ...layers.masking import OffloadableLSTM, run_masked_lstm
from ...layers.mlstm import MLSTMStack
from ...layers.precise_layers import Float32Conv1d
from ...layers.typed_members import ModuleListOf
from ..configuration_tsukasa import TsukasaProsodyPredictorConfig


# Where an untrained F0 curve lies and how far it strays, in Hz. With the usual weights around zero, training would
# need tens of thousands of updates to reach the range of voices.
INITIAL_F0 = 150.0
INITIAL_F0_RANGE = 100.0

# In the mLSTM blocks; these weights begin at exactly zero.
_FORGET_GATE = "forget_gate.weight"


class TsukasaDurationEncoder(nn.Module):
    """Bidirectional LSTMs over tokens, with the prosodic style joined to the input of every layer."""

    def __init__(self, config: TsukasaProsodyPredictorConfig, style_dim: int):
        super().__init__()
        size = config.hidden_size
        self.lstms: ModuleListOf[nn.LSTM] = ModuleListOf(
            OffloadableLSTM(size + style_dim, size // 2, batch_first=True, bidirectional=True)
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
            hidden = self.dropout(run_masked_lstm(lstm, states, attention_mask))
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
    """Durations over tokens, then F0 and energy over frames."""

    def __init__(self, config: TsukasaProsodyPredictorConfig, style_dim: int):
        super().__init__()
        size = config.hidden_size
        self.duration_encoder = TsukasaDurationEncoder(config, style_dim)
        self.duration_mlstm = MLSTMStack(config.mlstm_config, size + style_dim)
        self.contour_mlstm = MLSTMStack(config.mlstm_config, size + style_dim)
        self.shared_projection = nn.Linear(size + style_dim, size)
        self.duration_projection = nn.Linear(size, config.max_duration)
        self.f0_contour = TsukasaContour(size, style_dim, config.dropout, INITIAL_F0, INITIAL_F0_RANGE)
        self.energy_contour = TsukasaContour(size, style_dim, config.dropout)

    def is_trained(self) -> bool:
        """Whether it has ever learned: the weights of its forget gates begin at exactly zero.

        Weights that are kept elsewhere for the time being (offloaded, on device "meta") are taken as learned.
        """
        gates = [weight for name, weight in self.named_parameters() if _FORGET_GATE in name]
        return not gates or any(weight.is_meta or bool(weight.any()) for weight in gates)

    def encode(self, text_states: torch.Tensor, style: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Joins text states with the style, for durations and contours to be predicted from.

        (batch, tokens, hidden_size) -> (batch, tokens, hidden_size + style_dim)
        """
        return self.duration_encoder(text_states, style, attention_mask)

    def predict_durations(self, encoded: torch.Tensor) -> torch.Tensor:
        """Duration logits (batch, tokens, max_duration): the sum of their sigmoids is the duration in text frames."""
        return self.duration_projection(self.shared_projection(self.duration_mlstm(encoded))).float()

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
        states = self.shared_projection(self.contour_mlstm(expanded)).transpose(1, 2)
        if mask is not None:
            states = states * mask
        return self.f0_contour(states, style, mask), self.energy_contour(states, style, mask)
