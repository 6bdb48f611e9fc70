# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Folding weight norm and spectral norm: a normed weight is stored in pieces and used as one tensor.

Nothing is computed before it is asked for, so that shapes can be checked first and memory is used a tensor at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from .errors import ConversionError


@dataclass(frozen=True)
class StoredTensor:
    """A tensor of the checkpoint as the network uses it.

    Args:
        sources: names of the stored pieces.
        shape: of the tensor.
        dtype: of the tensor and of the stored pieces.
        make: computes the tensor.
    """

    sources: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: torch.dtype
    make: Callable[[], torch.Tensor]


# Endings of the names of a stored weight's pieces, in torch's old and new spelling.
_SPECTRAL = (
    ("weight_orig", "weight_u", "weight_v"),
    ("parametrizations.weight.original", "parametrizations.weight.0._u", "parametrizations.weight.0._v"),
)
_WEIGHT = (
    ("weight_g", "weight_v"),
    ("parametrizations.weight.original0", "parametrizations.weight.original1"),
)


def fold_weight_norm(gain: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """`g * v / ||v||` over all axes but the first, as torch computes it in float32 (Salimans & Kingma 2016, eq. 2).

    Args:
        gain: (out, 1, ...)
        direction: (out, ...)
    """
    return torch._weight_norm(direction.float(), gain.float(), 0).to(direction.dtype)


def fold_spectral_norm(weight: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """`W / (u^T W v)` with the stored singular vectors, as in torch's eval mode (Miyato et al. 2018, eq. 8).

    Args:
        weight: (out, ...)
        u: (out,)
        v: (the product of the other axes,)
    """
    matrix = weight.float().flatten(1)
    return (weight.float() / torch.dot(u.float(), torch.mv(matrix, v.float()))).to(weight.dtype)


def fold(state: Mapping[str, torch.Tensor]) -> dict[str, StoredTensor]:
    """Every tensor of a module, by the name that it has without norms (`weight`).

    Raises:
        ConversionError: when a piece of a normed weight is missing or has the wrong shape.
    """
    rest = dict(state)
    folded: dict[str, StoredTensor] = {}
    for name in state:
        for endings in (*_SPECTRAL, *_WEIGHT):
            if name in rest and _ends_with(name, endings[0]):
                stem = name[: -len(endings[0])]
                _take_pieces(stem, endings, rest, folded)
    for name, tensor in rest.items():
        if _ends_with(name, "weight_v") or _ends_with(name, "weight_u"):
            raise ConversionError(f"{name} is a piece of a normed weight, but the others are missing")
        folded[name] = StoredTensor((name,), tuple(tensor.shape), tensor.dtype, partial(_itself, tensor))
    return {name: folded[name] for name in _original_order(state, folded)}


def _itself(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


def _ends_with(name: str, ending: str) -> bool:
    return name == ending or name.endswith("." + ending)


def _take_pieces(
    stem: str, endings: tuple[str, ...], rest: dict[str, torch.Tensor], folded: dict[str, StoredTensor]
) -> None:
    """Move the pieces of one weight from `rest` to a tensor of `folded`."""
    names = tuple(stem + ending for ending in endings)
    missing = [name for name in names if name not in rest]
    if missing:
        raise ConversionError(f"{names[0]} is a piece of a normed weight, but {', '.join(missing)} is missing")
    pieces = [rest.pop(name) for name in names]
    make: Callable[[], torch.Tensor]
    if endings in _SPECTRAL:
        weight, make = pieces[0], partial(fold_spectral_norm, *pieces)
        expected = [tuple(weight.shape), (weight.shape[0],), (weight[0].numel(),)]
    else:
        weight, make = pieces[1], partial(fold_weight_norm, *pieces)
        expected = [(weight.shape[0],) + (1,) * (weight.dim() - 1), tuple(weight.shape)]
    for name, piece, shape in zip(names, pieces, expected, strict=True):
        if tuple(piece.shape) != shape:
            raise ConversionError(f"{name} has shape {tuple(piece.shape)}, but its weight needs {shape}")
    folded[stem + "weight"] = StoredTensor(names, tuple(weight.shape), weight.dtype, make)


def _original_order(state: Mapping, folded: dict[str, StoredTensor]) -> list[str]:
    places = {name: index for index, name in enumerate(state)}
    return sorted(folded, key=lambda name: min(places[source] for source in folded[name].sources))
