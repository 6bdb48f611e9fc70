# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Crops of one length out of a padded batch, each item's at a place of its own."""

import torch


def draw_starts(lengths: torch.Tensor, crop_length: int, generator: torch.Generator | None = None) -> torch.Tensor:
    """A first frame for each item, so that its crop has only real frames. (batch,) -> (batch,) int64"""
    room = (lengths - crop_length + 1).clamp(min=1)
    drawn = torch.rand(lengths.shape, device=lengths.device, generator=generator, dtype=torch.float64)
    return (drawn * room).long().clamp(max=room - 1)


def crop(values: torch.Tensor, starts: torch.Tensor, length: int) -> torch.Tensor:
    """(batch, ..., frames) -> (batch, ..., length), item i from `starts[i]` on.

    Raises:
        ValueError: when `values` has fewer frames than `length`.
    """
    if values.shape[-1] < length:
        raise ValueError(f"a crop of {length} frames cannot be taken out of {values.shape[-1]}")
    places = starts[:, None] + torch.arange(length, device=starts.device)
    places = places.view(len(starts), *[1] * (values.ndim - 2), length)
    return values.gather(-1, places.expand(*values.shape[:-1], length))


__all__ = ["crop", "draw_starts"]
