# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Configs of the audio side: the log-mel that the model reads, and the decoder that writes the waveform.

Lengths are counted in three units: samples; mel frames of `hop_length` samples; and text frames of two mel frames, in
which durations and alignments are counted.
"""

import math
from typing import Literal

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import interval, positive_int_field

from ..layers.configuration_mlstm import require, require_odd


# One text frame is two mel frames: the decoder's last block and the F0 and energy stacks upsample by two.
MEL_FRAMES_PER_TEXT_FRAME = 2


@strict
class TsukasaAudioConfig(PreTrainedConfig):
    r"""Sampling rate, and the log-mel that the model reads.

    Args:
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
            The rate for which the mel filters are laid out. The published checkpoints were trained with filters for 16
            kHz on audio of 24 kHz, and depend on it.
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
        """The parameters that determine the log-mel of a recording."""
        names = ("sampling_rate", "n_fft", "win_length", "hop_length", "num_mel_bins", "mel_sampling_rate")
        return {name: getattr(self, name) for name in names}

    def check_features(self, features: dict[str, int] | None, name: str) -> None:
        """Refuses a model that was trained on other log-mels: the same number of bands does not make them equal.

        Args:
            features: the `features` of the model's config; `None` when they are not known.
            name: of the model, for the message.

        Raises:
            ValueError: naming the parameter that differs.
        """
        for parameter, own in self.features.items():
            trained = own if features is None else features.get(parameter, own)
            require(
                trained == own,
                f"{name} was trained on log-mels with {parameter} {trained}, but here it is {own}: take a model that "
                "was trained for these log-mels",
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
class TsukasaDecoderConfig(PreTrainedConfig):
    r"""The decoder, the source and the generator of the waveform.

    Args:
        hidden_size (`int`, *optional*, defaults to 1024):
            Channels of the decoder's blocks.
        output_size (`int`, *optional*, defaults to 512):
            Channels of its last block, at mel-frame rate.
        residual_size (`int`, *optional*, defaults to 64):
            Channels of the text's shortcut into every block.
        generator_type (`str`, *optional*, defaults to `"istftnet"`):
            `"istftnet"` (Kaneko et al. 2022), `"hifigan"` (Kong et al. 2020), or for small models `"source_filter"`,
            which filters pulses and noise (docs/decisions/0015).
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
        istft_window_precision (`str`, *optional*, defaults to `"float64"`):
            In which iSTFTNet's Hann window is computed before it is rounded to float32. Kokoro's is computed in
            `"float32"`; it differs in the last bit, which decides the sign of angles of a symmetric frame.
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
    istft_window_precision: Literal["float32", "float64"] = "float64"
    num_filter_bands: int = positive_int_field(default=80)
    num_harmonics: int = 8
    sine_amplitude: float = interval(min=0.0)(default=0.1)
    source_noise_std: float = interval(min=0.0)(default=0.003)
    voiced_threshold: float | int = interval(min=0.0)(default=10.0)

    @property
    def samples_per_mel_frame(self) -> int:
        """Total upsampling factor of the generator's stages and its ISTFT, in samples per mel frame."""
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
                f"decoder_config: num_filter_bands ({self.num_filter_bands}) must be at least 2",
            )


__all__ = ["MEL_FRAMES_PER_TEXT_FRAME", "TsukasaAudioConfig", "TsukasaDecoderConfig"]
