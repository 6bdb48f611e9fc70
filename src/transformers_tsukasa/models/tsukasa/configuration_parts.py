# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Configs of the text and style side: text encoder, PL-BERT, prosody predictor and the sources of style."""

from typing import Literal

from huggingface_hub.dataclasses import strict
from transformers import AlbertConfig, AutoConfig
from transformers.configuration_utils import PreTrainedConfig, SubConfigSpec
from transformers.utils.type_validators import interval, positive_int_field

from ..layers.configuration_mlstm import TsukasaMLSTMConfig, require, require_odd
from ..layers.typed_members import SubConfig, sub_config_field


Recurrence = Literal["mlstm", "lstm"]


@strict
class TsukasaTextEncoderConfig(PreTrainedConfig):
    r"""The acoustic text encoder: embedding, convolutions and a recurrence.

    Args:
        mlstm_config (`TsukasaMLSTMConfig`, *optional*):
            The blocks; not used by `recurrence="lstm"`.
        recurrence (`str`, *optional*, defaults to `"mlstm"`):
            What reads the tokens in order: `"mlstm"` blocks between two projections, or one bidirectional `"lstm"`
            of width `hidden_size`, as in StyleTTS 2 and Kokoro.
        vocab_size (`int`, *optional*, defaults to 178):
            Number of phoneme symbols; must equal that of [`TsukasaConfig`].
        hidden_size (`int`, *optional*, defaults to 512):
            Width of the embedding, of the convolutions and of the text states.
        num_conv_layers (`int`, *optional*, defaults to 3):
            Convolution layers in front of the recurrence.
        conv_kernel_size (`int`, *optional*, defaults to 5):
            Their kernel width, odd.
        mlstm_hidden_size (`int`, *optional*, defaults to 256):
            Width of the mLSTM blocks; not used by `recurrence="lstm"`.
        dropout (`float`, *optional*, defaults to 0.2):
            Probability of dropout after every convolution layer.
    """

    model_type = "tsukasa_text_encoder"
    base_config_key = "text_encoder_config"
    sub_configs_defaults = {"mlstm_config": SubConfigSpec(config_class=TsukasaMLSTMConfig)}

    mlstm_config: SubConfig[TsukasaMLSTMConfig] = sub_config_field()
    recurrence: Recurrence = "mlstm"
    vocab_size: int = positive_int_field(default=178)
    hidden_size: int = positive_int_field(default=512)
    num_conv_layers: int = positive_int_field(default=3)
    conv_kernel_size: int = positive_int_field(default=5)
    mlstm_hidden_size: int = positive_int_field(default=256)
    dropout: float | int = interval(min=0.0, max=1.0)(default=0.2)

    def validate_architecture(self):
        """Refuses even kernels, and widths that the two directions of an LSTM cannot share."""
        require_odd("text_encoder_config: conv_kernel_size", self.conv_kernel_size)
        require(
            self.recurrence == "mlstm" or self.hidden_size % 2 == 0,
            f"text_encoder_config: hidden_size ({self.hidden_size}) must be even with recurrence 'lstm'",
        )


@strict
class TsukasaStyleEncoderConfig(PreTrainedConfig):
    r"""The style encoders, which turn a log-mel into an acoustic or a prosodic style; both have the same shape.

    Args:
        hidden_size (`int`, *optional*, defaults to 64):
            Channels of the first convolution; every residual block doubles them.
        max_hidden_size (`int`, *optional*, defaults to 512):
            Channels never exceed this.
        num_blocks (`int`, *optional*, defaults to 4):
            Residual blocks; each halves both axes of the log-mel.
    """

    model_type = "tsukasa_style_encoder"
    base_config_key = "style_encoder_config"

    hidden_size: int = positive_int_field(default=64)
    max_hidden_size: int = positive_int_field(default=512)
    num_blocks: int = positive_int_field(default=4)

    def validate_architecture(self):
        """Refuses a widest layer that is narrower than the first."""
        require(
            self.max_hidden_size >= self.hidden_size,
            f"style_encoder_config: max_hidden_size ({self.max_hidden_size}) must be at least hidden_size "
            f"({self.hidden_size})",
        )


