# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The network of the accent model, in numpy: a sum of vectors for the features, then convolutions over the morae.

It computes in whole numbers below 2^24, which single precision holds exactly. The order of additions, on which every
matrix library decides for itself, changes nothing then: a text has the same accents on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


STEPS_PER_UNIT = 32
"""Activations are multiples of 1/32."""

MOST_STEPS = 255
"""What a layer reads is 0 to 255/32."""

VECTOR_STEPS_PER_UNIT = 64
"""The vectors of features are multiples of 1/64."""

EXACT = 1 << 24
"""Whole numbers below this are exact in single precision."""


@dataclass(frozen=True)
class Layer:
    """A convolution over morae, whose output is added to its input.

    Attributes:
        weight: (taps x size, size) whole numbers, of which 2^shift are 1.
        bias: (styles, size) in steps of the product.
        shift: see `weight`.
        dilation: morae from one tap to the next.
    """

    weight: np.ndarray
    bias: np.ndarray
    shift: int
    dilation: int

    def __call__(self, hidden: np.ndarray, style: int) -> np.ndarray:
        """(positions, size) whole numbers to the same."""
        count, size = hidden.shape
        taps = len(self.weight) // size
        reach = taps // 2 * self.dilation
        read = np.zeros((count + 2 * reach, size), np.float32)
        np.minimum(hidden, MOST_STEPS, out=read[reach : reach + count])
        windows = [read[tap * self.dilation : tap * self.dilation + count] for tap in range(taps)]
        change = np.concatenate(windows, axis=1) @ self.weight
        change += self.bias[style]
        change *= 2.0**-self.shift
        np.rint(change, out=change)
        np.maximum(change, 0, out=change)
        change += hidden
        return change


@dataclass(frozen=True)
class Network:
    """The layers in order; all arrays are whole numbers in single precision.

    Attributes:
        style: (styles, size) in the steps of vectors, added to the sum of the features.
        layers: convolutions.
        out: (size, outputs).
        out_bias: (styles, outputs), in steps of the product.
    """

    style: np.ndarray
    layers: Sequence[Layer]
    out: np.ndarray
    out_bias: np.ndarray

    def __call__(self, features: np.ndarray, style: int) -> np.ndarray:
        """The scores of every position.

        Args:
            features: (positions, size) sums of the vectors of all features.
            style: whose accents.

        Returns:
            (positions, outputs) whole numbers.
        """
        hidden = np.rint((features + self.style[style]) * np.float32(STEPS_PER_UNIT / VECTOR_STEPS_PER_UNIT))
        np.maximum(hidden, 0, out=hidden)
        for layer in self.layers:
            hidden = layer(hidden, style)
        return np.minimum(hidden, MOST_STEPS) @ self.out + self.out_bias[style]

    def check(self) -> None:
        """Raises a ValueError when a sum of a layer may not be exact."""
        for layer in self.layers:
            _check_sums(layer.weight, layer.bias)
        _check_sums(self.out, self.out_bias)


def _check_sums(weight: np.ndarray, bias: np.ndarray) -> None:
    greatest = float(np.abs(weight).sum(axis=0).max() * MOST_STEPS + np.abs(bias).max())
    if greatest >= EXACT:
        raise ValueError(f"a sum of the accent model may reach {greatest:.0f}, which single precision does not hold")


__all__ = ["EXACT", "MOST_STEPS", "STEPS_PER_UNIT", "VECTOR_STEPS_PER_UNIT", "Layer", "Network"]
