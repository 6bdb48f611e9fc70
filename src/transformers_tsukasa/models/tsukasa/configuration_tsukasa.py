# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The config of the Tsukasa model, with a sub-config for each of its parts."""

import os
from typing import Any, Literal

import yaml
from huggingface_hub.dataclasses import strict
from huggingface_hub.errors import StrictDataclassError
from transformers import AutoConfig
from transformers.configuration_utils import PreTrainedConfig, SubConfigSpec
from transformers.utils.type_validators import interval, positive_int_field

from ...bundled import find_config
from ...hub import HubShimConfigMixin
from ...model_folders import check_config_place, is_preset
from ...text.accents.sources import accent_source_of
from ..layers.configuration_mlstm import TsukasaMLSTMConfig, require
from ..layers.typed_members import SubConfig, optional_part_field, sub_config_field
from .configuration_audio import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig, TsukasaDecoderConfig
from .configuration_parts import (
    TsukasaKotodamaConfig,
    TsukasaPLBertConfig,
    TsukasaProsodyPredictorConfig,
    TsukasaStyleDiffusionConfig,
    TsukasaStyleEncoderConfig,
    TsukasaTextEncoderConfig,
)
from .configuration_training import TsukasaDiscriminatorConfig, TsukasaPitchExtractorConfig, TsukasaTextAlignerConfig


