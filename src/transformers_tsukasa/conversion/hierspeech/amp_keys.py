# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Published names of residual stages with anti-aliased activations, which SpeechSR and HierSpeech++ share."""

import re
from collections.abc import Callable

import torch

from ...models.layers.snake_beta import lowpass_filter
from ..source import Leftover


FILTERS = Leftover(r".*\.(upsample|downsample\.lowpass)\.filter", "filters, which are computed")

_BLOCK = re.compile(r"resblocks\.(\d+)\.(convs1|convs2|activations)\.(\d+)\.(act\.)?(\w+)")
_CONVS = {"convs1": "dilated_convs", "convs2": "convs"}


def filter_taps(length: int) -> torch.Tensor:
    """The constant that the filters of a checkpoint must equal; of another length than ours it is all zero."""
    taps = lowpass_filter()
    return taps if len(taps) == length else torch.zeros(length)


def block_key(blocks_per_stage: int, place: Callable[[int], str]) -> Callable[[str], str | None]:
    """Translates names of residual blocks, and returns None for others.

    Args:
        blocks_per_stage: parallel blocks, which lie one after another in the checkpoint.
        place: our name of a stage by its number.
    """

    def key(name: str) -> str | None:
        found = _BLOCK.fullmatch(name)
        if found is None:
            return None
        block, kind, number, _, leaf = found.groups()
        stage, part = divmod(int(block), blocks_per_stage)
        if kind == "activations":  # the even ones come before the dilated convolutions
            layer = f"{'activations' if int(number) % 2 else 'dilated_activations'}.{int(number) // 2}"
        else:
            layer = f"{_CONVS[kind]}.{number}"
        return f"{place(stage)}.blocks.{part}.{layer}.{leaf}"

    return key


__all__ = ["FILTERS", "block_key", "filter_taps"]
