# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The parts of HierSpeech++'s synthesizer that only its training needs: posterior, a second prior, prosody decoder."""

from typing import Any

import torch
from torch import nn
from transformers import VitsConfig
from transformers.models.vits.modeling_vits import VitsEncoder

from ..layers.amp_blocks import AMPStage, StepsConv1d
from ..layers.placement import parameter_dtype
from ..layers.reparametrization import weight_normed
from ..layers.snake_beta import AntiAliasedSnakeBeta
from ..layers.strict_model import StrictPreTrainedModel
from .configuration_hierspeech import HierSpeechConfig
from .semantic_encoder import HierSpeechSemanticEncoder
from .wavenet import HierSpeechWaveNet


NUM_PROSODY_BANDS = 20
"""Lowest bands of the log-mel, which the prosody decoder predicts."""

_EDGE_KERNEL = 7
_FIRST_WIDTH = 16
_WIDTHS, _STRIDES, _KERNELS = (32, 64, 128), (8, 5, 4, 2), (17, 10, 8, 4)
_STAGE_KERNELS = (3, 7, 11)
_PROSODY: dict[str, Any] = {
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "window_size": 4,
    "ffn_kernel_size": 5,
}


class HierSpeechAcousticEncoder(nn.Module):
    """Posterior of latent states from a waveform and its power spectrum.

    Args:
        config: of the synthesizer.
    """

    def __init__(self, config: HierSpeechConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.input_conv = StepsConv1d(1, _FIRST_WIDTH, _EDGE_KERNEL)
        widths = (_FIRST_WIDTH, *_WIDTHS, size)
        self.downsamples = nn.ModuleList(
            weight_normed(StepsConv1d(before, after, kernel, stride=stride))
            for before, after, kernel, stride in zip(widths[:-1], widths[1:], _KERNELS, _STRIDES, strict=True)
        )
        self.stages = nn.ModuleList(AMPStage(width, _STAGE_KERNELS, config.resblock_dilations) for width in widths[1:])
        self.activation = AntiAliasedSnakeBeta(size)
        self.waveform_projection = StepsConv1d(size, size, _EDGE_KERNEL)
        self.spectrum_projection = StepsConv1d(config.n_fft // 2 + 1, size, 1)
        self.spectrum_encoder = HierSpeechWaveNet(size, 2 * config.num_wavenet_layers, config.speaker_size)
        self.projection = StepsConv1d(2 * size, 2 * size, 1)

    def forward(
        self, waveform: torch.Tensor, power_spectrum: torch.Tensor, speaker: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encodes; nothing may be padded, as with crops of one length.

        Args:
            waveform: (batch, 320 * frames).
            power_spectrum: (batch, frames, n_fft // 2 + 1).
            speaker: (batch, speaker_size).

        Returns:
            Mean and logarithm of the deviation, (batch, frames, hidden_size).
        """
        read = self.encode_waveform(waveform)[-1]
        joined = torch.cat([self.encode_spectrum(power_spectrum, speaker), read], dim=2)
        return self.projection(joined).chunk(2, dim=2)

    def encode_waveform(self, waveform: torch.Tensor) -> list[torch.Tensor]:
        """The results of all stages, and last that of the branch, (batch, frames, hidden_size)"""
        states, results = self.input_conv(waveform[:, :, None]), []
        for downsample, stage in zip(self.downsamples, self.stages, strict=True):
            states = stage(downsample(states))
            results.append(states)
        return [*results, self.waveform_projection(self.activation(states))]

    def encode_spectrum(self, power_spectrum: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """(batch, frames, bins) -> (batch, frames, hidden_size)"""
        mask = power_spectrum.new_ones(*power_spectrum.shape[:2], 1)
        return self.spectrum_encoder(self.spectrum_projection(power_spectrum), mask, speaker)


class HierSpeechProsodyDecoder(nn.Module):
    """The lowest bands of the log-mel from latent states, which keeps prosody in them.

    Args:
        config: of the synthesizer.
    """

    def __init__(self, config: HierSpeechConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.input_conv = StepsConv1d(size, size, 3)
        self.speaker_projection = StepsConv1d(config.speaker_size, size, 1)
        layers = VitsConfig(hidden_size=size, ffn_dim=4 * size, hidden_act="relu", layerdrop=0.0, **_PROSODY)
        layers._attn_implementation = "eager"
        self.encoder = VitsEncoder(layers)
        self.projection = StepsConv1d(size, NUM_PROSODY_BANDS, 1, bias=False)

    def forward(self, latent: torch.Tensor, speaker: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Predicts.

        Args:
            latent: (batch, frames, hidden_size), zero in the padding.
            speaker: (batch, speaker_size).
            mask: (batch, frames, 1), 1 for real frames.

        Returns:
            (batch, frames, 20), zero in the padding.
        """
        return self.projection(self.encode(self.read(latent, speaker), mask)) * mask

    def read(self, latent: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """(batch, frames, hidden_size) -> the same"""
        return self.input_conv(latent) + self.speaker_projection(speaker[:, None])

    def encode(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, frames, hidden_size) -> the same"""
        return self.encoder(states, padding_mask=mask, attention_mask=mask[:, :, 0])[0]


class HierSpeechTrainingParts(StrictPreTrainedModel):
    """Posterior, second prior and prosody decoder, in a folder beside the model that speaks.

    Args:
        config ([`HierSpeechConfig`]): of the synthesizer.
    """

    config: HierSpeechConfig
    config_class = HierSpeechConfig
    base_model_prefix = "training_parts"
    main_input_name = "waveform"
    input_modalities = ["audio"]
    supports_gradient_checkpointing = False
    _supports_sdpa = True

    def __init__(self, config: HierSpeechConfig) -> None:
        super().__init__(config)
        self.acoustic_encoder = HierSpeechAcousticEncoder(config)
        self.related_encoder = HierSpeechSemanticEncoder(config)
        self.prosody_decoder = HierSpeechProsodyDecoder(config)
        self.post_init()

    def forward(
        self, waveform: torch.Tensor, power_spectrum: torch.Tensor, speaker: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The posterior: see `HierSpeechAcousticEncoder.forward`."""
        dtype = parameter_dtype(self)
        return self.acoustic_encoder(waveform.to(dtype), power_spectrum.to(dtype), speaker.to(dtype))


__all__ = ["NUM_PROSODY_BANDS", "HierSpeechAcousticEncoder", "HierSpeechProsodyDecoder", "HierSpeechTrainingParts"]