@strict
class TsukasaConfig(HubShimConfigMixin, PreTrainedConfig):
    r"""The Tsukasa model: one config with a sub-config for each of its parts.

    A sub-config may be given as a config, as a mapping of its arguments, or omitted for its defaults.

    Args:
        audio_config (`TsukasaAudioConfig`, *optional*):
            Sampling rate and log-mel.
        text_encoder_config (`TsukasaTextEncoderConfig`, *optional*):
            The acoustic text encoder.
        plbert_config (`TsukasaPLBertConfig`, *optional*):
            The phoneme language model, transformers' ALBERT.
        style_encoder_config (`TsukasaStyleEncoderConfig`, *optional*):
            Both style encoders; `None` for a model without them, which takes no clips.
        prosody_predictor_config (`TsukasaProsodyPredictorConfig`, *optional*):
            Durations, F0 and energy.
        style_diffusion_config (`TsukasaStyleDiffusionConfig`, *optional*):
            The style sampler; `None` for a model without it, which needs a style to speak.
        decoder_config (`TsukasaDecoderConfig`, *optional*):
            Decoder, source and generator.
        prompt_encoder_config (`TsukasaKotodamaConfig`, *optional*):
            Style from a written description; `None` omits the part.
        text_sampler_config (`TsukasaKotodamaConfig`, *optional*):
            Style from the text itself; `None` omits the part.
        text_aligner_config (`TsukasaTextAlignerConfig`, *optional*):
            The aligner, used in training.
        pitch_extractor_config (`TsukasaPitchExtractorConfig`, *optional*):
            The pitch extractor, used in training.
        discriminator_config (`TsukasaDiscriminatorConfig`, *optional*):
            The discriminators, used in training.
        style_dim (`int`, *optional*, defaults to 128):
            Width of the acoustic and of the prosodic style; a style vector is both.
        vocab_size (`int`, *optional*, defaults to 178):
            Number of phoneme symbols.
        multispeaker (`bool`, *optional*, defaults to `True`):
            Whether the style sampler is conditioned on a reference; says nothing of a model without a sampler.
        text_profile (`str`, *optional*, defaults to `"legacy"`):
            How the front-end writes phonemes: `"legacy"` as the published Tsukasa checkpoints learned, `"clean"`
            without quirks, `"kokoro"` Japanese in the symbols of Kokoro, `"ipa"` not at all: texts must be phonemes.
        text_accent (`bool`, *optional*, defaults to `False`):
            Whether the front-end marks where the pitch rises and falls; only with `text_profile="clean"`.
        text_accent_source (`str`, *optional*):
            Where the accents of texts are from: `"learned"` by the accent model, or `"rules"` by those of the
            dictionary alone. Without it they are learned, but the rules' where `text_accent` marks them: models from
            before the accent model learned those.
        text_suffix_pad (`bool`, *optional*, defaults to `True`):
            Whether a pad stands after the phonemes too, as in every text that this package trains with; `False` in
            converted checkpoints, which were published to be spoken with one in front only.
        trailing_samples_cut (`int`, *optional*, defaults to 0):
            Samples cut at the end of every utterance (the original cuts 50).
        long_form_samples_cut (`int`, *optional*):
            Samples cut at the end of every segment of a text of several; `None` for as many as `trailing_samples_cut`.
            The published multi-speaker checkpoint of StyleTTS 2 cuts 100 there, and 50 of single texts.
        alignment_delay (`int`, *optional*, defaults to 0):
            Text frames, 0 or 1, by which the states of tokens come later on frames than their durations say, the first
            state repeated: the published HiFi-GAN checkpoints of StyleTTS 2 speak with 1.
        final_frames_added (`int`, *optional*, defaults to 0):
            Text frames that `generate()` adds to the predicted duration of the last token, except in long form: the
            published single-speaker checkpoint of StyleTTS 2 speaks with 5.
        weight_norm (`bool`, *optional*, defaults to `False`):
            Whether weight norm and spectral norm are present, for training; folded into the weights for inference.
        pad_token_id (`int`, *optional*, defaults to 0):
            Id of the padding symbol, which also stands at the ends of a text.
        initializer_range (`float`, *optional*, defaults to 0.02):
            Standard deviation of the initial weights of linear layers.
        tie_word_embeddings (`bool`, *optional*, defaults to `False`):
            Of transformers; no weights of this model are tied.
    """

    model_type = "tsukasa"
    sub_configs_defaults = {
        "audio_config": SubConfigSpec(config_class=TsukasaAudioConfig),
        "text_encoder_config": SubConfigSpec(config_class=TsukasaTextEncoderConfig),
        "plbert_config": SubConfigSpec(config_class=TsukasaPLBertConfig),
        "style_encoder_config": SubConfigSpec(config_class=TsukasaStyleEncoderConfig, optional=True),
        "prosody_predictor_config": SubConfigSpec(config_class=TsukasaProsodyPredictorConfig),
        "style_diffusion_config": SubConfigSpec(config_class=TsukasaStyleDiffusionConfig, optional=True),
        "decoder_config": SubConfigSpec(config_class=TsukasaDecoderConfig),
        "prompt_encoder_config": SubConfigSpec(config_class=TsukasaKotodamaConfig, optional=True),
        "text_sampler_config": SubConfigSpec(config_class=TsukasaKotodamaConfig, optional=True),
        "text_aligner_config": SubConfigSpec(config_class=TsukasaTextAlignerConfig),
        "pitch_extractor_config": SubConfigSpec(config_class=TsukasaPitchExtractorConfig),
        "discriminator_config": SubConfigSpec(config_class=TsukasaDiscriminatorConfig),
    }

    audio_config: SubConfig[TsukasaAudioConfig] = sub_config_field()
    text_encoder_config: SubConfig[TsukasaTextEncoderConfig] = sub_config_field()
    plbert_config: SubConfig[TsukasaPLBertConfig] = sub_config_field()
    style_encoder_config: SubConfig[TsukasaStyleEncoderConfig] | None = optional_part_field()
    prosody_predictor_config: SubConfig[TsukasaProsodyPredictorConfig] = sub_config_field()
    style_diffusion_config: SubConfig[TsukasaStyleDiffusionConfig] | None = optional_part_field()
    decoder_config: SubConfig[TsukasaDecoderConfig] = sub_config_field()
    prompt_encoder_config: SubConfig[TsukasaKotodamaConfig] | None = sub_config_field()
    text_sampler_config: SubConfig[TsukasaKotodamaConfig] | None = sub_config_field()
    text_aligner_config: SubConfig[TsukasaTextAlignerConfig] = sub_config_field()
    pitch_extractor_config: SubConfig[TsukasaPitchExtractorConfig] = sub_config_field()
    discriminator_config: SubConfig[TsukasaDiscriminatorConfig] = sub_config_field()
    style_dim: int = positive_int_field(default=128)
    vocab_size: int = positive_int_field(default=178)
    multispeaker: bool = True
    text_profile: Literal["legacy", "clean", "kokoro", "ipa"] = "legacy"
    text_accent: bool = False
    text_accent_source: Literal["learned", "rules"] | None = None
    text_suffix_pad: bool = True
    trailing_samples_cut: int = 0
    long_form_samples_cut: int | None = None
    alignment_delay: Literal[0, 1] = 0
    final_frames_added: int = 0
    weight_norm: bool = False
    pad_token_id: int | None = 0
    initializer_range: float = interval(min=0.0)(default=0.02)
    tie_word_embeddings: bool = False

    @property
    def sampling_rate(self) -> int:
        """Samples per second of the waveform; the text-to-speech pipeline reads it here."""
        return self.audio_config.sampling_rate

    @property
    def hidden_size(self) -> int:
        """Width of the text states."""
        return self.text_encoder_config.hidden_size

    @property
    def num_hidden_layers(self) -> int:
        """Number of mLSTM blocks of the text encoder, or 1 for its LSTM."""
        text = self.text_encoder_config
        return 1 if text.recurrence == "lstm" else text.mlstm_config.num_hidden_layers

    @property
    def num_attention_heads(self) -> int:
        """Heads of the text encoder's mLSTM, or 1 for its LSTM."""
        text = self.text_encoder_config
        return 1 if text.recurrence == "lstm" else text.mlstm_config.num_attention_heads

    @property
    def accent_source(self) -> str:
        """Where accents are from, see `text_accent_source`."""
        return accent_source_of(self.text_accent, self.text_accent_source)

    @property
    def samples_per_text_frame(self) -> int:
        """Samples of one text frame, the unit of durations."""
        return MEL_FRAMES_PER_TEXT_FRAME * self.audio_config.hop_length

    def get_text_config(self, decoder=None, encoder=None) -> "TsukasaConfig":
        """The config itself: no sub-config is a language model's."""
        return self

    def validate_architecture(self):
        """Refuses parts that do not fit each other."""
        generated = self.decoder_config.samples_per_mel_frame
        require(
            generated == self.audio_config.hop_length,
            f"decoder_config upsamples a mel frame to {generated} samples but audio_config.hop_length is "
            f"{self.audio_config.hop_length}: change upsample_rates (or istft_hop_length)",
        )
        require(
            self.decoder_config.output_size == self.decoder_config.upsample_initial_channel,
            f"decoder_config.output_size ({self.decoder_config.output_size}) must equal upsample_initial_channel "
            f"({self.decoder_config.upsample_initial_channel}), which it flows into",
        )
        require(
            self.text_encoder_config.hidden_size == self.prosody_predictor_config.hidden_size,
            f"text_encoder_config.hidden_size ({self.text_encoder_config.hidden_size}) must equal "
            f"prosody_predictor_config.hidden_size ({self.prosody_predictor_config.hidden_size})",
        )
        for name in ("text_encoder_config", "plbert_config", "text_aligner_config"):
            size = getattr(self, name).vocab_size
            require(size == self.vocab_size, f"{name}.vocab_size ({size}) must equal vocab_size ({self.vocab_size})")
        for name in ("text_aligner_config", "pitch_extractor_config"):
            bins = getattr(self, name).num_mel_bins
            require(
                bins == self.audio_config.num_mel_bins,
                f"{name}.num_mel_bins ({bins}) must equal audio_config.num_mel_bins "
                f"({self.audio_config.num_mel_bins})",
            )
        if self.style_encoder_config is not None:
            # Each block halves the bands, and a 5x5 convolution without padding closes the style encoder.
            bands, blocks = self.audio_config.num_mel_bins, self.style_encoder_config.num_blocks
            for _ in range(blocks):
                bands = (bands + 1) // 2
            require(
                bands >= 5,
                f"style_encoder_config.num_blocks ({blocks}) leaves {bands} of {self.audio_config.num_mel_bins} mel "
                "bands, but the last convolution needs 5",
            )
        require(
            not self.text_accent or self.text_profile == "clean",
            "text_accent needs text_profile 'clean': the published checkpoints know no accent marks",
        )
        for name in ("trailing_samples_cut", "long_form_samples_cut", "final_frames_added"):
            require((getattr(self, name) or 0) >= 0, f"{name} must not be negative")
        require(
            self.style_diffusion_config is None or self.style_diffusion_config.use_reference == self.multispeaker,
            "style_diffusion_config.use_reference must equal multispeaker",
        )


