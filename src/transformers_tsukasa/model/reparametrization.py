# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Weight norm and spectral norm, put on for training and folded away for inference.

The rooms of the model build plain convolutions and only *mark* which norm they train with. A model on disk is folded
unless its config says `weight_norm=True` (a training checkpoint), so speaking pays nothing for it.
"""

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize


_MARK = "_trains_with"


def weight_normed(module: nn.Module) -> nn.Module:
    """Marks a convolution as trained with weight norm over its first axis (Salimans & Kingma 2016)."""
    setattr(module, _MARK, "weight")
    return module


def spectral_normed(module: nn.Module) -> nn.Module:
    """Marks a convolution as trained with spectral norm (Miyato et al. 2018)."""
    setattr(module, _MARK, "spectral")
    return module


def apply_norms(model: nn.Module) -> None:
    """Puts the marked norms on; the function that `model` computes stays the same up to rounding."""
    for module in model.modules():
        kind = getattr(module, _MARK, None)
        if kind is None or parametrize.is_parametrized(module, "weight"):
            continue
        if kind == "weight":
            parametrizations.weight_norm(module, dim=0)
        else:
            parametrizations.spectral_norm(module)


@torch.no_grad()
def fold_norms(model: nn.Module) -> None:
    """Replaces every normed weight by its value; what is computed in eval mode stays bitwise the same."""
    for module in model.modules():
        if getattr(module, _MARK, None) and parametrize.is_parametrized(module, "weight"):
            was_training = module.training
            module.eval()  # in training mode a spectral norm would take one more power iteration here
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
            module.train(was_training)
