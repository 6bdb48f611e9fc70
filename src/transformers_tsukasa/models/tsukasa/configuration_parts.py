# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The sub-configs of the voice's rooms; `configuration_tsukasa` puts them together and shows them under its own name.

Lengths are counted in three units: samples; mel frames of `hop_length` samples; and text frames of two mel frames, in
which durations and alignments are counted.
"""

import math
from typing import Literal

from huggingface_hub.dataclasses import strict
from transformers import AlbertConfig, AutoConfig
from transformers.configuration_utils import PreTrainedConfig, SubConfigSpec
from transformers.utils.type_validators import interval, positive_int_field


# One text frame is two mel frames: the decoder's last block and the F0 and energy stacks upsample by two.
MEL_FRAMES_PER_TEXT_FRAME = 2
CHECKPOINT = "Respair/Tsukasa_Speech"


def require(condition: bool, sentence: str) -> None:
    if not condition:
        raise ValueError(sentence)


def require_odd(name: str, *sizes: int) -> None:
    for size in sizes:
        require(size > 0 and size % 2 == 1, f"{name} must be odd, so that the length is kept, got {size}")


@strict
class TsukasaAudioConfig(PreTrainedConfig):
    r"""
    sampling_rate (`int`, *optional*, defaults to 24000):
        Samples per second of the speech that the model reads and writes.
    n_fft (`int`, *optional*, defaults to 2048):
        Length of the Fourier transform of the log-mel, in samples.
    win_length (`int`, *optional*, defaults to 1200):
        Length of its Hann window, in samples.
    hop_length (`int`, *optional*, defaults to 300):
        Samples per mel frame. A text frame is two of them.
    num_mel_bins (`int`, *optional*, defaults to 80):
        Bands of the log-mel.
    mel_sampling_rate (`int`, *optional*, defaults to 16000):
        The rate for which the mel filters are laid out. The published checkpoints were trained with filters for 16 kHz
        on audio of 24 kHz, and depend on it.
    trim_top_db (`float`, *optional*, defaults to 30.0):
        Silence this many decibels under the clip's peak is trimmed at both ends of a reference clip.
    min_reference_frames (`int`, *optional*, defaults to 80):
        Shortest reference that the style encoders take, in mel frames.
    """

    model_type = "tsukasa_audio"
    base_config_key = "audio_config"

    sampling_rate: int = positive_int_field(default=24000)
    n_fft: int = positive_int_field(default=2048)
    win_length: int = positive_int_field(default=1200)
    hop_length: int = positive_int_field(default=300)
    num_mel_bins: int = positive_int_field(default=80)
    mel_sampling_rate: int = positive_int_field(default=16000)
    trim_top_db: float | int = interval(min=0.0)(default=30.0)
    min_reference_frames: int = positive_int_field(default=80)

    @property
    def features(self) -> dict[str, int]:
        """What decides the log-mel of a recording."""
        names = ("sampling_rate", "n_fft", "win_length", "hop_length", "num_mel_bins", "mel_sampling_rate")
        return {name: getattr(self, name) for name in names}

    def check_features(self, heard: dict[str, int] | None, who: str) -> None:
        """Refuses a model that learned to hear other log-mels: as many bands do not make them the same.

        Args:
            heard: `features` of its config; None when they are not known.
            who: for the message.

        Raises:
            ValueError: naming what differs.
        """
        for name, own in self.features.items():
            require(
                heard is None or heard.get(name, own) == own,
                f"{who} learned to hear log-mels with {name} {(heard or {}).get(name)}, and here it is {own}: "
                "take one that was trained for it",
            )

    def validate_architecture(self):
        """Refuses windows that do not fit their transform."""
        require(
            self.win_length <= self.n_fft,
            f"audio_config: win_length ({self.win_length}) must not exceed n_fft ({self.n_fft})",
        )
        require(
            self.hop_length <= self.win_length,
            f"audio_config: hop_length ({self.hop_length}) must not exceed win_length ({self.win_length})",
        )


@strict
class TsukasaMLSTMConfig(PreTrainedConfig):
    r"""
    num_hidden_layers (`int`, *optional*, defaults to 8):
        Number of residual mLSTM blocks.
    num_attention_heads (`int`, *optional*, defaults to 4):
        Heads of the matrix memory.
    conv_kernel_size (`int`, *optional*, defaults to 4):
        Width of the causal depthwise convolution in front of queries and keys.
    qkv_block_size (`int`, *optional*, defaults to 4):
        Size of the blocks of the block-diagonal query, key and value maps.
    expansion (`float`, *optional*, defaults to 2.0):
        Inner width over outer width, rounded up to a multiple of 64 channels (of `round_to`).
    round_to (`int`, *optional*, defaults to 64):
        The inner width is a multiple of this.
    chunk_size (`int`, *optional*, defaults to 128):
        Steps that the chunkwise form handles at once; sequences up to `parallel_limit` use the parallel form.
    parallel_limit (`int`, *optional*, defaults to 256):
        Longest sequence for which the square parallel form is used.
    norm_eps (`float`, *optional*, defaults to 1e-05):
        Epsilon of the layer and group norms.
    """

    model_type = "tsukasa_mlstm"
    base_config_key = "mlstm_config"

    num_hidden_layers: int = positive_int_field(default=8)
    num_attention_heads: int = positive_int_field(default=4)
    conv_kernel_size: int = positive_int_field(default=4)
    qkv_block_size: int = positive_int_field(default=4)
    expansion: float | int = interval(min=0.0)(default=2.0)
    round_to: int = positive_int_field(default=64)
    chunk_size: int = positive_int_field(default=128)
    parallel_limit: int = positive_int_field(default=256)
    norm_eps: float = interval(min=0.0)(default=1e-5)

    def inner_size(self, hidden_size: int) -> int:
        """Inner width I of a block of width `hidden_size`."""
        return math.ceil(self.expansion * hidden_size / self.round_to) * self.round_to

    def validate_architecture(self):
        """Refuses inner widths that heads or blocks do not divide."""
        for name in ("num_attention_heads", "qkv_block_size"):
            require(
                self.round_to % getattr(self, name) == 0,
                f"mlstm_config: round_to ({self.round_to}) must be a multiple of {name} ({getattr(self, name)})",
            )


@strict
class TsukasaTextEncoderConfig(PreTrainedConfig):
    r"""
    num_conv_layers (`int`, *optional*, defaults to 3):
        Convolution layers in front of the mLSTM.
    conv_kernel_size (`int`, *optional*, defaults to 5):
        Their kernel width, odd.
    mlstm_hidden_size (`int`, *optional*, defaults to 256):
        Width of the mLSTM blocks.
    mlstm_config (`TsukasaMLSTMConfig`, *optional*):
        The blocks.
    """

    model_type = "tsukasa_text_encoder"
    base_config_key = "text_encoder_config"
    sub_configs_defaults = {"mlstm_config": SubConfigSpec(config_class=TsukasaMLSTMConfig)}

    mlstm_config: dict | PreTrainedConfig | None = None
    vocab_size: int = positive_int_field(default=178)
    hidden_size: int = positive_int_field(default=512)
    num_conv_layers: int = positive_int_field(default=3)
    conv_kernel_size: int = positive_int_field(default=5)
    mlstm_hidden_size: int = positive_int_field(default=256)
    dropout: float | int = interval(min=0.0, max=1.0)(default=0.2)

    def validate_architecture(self):
        """Refuses even kernels."""
        require_odd("text_encoder_config: conv_kernel_size", self.conv_kernel_size)


@strict
class TsukasaStyleEncoderConfig(PreTrainedConfig):
    r"""
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
    r"""
    hidden_size (`int`, *optional*, defaults to 512):
        Width of the text states and of the duration encoder.
    num_layers (`int`, *optional*, defaults to 3):
        Bidirectional LSTM layers of the duration encoder.
    max_duration (`int`, *optional*, defaults to 50):
        Longest duration of a token, in text frames: the number of duration logits.
    mlstm_config (`TsukasaMLSTMConfig`, *optional*):
        The blocks of the duration stack and of the F0 and energy stack.
    """

    model_type = "tsukasa_prosody_predictor"
    base_config_key = "prosody_predictor_config"
    sub_configs_defaults = {"mlstm_config": SubConfigSpec(config_class=TsukasaMLSTMConfig)}

    mlstm_config: dict | PreTrainedConfig | None = None
    hidden_size: int = positive_int_field(default=512)
    num_layers: int = positive_int_field(default=3)
    max_duration: int = positive_int_field(default=50)
    dropout: float | int = interval(min=0.0, max=1.0)(default=0.2)

    def validate_architecture(self):
        """Refuses widths that the two directions or the narrow half cannot share."""
        require(self.hidden_size % 2 == 0, f"prosody_predictor_config: hidden_size ({self.hidden_size}) must be even")