def build_config(values: dict[str, Any]) -> TsukasaConfig:
    """Builds a `TsukasaConfig` from plain values (a YAML or JSON preset), refusing unknown keys.

    Raises:
        ValueError: on an unknown key, naming it and the keys that exist there, and on impossible shapes.
    """
    _refuse_unknown_keys(values, TsukasaConfig, where="")
    try:
        return TsukasaConfig(**values)
    except StrictDataclassError as error:
        raise ValueError(str(error.__cause__ or error)) from error


def read_preset(path: str | os.PathLike) -> TsukasaConfig:
    """Reads a config from a YAML file, such as those in `configs/`, which come with the package: see `find_config`.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file does not hold a mapping, or holds an unknown key or an impossible shape.
    """
    file_path = find_config(path, "preset or model folder at")
    with open(file_path, encoding="utf-8") as file:
        try:
            values = yaml.safe_load(file)
        except yaml.YAMLError as error:
            raise ValueError(f"{path} is not YAML: {error}") from error
    require(isinstance(values, dict), f"{path} must be a mapping of config keys to values")
    try:
        return build_config(values)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_config(path: str | os.PathLike | None) -> TsukasaConfig:
    """The config of a preset file (.yaml) or of a model folder; that of the 24 kHz model for None.

    Raises:
        FileNotFoundError: when there is neither.
        ValueError: when the preset is wrong, or the folder holds a model of another kind.
    """
    if path is None:
        return TsukasaConfig()
    check_config_place(path)
    if is_preset(path) and not os.path.isdir(path):
        return read_preset(path)
    from ..strict_loading import check_model_type  # imports torch, which presets do not need

    check_model_type(path, TsukasaConfig.model_type)
    return TsukasaConfig.from_pretrained(path)


