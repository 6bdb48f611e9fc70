# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A trained network as the package's model: every value rounded to a whole number of steps."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from transformers_tsukasa.text.accents.accent_model import AccentModel
from transformers_tsukasa.text.accents.network import STEPS_PER_UNIT, VECTOR_STEPS_PER_UNIT, Layer, Network

from .training import DILATIONS, AccentNetwork


_MOST = 127  # a whole number of eight bits
_OUT_STEPS = 128  # of the last layer's weights for one


def packed_network(network: AccentNetwork, vocabulary: dict[str, int], styles: Sequence[str]) -> AccentModel:
    """The model of the package from a trained network.

    Raises:
        ValueError: when the sums of a layer may be too great to be exact.
    """
    layers = []
    for layer, bias, dilation in zip(network.layers, network.biases, DILATIONS, strict=True):
        shift = math.floor(math.log2(_MOST / float(layer.weight.detach().abs().max())))
        weight = _steps(layer.weight.T, 2.0**shift)
        layers.append(Layer(weight, _steps(bias.weight, STEPS_PER_UNIT * 2.0**shift), shift, dilation))
    scale = float(STEPS_PER_UNIT * _OUT_STEPS)
    rounded = Network(
        style=_steps(network.style.weight, VECTOR_STEPS_PER_UNIT),
        layers=layers,
        out=_steps(network.out.weight.T, _OUT_STEPS),
        out_bias=_steps(network.out_bias.weight, scale),
    )
    rounded.check()
    vectors = _steps(network.vectors.weight, VECTOR_STEPS_PER_UNIT).clip(-_MOST, _MOST)
    vectors[0] = 0
    return AccentModel(vocabulary, vectors, rounded, styles, scale)


def _steps(values: torch.Tensor, per_unit: float) -> np.ndarray:
    return np.ascontiguousarray(np.rint(values.detach().numpy().astype(np.float64) * per_unit).astype(np.float32))


__all__ = ["packed_network"]
