# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Masks of padded batches: True or 1 stands for what is real, as everywhere in transformers."""

import torch


def lengths_to_mask(lengths: torch.Tensor, max_length: int) -> torch.Tensor:
    """
    Args:
        lengths: real steps of every item, (batch,).
        max_length: steps of the padded batch.

    Returns:
        (batch, max_length), bool.
    """
    return torch.arange(max_length, device=lengths.device) < lengths[:, None]
