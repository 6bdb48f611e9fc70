# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Configs of the models that only training needs: text aligner, pitch extractor and discriminators."""

from typing import Literal

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import interval, positive_int_field

from ..layers.configuration_mlstm import require, require_odd


AlignmentSource = Literal["ctc", "attention"]


@strict
class TsukasaTextAlignerConfig(PreTrainedConfig):
    r"""The text aligner, which finds the text frames of every phoneme; used in training only.

    Args:
        vocab_size (`int`, *optional*, defaults to 178):
            Number of phoneme symbols; must equal that of [`TsukasaConfig`].
        num_mel_bins (`int`, *optional*, defaults to 80):
            Bands of the log-mel.
        num_mfcc (`int`, *optional*, defaults to 40):
            Cosine coefficients of the log-mel that the aligner reads.
        hidden_size (`int`, *optional*, defaults to 256):
            Channels of the convolutions.
        num_hidden_layers (`int`, *optional*, defaults to 6):
            Residual convolution stacks of the encoder.
        token_embedding_size (`int`, *optional*, defaults to 512):
            Width of the decoder's token embedding.
        attention_size (`int`, *optional*, defaults to 128):
            Width of the memory, of the attention and of the decoder's LSTM cell.
        num_location_filters (`int`, *optional*, defaults to 32):
            Filters of the location-sensitive attention.
        location_kernel_size (`int`, *optional*, defaults to 63):
            Their width, odd.
        group_norm_groups (`int`, *optional*, defaults to 8):
            Groups of the norms inside the residual stacks.
        mask_token_id (`int`, *optional*, defaults to 3):
            Id that replaces input tokens in training.
        mask_probability (`float`, *optional*, defaults to 0.1):
            Share of input tokens replaced in training.
        start_token_id (`int`, *optional*, defaults to 1):
            First input of the decoder.
        first_alignment_row (`int`, *optional*, defaults to 1):
            Row of the decoder's attention that belongs to the first token. Row i is the attention while token i is
            predicted, so 0 is right for an aligner that was trained by itself; the published system takes 1, and
            trains its aligner further together with the decoder until that is true.
        dropout (`float`, *optional*, defaults to 0.2):
            Probability of dropout inside the residual stacks.
        token_dropout (`float`, *optional*, defaults to 0.5):
            Dropout in front of the decoder's token logits.
        features (`dict[str, int]`, *optional*):
            Parameters of the log-mels it was trained on, see [`TsukasaAudioConfig.features`]; unknown when `None`.
        weight_norm (`bool`, *optional*, defaults to `False`):
            Whether the norms of training are present; see [`TsukasaConfig`].
    """

    model_type = "tsukasa_text_aligner"
    base_config_key = "text_aligner_config"

    vocab_size: int = positive_int_field(default=178)
    num_mel_bins: int = positive_int_field(default=80)
    num_mfcc: int = positive_int_field(default=40)
    hidden_size: int = positive_int_field(default=256)
    num_hidden_layers: int = positive_int_field(default=6)
    token_embedding_size: int = positive_int_field(default=512)
    attention_size: int = positive_int_field(default=128)
    num_location_filters: int = positive_int_field(default=32)
    location_kernel_size: int = positive_int_field(default=63)
    group_norm_groups: int = positive_int_field(default=8)
    mask_token_id: int = 3
    mask_probability: float | int = interval(min=0.0, max=1.0)(default=0.1)
    start_token_id: int = 1
    first_alignment_row: Literal[0, 1] = 1
    dropout: float | int = interval(min=0.0, max=1.0)(default=0.2)
    token_dropout: float | int = interval(min=0.0, max=1.0)(default=0.5)
    features: dict | None = None
    weight_norm: bool = False

    @property
    def alignment_source(self) -> AlignmentSource:
        """Head of the aligner in whose scores monotonic paths are searched.

        `"ctc"` for an aligner that was trained by itself, marked by `first_alignment_row=0`: its CTC head knows where
        one token ends and the next begins, its attention only one telling frame of each. `"attention"` for an aligner
        that was trained further with the decoder, as the published one, until its attention holds these borders.
        """
        return "ctc" if self.first_alignment_row == 0 else "attention"

    def validate_architecture(self):
        """Refuses even location filters, uneven groups and more coefficients than bands."""
        require_odd("text_aligner_config: location_kernel_size", self.location_kernel_size)
        require(
            self.hidden_size % self.group_norm_groups == 0,
            f"text_aligner_config: hidden_size ({self.hidden_size}) must be a multiple of group_norm_groups",
        )
        require(
            self.num_mfcc <= self.num_mel_bins,
            f"text_aligner_config: num_mfcc ({self.num_mfcc}) must not exceed num_mel_bins ({self.num_mel_bins})",
        )


