# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Scores candidates by a contrastive model of speech and text."""

from typing import Protocol

import torch
from torch.nn.utils.rnn import pad_sequence

from ...layers.masking import lengths_to_mask
from ..configuration_tsukasa import TsukasaConfig
from ..training_models.aligner_features import aligner_log_mel


CLVP_MODEL_TYPE = "tsukasa_clvp"


class ContrastiveModel(Protocol):
    """A `TsukasaClvpModel`, which is another family and loaded by its config."""

    config: object

    def to(self, device: torch.device) -> object: ...

    def get_text_features(self, input_ids: torch.Tensor) -> torch.Tensor: ...

    def get_speech_features(self, input_features: torch.Tensor, input_features_mask: torch.Tensor) -> torch.Tensor: ...


class ClvpReranker:
    """Cosine similarity of speech and its text, -1 to 1, by a `TsukasaClvpModel` of log-mels.

    Args:
        network: in evaluation mode.
        config: of the model whose speech is scored.

    Raises:
        ValueError: when it takes codes, was trained with other log-mels or phonemes, or knows fewer symbols.
    """

    def __init__(self, network: ContrastiveModel, config: TsukasaConfig) -> None:
        own = network.config
        if getattr(own, "speech_input", None) != "mel":
            raise ValueError(
                "this reranker scores codes of a codec, but the model speaks waveforms: take one of log-mels"
            )
        config.audio_config.check_features(getattr(own, "features", None), "the reranker")
        profile = getattr(own, "text_profile", None)
        if profile is not None and profile != config.text_profile:
            raise ValueError(
                f"the reranker was trained with phonemes of profile '{profile}', but the model has "
                f"'{config.text_profile}': take one that was trained for it"
            )
        symbols = own.text_config.vocab_size  # type: ignore[attr-defined]
        if symbols < config.vocab_size:
            raise ValueError(f"the reranker knows {symbols} symbols, but the model has {config.vocab_size}")
        self.network, self.audio_config = network, config.audio_config

    @torch.no_grad()
    def __call__(self, waveforms: list[torch.Tensor], input_ids: torch.Tensor) -> torch.Tensor:
        """Similarities of waveforms (samples,) to the phonemes (tokens,): (waveforms,) float32."""
        device = waveforms[0].device
        self.network.to(device)
        mels = [aligner_log_mel(one.float().cpu().numpy(), self.audio_config, device) for one in waveforms]
        lengths = torch.tensor([mel.shape[1] for mel in mels], device=device)
        padded = pad_sequence([mel.T for mel in mels], batch_first=True).transpose(1, 2)
        spoken = self.network.get_speech_features(padded, lengths_to_mask(lengths, padded.shape[-1]))
        return (spoken @ self.network.get_text_features(input_ids[None].to(device)).T)[:, 0]


__all__ = ["CLVP_MODEL_TYPE", "ClvpReranker", "ContrastiveModel"]
