# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Config of SpeechSR."""

from fractions import Fraction
from typing import Literal

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import positive_int_field

from ..layers.configuration_mlstm import require, require_odd


# Both ratios of the published networks, 3/2 and 3, and those nearby.
_LARGEST_TERM = 8


@strict
class SpeechSRConfig(PreTrainedConfig):
    r"""A network that raises the sampling rate of speech (Lee et al. 2023, HierSpeech++, section 3.5).

    Args:
        sampling_rate (`int`, *optional*, defaults to 16000):
            Samples per second of what it reads.
        output_sampling_rate (`int`, *optional*, defaults to 48000):
            Samples per second of what it writes. Its ratio to `sampling_rate` must be above 1, of small integers.
        hidden_size (`int`, *optional*, defaults to 32):
            Channels of all inner layers.
        input_kernel_size (`int`, *optional*, defaults to 7):
            Kernel of the first convolution.
        output_kernel_size (`int`, *optional*, defaults to 7):
            Kernel of the last convolution.
        resblock_kernel_sizes (`list[int]`, *optional*, defaults to `[3, 7, 11]`):
            Kernels of the parallel residual blocks.
        resblock_dilations (`list[int]`, *optional*, defaults to `[1, 3, 5]`):
            Dilations inside every residual block.
        interpolation (`str`, *optional*, defaults to `"exact"`):
            How states are brought to the higher rate: `"exact"`, or `"drifting"` as in the released code, whose places
            are computed in float32 and lose precision the later they lie, so that pieces differ from the signal.
        weight_norm (`bool`, *optional*, defaults to `False`):
            Whether weights are stored with weight norm on, as during training.
    """

    model_type = "speechsr"

    sampling_rate: int = positive_int_field(default=16000)
    output_sampling_rate: int = positive_int_field(default=48000)
    hidden_size: int = positive_int_field(default=32)
    input_kernel_size: int = positive_int_field(default=7)
    output_kernel_size: int = positive_int_field(default=7)
    resblock_kernel_sizes: list[int] | tuple[int, ...] = (3, 7, 11)
    resblock_dilations: list[int] | tuple[int, ...] = (1, 3, 5)
    interpolation: Literal["exact", "drifting"] = "exact"
    weight_norm: bool = False

    @property
    def ratio(self) -> Fraction:
        """Output samples per input sample."""
        return Fraction(self.output_sampling_rate, self.sampling_rate)

    def output_length(self, samples: int) -> int:
        """Samples that the network makes of so many: the ratio, rounded down."""
        return int(samples * self.ratio)

    def validate_architecture(self):
        """Refuses rates without a simple ratio, and kernels that change the length."""
        ratio = self.ratio
        require(
            ratio > 1 and max(ratio.numerator, ratio.denominator) <= _LARGEST_TERM,
            f"output_sampling_rate ({self.output_sampling_rate}) must be a simple multiple of sampling_rate "
            f"({self.sampling_rate}) above it, such as 3/2 or 3 times",
        )
        require_odd("input_kernel_size and output_kernel_size", self.input_kernel_size, self.output_kernel_size)
        require_odd("resblock_kernel_sizes", *self.resblock_kernel_sizes)
        require(len(self.resblock_kernel_sizes) > 0, "resblock_kernel_sizes must name at least one kernel")
        require(
            len(self.resblock_dilations) > 0 and min(self.resblock_dilations) > 0,
            "resblock_dilations must name at least one dilation, all of them above 0",
        )


__all__ = ["SpeechSRConfig"]
