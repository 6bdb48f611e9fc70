# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Weight norm and spectral norm, put on for training and folded away for inference.

The parts of the model build plain convolutions and only *mark* which norm they train with. A model on disk is folded
unless its config has `weight_norm=True` (a training checkpoint), so norms cost nothing in inference.
"""

import math
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize
from transformers import initialization as init


_Module = TypeVar("_Module", bound=nn.Module)

_MARK = "_trains_with"
_INITIAL_STD = "initial_std"


def weight_normed(module: _Module) -> _Module:
    """Marks a convolution as trained with weight norm over its first axis (Salimans & Kingma 2016)."""
    setattr(module, _MARK, "weight")
    return module


def spectral_normed(module: _Module) -> _Module:
    """Marks a convolution as trained with spectral norm (Miyato et al. 2018)."""
    setattr(module, _MARK, "spectral")
    return module


def with_initial_std(module: _Module, std: float) -> _Module:
    """Marks a linear layer or convolution whose weights start normal with this standard deviation."""
    setattr(module, _INITIAL_STD, std)
    return module


def has_spectral_norm(model: nn.Module) -> bool:
    """Whether any convolution of the model is trained with spectral norm."""
    return any(getattr(module, _MARK, None) == "spectral" for module in model.modules())


def apply_norms(model: nn.Module) -> None:
    """Puts the marked norms on.

    The output of `model` stays the same up to rounding, except for a spectral-normed weight that was not of norm one.
    """
    for module in model.modules():
        kind = getattr(module, _MARK, None)
        if kind is None or parametrize.is_parametrized(module, "weight"):
            continue
        if kind == "weight":
            parametrizations.weight_norm(module, dim=0)
        else:
            parametrizations.spectral_norm(module)
            original = module.get_parameter("parametrizations.weight.original")
            for name, vector in zip(("_u", "_v"), singular_vectors(original), strict=True):
                module.get_submodule("parametrizations.weight.0").register_buffer(name, vector)


@torch.no_grad()
def fold_norms(model: nn.Module) -> None:
    """Replaces every normed weight by its value; outputs in evaluation mode stay bitwise the same."""
    for module in model.modules():
        if getattr(module, _MARK, None) and parametrize.is_parametrized(module, "weight"):
            was_training = module.training
            module.eval()  # in training mode a spectral norm would take one more power iteration here
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
            module.train(was_training)


def initialize_affine(module: nn.Module) -> None:
    """Initialises a linear layer or convolution, with a norm on it or without.

    Weights are uniform and scaled by the fan-in, or normal where `with_initial_std` asked for it. A fixed standard
    deviation would silence narrow layers and saturate wide ones: the decoder's widths differ by a factor of 100.
    """
    parameters = dict(module.named_parameters())
    # By its place: the weight itself, the one under a spectral norm, and the direction under a weight norm.
    places = ("weight", "parametrizations.weight.original", "parametrizations.weight.original1")
    weight = next(parameters[place] for place in places if place in parameters)
    std = getattr(module, _INITIAL_STD, None)
    if std is None:
        init.kaiming_uniform_(weight, a=math.sqrt(5))
    else:
        init.normal_(weight, std=std)
    bias = parameters.get("bias")
    if bias is not None:
        fan_in = nn.init._calculate_fan_in_and_fan_out(weight)[0]
        init.uniform_(bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))
    if "parametrizations.weight.original1" in parameters:
        magnitude = parameters["parametrizations.weight.original0"]
        init.copy_(magnitude, torch.norm_except_dim(weight, 2, 0))
    elif "parametrizations.weight.original" in parameters:
        left, right = singular_vectors(weight)
        init.copy_(module.get_buffer("parametrizations.weight.0._u"), left)
        init.copy_(module.get_buffer("parametrizations.weight.0._v"), right)


@torch.no_grad()
def singular_vectors(weight: torch.Tensor, steps: int = 30) -> tuple[torch.Tensor, torch.Tensor]:
    """Leading singular vectors of a weight seen as (first axis, the rest), by power iteration.

    Spectral norm is off scale until its vectors have converged, so a fresh one starts converged.
    """
    matrix = weight.detach().float().flatten(1)
    left = torch.ones(matrix.shape[0], device=matrix.device)
    right = matrix.T @ left
    for _ in range(steps):
        right = nn.functional.normalize(matrix.T @ left, dim=0)
        left = nn.functional.normalize(matrix @ right, dim=0)
    return left.to(weight.dtype), right.to(weight.dtype)
