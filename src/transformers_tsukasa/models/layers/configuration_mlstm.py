# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The config of the mLSTM blocks, and the checks that configs of all model families share."""

import math

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import interval, positive_int_field


def require(condition: bool, sentence: str) -> None:
    """Raises a `ValueError` with the sentence unless the condition holds."""
    if not condition:
        raise ValueError(sentence)


def require_odd(name: str, *sizes: int) -> None:
    """Raises a `ValueError` unless all kernel sizes are odd."""
    for size in sizes:
        require(size > 0 and size % 2 == 1, f"{name} must be odd, so that the length is kept, got {size}")


@strict
class TsukasaMLSTMConfig(PreTrainedConfig):
    r"""A stack of mLSTM blocks (Beck et al. 2024).

    Args:
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
        """Inner width of a block of width `hidden_size`."""
        return math.ceil(self.expansion * hidden_size / self.round_to) * self.round_to

    def validate_architecture(self):
        """Refuses inner widths that heads or blocks do not divide."""
        for name in ("num_attention_heads", "qkv_block_size"):
            require(
                self.round_to % getattr(self, name) == 0,
                f"mlstm_config: round_to ({self.round_to}) must be a multiple of {name} ({getattr(self, name)})",
            )


__all__ = ["TsukasaMLSTMConfig", "require", "require_odd"]
