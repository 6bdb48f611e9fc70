# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Config of HierSpeech++'s synthesizer."""

import math

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import positive_int_field

from ..layers.configuration_mlstm import require, require_odd


F0_PER_FRAME = 4
"""Values of F0 in a frame."""

SOURCE_UPSAMPLING = (2, 2)
"""Factors of the source generator, from frames to values of F0."""


@strict
class HierSpeechConfig(PreTrainedConfig):
    r"""The synthesizer, from features of a self-supervised model, F0 and a clip of the voice to speech.

    Args:
        sampling_rate (`int`, *optional*, defaults to 16000):
            Samples per second of what it reads and writes.
        hop_length (`int`, *optional*, defaults to 320):
            Samples of a frame, as of the features.
        n_fft (`int`, *optional*, defaults to 1280):
            Length of the Fourier transform of log-mel and power spectrum, and of its window.
        num_mel_bins (`int`, *optional*, defaults to 80):
            Bands of the log-mel.
        feature_size (`int`, *optional*, defaults to 1024):
            Width of the self-supervised features.
        hidden_size (`int`, *optional*, defaults to 192):
            Width of encoders, flows and latent states.
        speaker_size (`int`, *optional*, defaults to 256):
            Width of the style that the speaker encoder takes from a clip.
        num_wavenet_layers (`int`, *optional*, defaults to 8):
            Layers of each of the three stacks of a semantic encoder; the acoustic encoder has twice as many.
        num_flow_heads (`int`, *optional*, defaults to 2):
            Heads of attention in the flows.
        num_couplings (`int`, *optional*, defaults to 4):
            Coupling layers of a flow.
        num_coupling_blocks (`int`, *optional*, defaults to 3):
            Transformer blocks of a coupling layer.
        source_initial_channels (`int`, *optional*, defaults to 256):
            Channels before the source generator's first stage; every stage halves them.
        source_kernel_sizes (`list[int]`, *optional*, defaults to `[3, 5, 7]`):
            Kernels of its parallel residual blocks, and of the acoustic encoder's are 3, 7 and 11.
        upsample_initial_channel (`int`, *optional*, defaults to 512):
            Channels before the waveform generator's first stage; every stage halves them.
        upsample_rates (`list[int]`, *optional*, defaults to `[4, 5, 4, 2, 2]`):
            Factors of its stages. Their product is `hop_length`, and the first one F0's values per frame, 4.
        upsample_kernel_sizes (`list[int]`, *optional*, defaults to `[8, 11, 8, 4, 4]`):
            Kernels of its transposed convolutions.
        resblock_kernel_sizes (`list[int]`, *optional*, defaults to `[3, 7, 11]`):
            Kernels of its parallel residual blocks.
        resblock_dilations (`list[int]`, *optional*, defaults to `[1, 3, 5]`):
            Dilations inside every residual block.
        weight_norm (`bool`, *optional*, defaults to `False`):
            Whether weights are stored with weight norm on, as during training.
    """

    model_type = "hierspeech"

    sampling_rate: int = positive_int_field(default=16000)
    hop_length: int = positive_int_field(default=320)
    n_fft: int = positive_int_field(default=1280)
    num_mel_bins: int = positive_int_field(default=80)
    feature_size: int = positive_int_field(default=1024)
    hidden_size: int = positive_int_field(default=192)
    speaker_size: int = positive_int_field(default=256)
    num_wavenet_layers: int = positive_int_field(default=8)
    num_flow_heads: int = positive_int_field(default=2)
    num_couplings: int = positive_int_field(default=4)
    num_coupling_blocks: int = positive_int_field(default=3)
    source_initial_channels: int = positive_int_field(default=256)
    source_kernel_sizes: list[int] | tuple[int, ...] = (3, 5, 7)
    upsample_initial_channel: int = positive_int_field(default=512)
    upsample_rates: list[int] | tuple[int, ...] = (4, 5, 4, 2, 2)
    upsample_kernel_sizes: list[int] | tuple[int, ...] = (8, 11, 8, 4, 4)
    resblock_kernel_sizes: list[int] | tuple[int, ...] = (3, 7, 11)
    resblock_dilations: list[int] | tuple[int, ...] = (1, 3, 5)
    weight_norm: bool = False

    @property
    def source_size(self) -> int:
        """Channels of the source generator's result."""
        return self.source_initial_channels // 2 ** len(SOURCE_UPSAMPLING)

    def validate_architecture(self):
        """Refuses parts that do not fit each other."""
        rates, kernels = self.upsample_rates, self.upsample_kernel_sizes
        require(
            len(rates) == len(kernels) > 0,
            f"upsample_rates has {len(rates)} stages but upsample_kernel_sizes has {len(kernels)}",
        )
        require(
            math.prod(rates) == self.hop_length,
            f"upsample_rates {list(rates)} multiply to {math.prod(rates)}, but hop_length is {self.hop_length}",
        )
        require(rates[0] == F0_PER_FRAME, f"the first of upsample_rates must be {F0_PER_FRAME}, got {rates[0]}")
        for rate, kernel in zip(rates, kernels, strict=True):
            require(
                kernel >= rate and (kernel - rate) % 2 == 0,
                f"upsample kernel {kernel} must be at least its rate {rate}, and larger by an even number",
            )
        require_odd("resblock kernel sizes", *self.resblock_kernel_sizes, *self.source_kernel_sizes)
        for name, size, divisor in (
            ("hidden_size", self.hidden_size, 2 * self.num_flow_heads),
            ("speaker_size", self.speaker_size, 2),
            ("source_initial_channels", self.source_initial_channels, 2 ** len(SOURCE_UPSAMPLING)),
            ("upsample_initial_channel", self.upsample_initial_channel, 2 ** len(rates)),
        ):
            require(size % divisor == 0, f"{name} ({size}) must be divisible by {divisor}")


__all__ = ["F0_PER_FRAME", "SOURCE_UPSAMPLING", "HierSpeechConfig"]
