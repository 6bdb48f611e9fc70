# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The prior of latent states: self-supervised features and F0, each through its own layers."""

import torch
from torch import nn

from ..layers.amp_blocks import StepsConv1d
from .configuration_hierspeech import F0_PER_FRAME, HierSpeechConfig
from .wavenet import HierSpeechWaveNet


_F0_KERNEL = 9


class HierSpeechSemanticEncoder(nn.Module):
    """Mean and logarithm of the deviation of latent states.

    Args:
        config: of the synthesizer.
    """

    def __init__(self, config: HierSpeechConfig) -> None:
        super().__init__()
        size, layers, speaker_size = config.hidden_size, config.num_wavenet_layers, config.speaker_size
        self.feature_projection = StepsConv1d(config.feature_size, size, 1)
        self.f0_conv = nn.Conv1d(1, size, _F0_KERNEL, stride=F0_PER_FRAME, padding=_F0_KERNEL // 2)
        self.feature_encoder = HierSpeechWaveNet(size, layers, speaker_size)
        self.f0_encoder = HierSpeechWaveNet(size, layers, speaker_size)
        self.joint_encoder = HierSpeechWaveNet(size, layers, speaker_size)
        self.projection = StepsConv1d(size, 2 * size, 1)

    def forward(
        self, features: torch.Tensor, log_f0: torch.Tensor, speaker: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encodes.

        Args:
            features: (batch, frames, feature_size).
            log_f0: logarithm of F0 in Hz plus 1, (batch, 4 * frames), zero where unvoiced and in the padding.
            speaker: (batch, speaker_size).
            mask: (batch, frames, 1), 1 for real frames.

        Returns:
            Mean and logarithm of the deviation, (batch, frames, hidden_size), zero in the padding.
        """
        joint = self.encode_features(features, speaker, mask) + self.encode_f0(log_f0, speaker, mask)
        return (self.projection(self.joint_encoder(joint, mask, speaker)) * mask).chunk(2, dim=2)

    def encode_features(self, features: torch.Tensor, speaker: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The branch of the features: (batch, frames, hidden_size)"""
        return self.feature_encoder(self.feature_projection(features) * mask, mask, speaker)

    def encode_f0(self, log_f0: torch.Tensor, speaker: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The branch of F0: (batch, frames, hidden_size)"""
        states = self.f0_conv(log_f0[:, None]).transpose(1, 2).contiguous()
        return self.f0_encoder(states * mask, mask, speaker)


__all__ = ["HierSpeechSemanticEncoder"]