@strict
class TsukasaProsodyPredictorConfig(PreTrainedConfig):
    r"""The prosody predictor: durations, F0 and energy from text states and the prosodic style.

    Args:
        mlstm_config (`TsukasaMLSTMConfig`, *optional*):
            The blocks of the duration stack and of the F0 and energy stack; not used by `recurrence="lstm"`.
        recurrence (`str`, *optional*, defaults to `"mlstm"`):
            What reads tokens for durations, and frames for F0 and energy: `"mlstm"` blocks, or a bidirectional
            `"lstm"` for each, as in StyleTTS 2 and Kokoro.
        hidden_size (`int`, *optional*, defaults to 512):
            Width of the text states and of the duration encoder.
        num_layers (`int`, *optional*, defaults to 3):
            Bidirectional LSTM layers of the duration encoder.
        max_duration (`int`, *optional*, defaults to 50):
            Longest duration of a token, in text frames: the number of duration logits.
        dropout (`float`, *optional*, defaults to 0.2):
            Probability of dropout in the duration encoder and in the F0 and energy stacks.
    """

    model_type = "tsukasa_prosody_predictor"
    base_config_key = "prosody_predictor_config"
    sub_configs_defaults = {"mlstm_config": SubConfigSpec(config_class=TsukasaMLSTMConfig)}

    mlstm_config: SubConfig[TsukasaMLSTMConfig] = sub_config_field()
    recurrence: Recurrence = "mlstm"
    hidden_size: int = positive_int_field(default=512)
    num_layers: int = positive_int_field(default=3)
    max_duration: int = positive_int_field(default=50)
    dropout: float | int = interval(min=0.0, max=1.0)(default=0.2)

    def validate_architecture(self):
        """Refuses widths that the two directions or the narrow half cannot share."""
        require(self.hidden_size % 2 == 0, f"prosody_predictor_config: hidden_size ({self.hidden_size}) must be even")


@strict
class TsukasaStyleDiffusionConfig(PreTrainedConfig):
    r"""The style sampler: a denoiser under EDM's preconditioning (Karras et al. 2022), and its noise schedule.

    Args:
        num_hidden_layers (`int`, *optional*, defaults to 3):
            Transformer blocks of the denoiser.
        num_attention_heads (`int`, *optional*, defaults to 8):
            Attention heads of every block.
        head_dim (`int`, *optional*, defaults to 64):
            Width of an attention head.
        feed_forward_multiplier (`int`, *optional*, defaults to 2):
            Width of the feed-forward layer over the hidden size.
        num_fourier_features (`int`, *optional*, defaults to 128):
            Learned frequencies of the time features.
        use_reference (`bool`, *optional*, defaults to `True`):
            Whether the denoiser sees the reference style (the multi-speaker variant).
        max_guidance_positions (`int`, *optional*, defaults to 512):
            Rows of the learned table that replaces the text states in classifier-free guidance.
        sigma_data (`float`, *optional*, defaults to 0.2):
            Standard deviation of the styles (EDM, Karras et al. 2022, table 1); estimate it with
            `estimate_sigma_data`.
        sigma_min (`float`, *optional*, defaults to 0.0001):
            Last noise level of the schedule.
        sigma_max (`float`, *optional*, defaults to 3.0):
            First noise level of the schedule.
        rho (`float`, *optional*, defaults to 9.0):
            Curvature of the schedule.
        log_sigma_mean (`float`, *optional*, defaults to -3.0):
            Mean of the logarithm of the noise levels drawn in training.
        log_sigma_std (`float`, *optional*, defaults to 1.0):
            Its standard deviation.
        condition_dropout (`float`, *optional*, defaults to 0.1):
            Probability with which training replaces the text states.
    """

    model_type = "tsukasa_style_diffusion"
    base_config_key = "style_diffusion_config"

    num_hidden_layers: int = positive_int_field(default=3)
    num_attention_heads: int = positive_int_field(default=8)
    head_dim: int = positive_int_field(default=64)
    feed_forward_multiplier: int = positive_int_field(default=2)
    num_fourier_features: int = positive_int_field(default=128)
    use_reference: bool = True
    max_guidance_positions: int = positive_int_field(default=512)
    sigma_data: float = interval(min=1e-8)(default=0.2)
    sigma_min: float = interval(min=1e-12)(default=1e-4)
    sigma_max: float = interval(min=1e-12)(default=3.0)
    rho: float = interval(min=1e-6)(default=9.0)
    log_sigma_mean: float = -3.0
    log_sigma_std: float = interval(min=0.0)(default=1.0)
    condition_dropout: float | int = interval(min=0.0, max=1.0)(default=0.1)

    def validate_architecture(self):
        """Refuses an empty schedule."""
        require(
            self.sigma_min < self.sigma_max,
            f"style_diffusion_config: sigma_min ({self.sigma_min}) must be less than sigma_max ({self.sigma_max})",
        )


