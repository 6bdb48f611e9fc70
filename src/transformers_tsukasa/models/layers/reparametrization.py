# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Weight norm and spectral norm, put on for training and folded away for inference.

The rooms of the model build plain convolutions and only *mark* which norm they train with. A model on disk is folded
unless its config says `weight_norm=True` (a training checkpoint), so speaking pays nothing for it.
"""

import math

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize
from transformers import initialization as init


_MARK = "_trains_with"


def weight_normed(module: nn.Module) -> nn.Module:
    """Marks a convolution as trained with weight norm over its first axis (Salimans & Kingma 2016)."""
    setattr(module, _MARK, "weight")
    return module


def spectral_normed(module: nn.Module) -> nn.Module:
    """Marks a convolution as trained with spectral norm (Miyato et al. 2018)."""
    setattr(module, _MARK, "spectral")
    return module


def has_spectral_norm(model: nn.Module) -> bool:
    """Whether any convolution of it is trained with spectral norm."""
    return any(getattr(module, _MARK, None) == "spectral" for module in model.modules())


def apply_norms(model: nn.Module) -> None:
    """Puts the marked norms on.

    What `model` computes stays the same up to rounding, but for a spectral-normed weight that was not of norm one.
    """
    for module in model.modules():
        kind = getattr(module, _MARK, None)
        if kind is None or parametrize.is_parametrized(module, "weight"):
            continue
        if kind == "weight":
            parametrizations.weight_norm(module, dim=0)
        else:
            parametrizations.spectral_norm(module)
            norm = module.parametrizations.weight
            norm[0]._u, norm[0]._v = singular_vectors(norm.original)


@torch.no_grad()
def fold_norms(model: nn.Module) -> None:
    """Replaces every normed weight by its value; what is computed in eval mode stays bitwise the same."""
    for module in model.modules():
        if getattr(module, _MARK, None) and parametrize.is_parametrized(module, "weight"):
            was_training = module.training
            module.eval()  # in training mode a spectral norm would take one more power iteration here
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
            module.train(was_training)


def initialize_affine(module: nn.Module, std: float | None = None) -> None:
    """Fan-in scaled start of a linear layer or convolution, with a norm on it or without; normal if `std` is given.

    A fixed standard deviation would silence narrow layers and saturate wide ones: the decoder's widths differ by 100.
    """
    if parametrize.is_parametrized(module, "weight"):
        norm = module.parametrizations.weight
        weight = norm.original if hasattr(norm, "original") else norm.original1
    else:
        norm, weight = None, module.weight
    if std is None:
        init.kaiming_uniform_(weight, a=math.sqrt(5))
    else:
        init.normal_(weight, std=std)
    if module.bias is not None:
        fan_in = nn.init._calculate_fan_in_and_fan_out(weight)[0]
        init.uniform_(module.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))
    if norm is None:
        return
    if hasattr(norm, "original1"):
        init.copy_(norm.original0, torch.norm_except_dim(weight, 2, 0))
    else:
        left, right = singular_vectors(weight)
        init.copy_(norm[0]._u, left)
        init.copy_(norm[0]._v, right)


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