@strict
class TsukasaPitchExtractorConfig(PreTrainedConfig):
    r"""The pitch extractor, which reads F0 from a log-mel; used in training only.

    Args:
        num_mel_bins (`int`, *optional*, defaults to 80):
            Bands of the log-mel; at least 32, which the blocks pool into one.
        hidden_sizes (`list[int]`, *optional*, defaults to `[64, 128, 192, 256]`):
            Channels of the first convolution block and of the three residual blocks.
        lstm_hidden_size (`int`, *optional*, defaults to 256):
            Width of each direction of the LSTM.
        dropout (`float`, *optional*, defaults to 0.2):
            Probability of dropout in front of the LSTMs.
        features (`dict[str, int]`, *optional*):
            Parameters of the log-mels it was trained on, see [`TsukasaAudioConfig.features`]; unknown when `None`.
        weight_norm (`bool`, *optional*, defaults to `False`):
            Whether the norms of training are present; see [`TsukasaConfig`].
    """

    model_type = "tsukasa_pitch_extractor"
    base_config_key = "pitch_extractor_config"

    num_mel_bins: int = positive_int_field(default=80)
    hidden_sizes: list[int] | tuple[int, ...] = (64, 128, 192, 256)
    lstm_hidden_size: int = positive_int_field(default=256)
    dropout: float | int = interval(min=0.0, max=1.0)(default=0.2)
    features: dict | None = None
    weight_norm: bool = False

    def validate_architecture(self):
        """Refuses a number of blocks other than the four of the JDC net."""
        require(len(self.hidden_sizes) == 4, "pitch_extractor_config: hidden_sizes must name four widths")


@strict
class TsukasaDiscriminatorConfig(PreTrainedConfig):
    r"""The discriminators of the waveform and of a speech language model's states; used in training only.

    Args:
        periods (`list[int]`, *optional*, defaults to `[2, 3, 5, 7, 11]`):
            Periods of the multi-period discriminator.
        period_channels (`list[int]`, *optional*, defaults to `[32, 128, 512, 1024, 1024]`):
            Channels of its convolutions.
        resolutions (`list`, *optional*, defaults to `[[1024, 120, 600], [2048, 240, 1200], [512, 50, 240]]`):
            n_fft, hop and window, in samples, of every discriminator on STFT magnitudes.
        resolution_channels (`int`, *optional*, defaults to 32):
            Channels of their convolutions.
        slm_hidden_size (`int`, *optional*, defaults to 1280):
            Width of the speech language model's hidden states.
        slm_num_layers (`int`, *optional*, defaults to 33):
            Number of its hidden states that are stacked (the embedding and every layer).
        slm_initial_channels (`int`, *optional*, defaults to 64):
            Channels of the first convolution of the discriminator on them.
        speech_language_model (`str`, *optional*, defaults to `"openai/whisper-large-v2"`):
            Name or folder of the frozen encoder.
        weight_norm (`bool`, *optional*, defaults to `False`):
            Whether the norms of training are present; see [`TsukasaConfig`].
    """

    model_type = "tsukasa_discriminators"
    base_config_key = "discriminator_config"

    periods: list[int] | tuple[int, ...] = (2, 3, 5, 7, 11)
    period_channels: list[int] | tuple[int, ...] = (32, 128, 512, 1024, 1024)
    resolutions: list | tuple = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
    resolution_channels: int = positive_int_field(default=32)
    slm_hidden_size: int = positive_int_field(default=1280)
    slm_num_layers: int = positive_int_field(default=33)
    slm_initial_channels: int = positive_int_field(default=64)
    speech_language_model: str = "openai/whisper-large-v2"
    weight_norm: bool = False

    def validate_architecture(self):
        """Refuses resolutions whose window does not fit the transform."""
        for n_fft, hop_length, win_length in self.resolutions:
            require(
                0 < hop_length <= win_length <= n_fft,
                f"discriminator_config: resolution ({n_fft}, {hop_length}, {win_length}) must have hop <= window "
                "<= n_fft",
            )


__all__ = ["AlignmentSource", "TsukasaDiscriminatorConfig", "TsukasaPitchExtractorConfig", "TsukasaTextAlignerConfig"]