@strict
class TsukasaStyleDiffusionConfig(PreTrainedConfig):
    r"""
    num_hidden_layers (`int`, *optional*, defaults to 3):
        Transformer blocks of the denoiser.
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
        Standard deviation of the styles (EDM, Karras et al. 2022, table 1); estimate it with `estimate_sigma_data`.
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
class TsukasaDecoderConfig(PreTrainedConfig):
    r"""
    hidden_size (`int`, *optional*, defaults to 1024):
        Channels of the decoder's blocks.
    output_size (`int`, *optional*, defaults to 512):
        Channels of its last block, at mel-frame rate.
    residual_size (`int`, *optional*, defaults to 64):
        Channels of the text's shortcut into every block.
    generator_type (`str`, *optional*, defaults to `"istftnet"`):
        `"istftnet"` (Kaneko et al. 2022), `"hifigan"` (Kong et al. 2020), or for small models `"source_filter"`, which
        filters pulses and noise (docs/decisions/0015).
    upsample_initial_channel (`int`, *optional*, defaults to 512):
        Channels in front of the generator's first stage; every stage halves them.
    upsample_rates (`list[int]`, *optional*, defaults to `[10, 6]`):
        Upsampling factor of every stage. Times `istft_hop_length`, but for HiFi-GAN, they must give `hop_length`.
    upsample_kernel_sizes (`list[int]`, *optional*, defaults to `[20, 12]`):
        Kernel of every stage's transposed convolution.
    resblock_kernel_sizes (`list[int]`, *optional*, defaults to `[3, 7, 11]`):
        Kernels of the parallel residual stacks.
    resblock_dilations (`list[int]`, *optional*, defaults to `[1, 3, 5]`):
        Dilations inside every residual stack.
    istft_n_fft (`int`, *optional*, defaults to 20):
        Transform length of iSTFTNet's last step, and of the filters of `"source_filter"`, which must fit in it.
    istft_hop_length (`int`, *optional*, defaults to 5):
        Its hop.
    num_filter_bands (`int`, *optional*, defaults to 80):
        Bands of the filters of `"source_filter"`.
    num_harmonics (`int`, *optional*, defaults to 8):
        Overtones of the source beside the fundamental.
    sine_amplitude (`float`, *optional*, defaults to 0.1):
        Amplitude of every harmonic in voiced frames.
    source_noise_std (`float`, *optional*, defaults to 0.003):
        Standard deviation of the noise in voiced frames; unvoiced frames have `sine_amplitude / 3`.
    voiced_threshold (`float`, *optional*, defaults to 10.0):
        F0 in Hz above which a frame is voiced.
    """

    model_type = "tsukasa_decoder"
    base_config_key = "decoder_config"

    hidden_size: int = positive_int_field(default=1024)
    output_size: int = positive_int_field(default=512)
    residual_size: int = positive_int_field(default=64)
    generator_type: Literal["istftnet", "hifigan", "source_filter"] = "istftnet"
    upsample_initial_channel: int = positive_int_field(default=512)
    upsample_rates: list[int] | tuple[int, ...] = (10, 6)
    upsample_kernel_sizes: list[int] | tuple[int, ...] = (20, 12)
    resblock_kernel_sizes: list[int] | tuple[int, ...] = (3, 7, 11)
    resblock_dilations: list[int] | tuple[int, ...] = (1, 3, 5)
    istft_n_fft: int = positive_int_field(default=20)
    istft_hop_length: int = positive_int_field(default=5)
    num_filter_bands: int = positive_int_field(default=80)
    num_harmonics: int = 8
    sine_amplitude: float = interval(min=0.0)(default=0.1)
    source_noise_std: float = interval(min=0.0)(default=0.003)
    voiced_threshold: float | int = interval(min=0.0)(default=10.0)

    @property
    def samples_per_mel_frame(self) -> int:
        """What the generator's stages (and ISTFT) upsample by in all."""
        total = math.prod(self.upsample_rates)
        return total if self.generator_type == "hifigan" else total * self.istft_hop_length

    def validate_architecture(self):
        """Refuses stages that do not fit each other."""
        rates, kernels = self.upsample_rates, self.upsample_kernel_sizes
        require(len(rates) > 0, "decoder_config: upsample_rates must name at least one stage")
        require(
            len(rates) == len(kernels),
            f"decoder_config: upsample_rates has {len(rates)} stages but upsample_kernel_sizes has {len(kernels)}",
        )
        for rate, kernel in zip(rates, kernels, strict=True):
            require(
                rate >= 1 and kernel >= rate,
                f"decoder_config: upsample kernel {kernel} must be at least its rate {rate}, or samples are skipped",
            )
            if self.generator_type != "hifigan":
                require(
                    (kernel - rate) % 2 == 0,
                    f"decoder_config: upsample kernel {kernel} minus rate {rate} must be even, to keep the length",
                )
        require_odd("decoder_config: resblock_kernel_sizes", *self.resblock_kernel_sizes)
        require(
            self.upsample_initial_channel % 2 ** len(rates) == 0,
            f"decoder_config: upsample_initial_channel ({self.upsample_initial_channel}) must be divisible by 2 for "
            f"each of the {len(rates)} stages",
        )
        require(self.num_harmonics >= 0, f"decoder_config: num_harmonics ({self.num_harmonics}) must not be negative")
        if self.generator_type != "hifigan":
            require(
                self.istft_n_fft % 2 == 0 and self.istft_hop_length * 2 <= self.istft_n_fft,
                f"decoder_config: istft_n_fft ({self.istft_n_fft}) must be even and at least twice istft_hop_length "
                f"({self.istft_hop_length})",
            )
        if self.generator_type == "source_filter":
            require(
                self.num_filter_bands >= 2,
                f"decoder_config: num_filter_bands ({self.num_filter_bands}) must be 2 at least",
            )


@strict
class TsukasaKotodamaConfig(PreTrainedConfig):
    r"""
    encoder_config (`PreTrainedConfig`, *optional*):
        The transformers config of the backbone: DeBERTa-v2 for the prompt encoder, DistilBERT for the text sampler.
    head_hidden_size (`int`, *optional*, defaults to 512):
        Width of the hidden layer of the head.
    """

    model_type = "tsukasa_kotodama"
    base_config_key = ["prompt_encoder_config", "text_sampler_config"]
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

    encoder_config: dict | PreTrainedConfig | None = None
    head_hidden_size: int = positive_int_field(default=512)


@strict
class TsukasaPLBertConfig(AlbertConfig):
    r"""
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
    "CHECKPOINT",
    "MEL_FRAMES_PER_TEXT_FRAME",
    "TsukasaAudioConfig",
    "TsukasaDecoderConfig",
    "TsukasaKotodamaConfig",
    "TsukasaMLSTMConfig",
    "TsukasaPLBertConfig",
    "TsukasaProsodyPredictorConfig",
    "TsukasaStyleDiffusionConfig",
    "TsukasaStyleEncoderConfig",
    "TsukasaTextEncoderConfig",
    "require",
    "require_odd",
]