@strict
class TsukasaKotodamaConfig(PreTrainedConfig):
    r"""A Kotodama encoder: a style from words.

    Args:
        encoder_config (`PreTrainedConfig`, *optional*):
            The transformers config of the backbone: DeBERTa-v2 for the prompt encoder, DistilBERT for the text
            sampler.
        head_hidden_size (`int`, *optional*, defaults to 512):
            Width of the hidden layer of the head.
    """

    model_type = "tsukasa_kotodama"
    # transformers allows several keys (its CLVP has two), though the annotation names one.
    base_config_key = ["prompt_encoder_config", "text_sampler_config"]  # type: ignore[assignment]
    sub_configs_defaults = {
        "encoder_config": SubConfigSpec(
            config_class=AutoConfig,
            model_type="deberta-v2",
            init_kwargs={
                "vocab_size": 96900,
                "hidden_size": 768,
                "num_hidden_layers": 12,
                "num_attention_heads": 12,
                "intermediate_size": 3072,
                "relative_attention": True,
                "position_buckets": 256,
                "max_relative_positions": -1,
                "pos_att_type": ["p2c", "c2p"],
                "share_att_key": True,
                "norm_rel_ebd": "layer_norm",
                "position_biased_input": False,
                "type_vocab_size": 0,
                "layer_norm_eps": 1e-7,
            },
        )
    }

    encoder_config: SubConfig[PreTrainedConfig] = sub_config_field()
    head_hidden_size: int = positive_int_field(default=512)


@strict
class TsukasaPLBertConfig(AlbertConfig):
    r"""The phoneme language model (PL-BERT, Li et al. 2023): transformers' ALBERT over phonemes.

    Arguments that are not listed are those of [`AlbertConfig`].

    Args:
        vocab_size (`int`, *optional*, defaults to 178):
            Number of phoneme symbols; must equal that of [`TsukasaConfig`].
        embedding_size (`int`, *optional*, defaults to 128):
            Width of the factorised embedding.
        hidden_size (`int`, *optional*, defaults to 768):
            Width of the hidden states.
        num_hidden_layers (`int`, *optional*, defaults to 12):
            Number of layers.
        num_attention_heads (`int`, *optional*, defaults to 12):
            Attention heads of every layer.
        intermediate_size (`int`, *optional*, defaults to 2048):
            Width of the feed-forward layers.
        max_position_embeddings (`int`, *optional*, defaults to 512):
            Number of positions; longer texts are read in overlapping windows of this size.
        hidden_dropout_prob (`float`, *optional*, defaults to 0.1):
            Probability of dropout on the hidden states.
        attention_probs_dropout_prob (`float`, *optional*, defaults to 0.1):
            Probability of dropout on the attention weights.
        bos_token_id (`int`, *optional*):
            Phonemes have no token for the beginning of a text.
        eos_token_id (`int`, *optional*):
            Phonemes have no token for the end of a text.
        num_hidden_groups (`int`, *optional*, defaults to 1):
            Groups of layers that share their weights.
        inner_group_num (`int`, *optional*, defaults to 1):
            Layers inside a group.
    """

    base_config_key = "plbert_config"

    vocab_size: int = 178
    embedding_size: int = 128
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 2048
    max_position_embeddings: int = 512
    hidden_dropout_prob: int | float = 0.1
    attention_probs_dropout_prob: int | float = 0.1
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None


__all__ = [
    "TsukasaKotodamaConfig",
    "TsukasaPLBertConfig",
    "TsukasaProsodyPredictorConfig",
    "TsukasaStyleDiffusionConfig",
    "TsukasaStyleEncoderConfig",
    "TsukasaTextEncoderConfig",
]
