# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The config of the contrastive model of speech and text."""

from typing import Any, Literal

from huggingface_hub.dataclasses import strict
from transformers import ClvpEncoderConfig
from transformers.configuration_utils import PreTrainedConfig, SubConfigSpec
from transformers.utils.type_validators import positive_int_field

from ..layers.configuration_mlstm import require
from ..layers.typed_members import SubConfig, sub_config_field


_LEAST_ROTARY_SIZE = 32  # dimensions of a head to which transformers' encoder gives positions
_SMALL: dict[str, Any] = {
    "hidden_size": 128,
    "projection_dim": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": None,
    "eos_token_id": None,
}


@strict
class TsukasaClvpConfig(PreTrainedConfig):
    r"""A tower for phonemes and one for speech, whose embeddings are near each other when one is spoken in the other.

    Both are transformers' [`ClvpEncoder`].

    Args:
        text_config (`ClvpEncoderConfig`, *optional*):
            The tower of phonemes. What it leaves out is that of a small one: three layers of 128 channels, and as
            many symbols as Tsukasa has.
        speech_config (`ClvpEncoderConfig`, *optional*):
            The tower of speech, likewise. Its `vocab_size` is the number of codes where speech is codes.
        num_mel_bins (`int`, *optional*, defaults to 80):
            Bands of the log-mel, where speech is log-mels.
        projection_dim (`int`, *optional*, defaults to 128):
            Width of the embeddings; that of both towers.
        logit_scale_init_value (`float`, *optional*, defaults to 2.6592):
            Logarithm of the scale of similarities before training, ln(1 / 0.07).
        speech_input (`str`, *optional*, defaults to `"mel"`):
            `"mel"` for log-mels, of which two convolutions make a position of four frames, `"codes"` for the first
            codebook of a codec.
        features (`dict[str, int]`, *optional*):
            Parameters of the log-mels it was trained on; unknown when `None`.
        text_profile (`str`, *optional*):
            Profile of the phonemes it was trained on; unknown when `None`.
        initializer_range (`float`, *optional*, defaults to 0.02):
            Standard deviation of the initial weights of the convolutions.
    """

    model_type = "tsukasa_clvp"
    sub_configs_defaults = {
        "text_config": SubConfigSpec(config_class=ClvpEncoderConfig),
        "speech_config": SubConfigSpec(config_class=ClvpEncoderConfig),
    }

    text_config: SubConfig[ClvpEncoderConfig] = sub_config_field()
    speech_config: SubConfig[ClvpEncoderConfig] = sub_config_field()
    num_mel_bins: int = positive_int_field(default=80)
    projection_dim: int = positive_int_field(default=128)
    logit_scale_init_value: float = 2.6592
    speech_input: Literal["mel", "codes"] = "mel"
    features: dict[str, Any] | None = None
    text_profile: str | None = None
    initializer_range: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:
        # What a mapping does not name is that of the small tower, not of the published one.
        for name, vocab_size in (("text_config", 178), ("speech_config", 256)):
            given = getattr(self, name)
            if given is None or isinstance(given, dict):
                tower = {**_SMALL, "vocab_size": vocab_size, "projection_dim": self.projection_dim, **(given or {})}
                setattr(self, name, tower)
        super().__post_init__(**kwargs)

    def validate_architecture(self):
        """Refuses heads that are too narrow for rotary positions, and towers of different embeddings."""
        for name in ("text_config", "speech_config"):
            tower = getattr(self, name)
            heads, width = tower.num_attention_heads, tower.hidden_size
            rotary = max(tower.projection_dim // (2 * heads), _LEAST_ROTARY_SIZE)
            require(
                width % heads == 0 and width // heads >= rotary,
                f"{name}: hidden_size ({width}) must be num_attention_heads ({heads}) times at least {rotary}, which "
                "rotary positions take with this projection_dim",
            )
            require(
                tower.projection_dim == self.projection_dim,
                f"{name}.projection_dim ({tower.projection_dim}) must equal projection_dim ({self.projection_dim})",
            )


__all__ = ["TsukasaClvpConfig"]
