# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The interface between `generate()` and the model it speaks with."""

from collections.abc import Callable
from typing import Protocol

import torch
from transformers import GenerationConfig

from ..configuration_tsukasa import TsukasaConfig
from ..outputs import SpokenStates
from ..prosody.prosody_predictor import TsukasaProsodyPredictor
from ..style.kotodama import TsukasaKotodamaEncoder
from ..style.style_diffusion import TsukasaStyleDiffusion
from .voices import TsukasaVoices


class SpeakingModel(Protocol):
    """Members of a model that speaking reads. It writes none, so that several threads may speak with one model."""

    config: TsukasaConfig
    generation_config: GenerationConfig
    prosody_predictor: TsukasaProsodyPredictor
    style_diffusion: TsukasaStyleDiffusion | None
    prompt_encoder: TsukasaKotodamaEncoder | None
    text_sampler: TsukasaKotodamaEncoder | None

    @property
    def device(self) -> torch.device:
        """Device of the weights."""

    @property
    def style_sampler(self) -> TsukasaStyleDiffusion:
        """The style diffusion; a ValueError for a model without it."""

    @property
    def voices(self) -> TsukasaVoices:
        """Styles by name."""

    def encode_text(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Text states for the decoder, and PL-BERT's states."""

    def encode_reference(self, input_features: torch.Tensor, input_features_mask: torch.Tensor | None) -> torch.Tensor:
        """Style vectors (clips, 2 * style_dim) of log-mels."""

    def encode_prosody(
        self, plbert_hidden_states: torch.Tensor, style_vector: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """States from which durations and contours are predicted."""

    def sample_styles(
        self,
        plbert_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor,
        reference_style: torch.Tensor | None,
        noise: torch.Tensor,
        ancestral_noise: torch.Tensor | None = None,
        diffusion_steps: int = 5,
        guidance_scale: float = 1.0,
    ) -> torch.Tensor:
        """Styles drawn by diffusion."""

    def speak_states(
        self,
        text_hidden_states: torch.Tensor,
        prosodic_text_hidden_states: torch.Tensor,
        style_vector: torch.Tensor,
        durations: torch.Tensor | None = None,
        alignment: torch.Tensor | None = None,
        f0: torch.Tensor | None = None,
        energy: torch.Tensor | None = None,
        noise_scale: float | None = None,
        generator: torch.Generator | list[torch.Generator] | None = None,
        reshape_f0: Callable[[torch.Tensor], torch.Tensor] | None = None,
        is_decoded: bool = True,
    ) -> SpokenStates:
        """The waveform of encoded text, with its contours."""


__all__ = ["SpeakingModel"]
