# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Arithmetic that rounds alike on every machine.

One addition or one multiplication of float32 numbers is rounded alike everywhere. Sums of products are not: libraries
choose the order, and whether product and sum are rounded together, by the processor. Where a result is nothing but
rounding and still audible (docs/decisions/0013), order and rounding are written out here.
"""

import torch


_WITHOUT_FLOAT64 = ("mps",)


def wide_device(device: torch.device) -> torch.device:
    """`device` itself, or the CPU in place of a device that has no float64."""
    return torch.device("cpu") if device.type in _WITHOUT_FLOAT64 else device


def multiply_add(factor: torch.Tensor, other: torch.Tensor | float, summand: torch.Tensor) -> torch.Tensor:
    """`factor * other + summand` of float32 tensors, rounded once; a float has to be a float32 number.

    In float64 the product is exact. The sum is rounded twice, which shows in one result of some hundred millions.
    """
    if isinstance(other, torch.Tensor):
        return torch.addcmul(summand.double(), factor.double(), other.double()).float()
    return torch.add(summand.double(), factor.double(), alpha=other).float()


def weighted_sum(rows: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """`sum(weights[i] * rows[:, i])` in an order that depends only on the number of rows.

    Eight rows at a time are added in pairs of pairs, the first two and the last two of every four separately; the
    remaining rows are added one by one.

    Args:
        rows: (batch, rows, samples), float32.
        weights: (rows,), float32.

    Returns:
        (batch, samples), float32.
    """
    total = torch.zeros_like(rows[:, 0])
    grouped = rows.shape[1] // 8 * 8
    pieces = rows[:, :grouped].unflatten(1, (grouped // 8, 2, 2, 2))  # eights, fours, twos, rows
    factors = weights[:grouped].view(grouped // 8, 2, 2, 2, 1)
    twos = multiply_add(pieces[:, :, :, 0], factors[:, :, 0], pieces[:, :, :, 1] * factors[:, :, 1])
    fours = twos[:, :, :, 0] + twos[:, :, :, 1]
    for eight in (fours[:, :, 0] + fours[:, :, 1]).unbind(1):
        total = total + eight
    for index in range(grouped, rows.shape[1]):
        total = multiply_add(rows[:, index], weights[index], total)
    return total