def _refuse_unknown_keys(values: dict[str, Any], config_class: type[PreTrainedConfig], where: str) -> None:
    known = set(config_class.__dataclass_fields__) - set(PreTrainedConfig.__dataclass_fields__) | {"pad_token_id"}
    for key, value in values.items():
        if key == "model_type":
            continue
        require(key in known, f"unknown key '{where}{key}'; {config_class.__name__} has: {', '.join(sorted(known))}")
        spec = config_class.sub_configs_defaults.get(key)
        if spec is not None and isinstance(value, dict) and spec.config_class is not AutoConfig:
            _refuse_unknown_keys(value, spec.config_class, where=f"{where}{key}.")


__all__ = [
    "MEL_FRAMES_PER_TEXT_FRAME",
    "TsukasaAudioConfig",
    "TsukasaConfig",
    "TsukasaDecoderConfig",
    "TsukasaDiscriminatorConfig",
    "TsukasaKotodamaConfig",
    "TsukasaMLSTMConfig",
    "TsukasaPLBertConfig",
    "TsukasaPitchExtractorConfig",
    "TsukasaProsodyPredictorConfig",
    "TsukasaStyleDiffusionConfig",
    "TsukasaStyleEncoderConfig",
    "TsukasaTextAlignerConfig",
    "TsukasaTextEncoderConfig",
    "build_config",
    "read_config",
    "read_preset",
]
