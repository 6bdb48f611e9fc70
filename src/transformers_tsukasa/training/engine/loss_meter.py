# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Means of named losses for the log, and gradient norms."""

from collections.abc import Iterable, Mapping

import torch
from torch import nn


class LossMeter:
    """Means of named losses since they were last read. Values stay on their device until then."""

    def __init__(self) -> None:
        self._sums: dict[str, torch.Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, losses: Mapping[str, torch.Tensor]) -> None:
        """Takes the losses of a batch in; each is averaged over the batches that had it."""
        for name, loss in losses.items():
            value = loss.detach().float()
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] = self._counts.get(name, 0) + 1

    def read(self, accelerator) -> dict[str, float]:
        """The means over all processes, and begins again. All processes must call it together."""
        own = {name: (value.item(), self._counts[name]) for name, value in self._sums.items()}
        self._sums, self._counts = {}, {}
        everyone = [own]
        if accelerator.num_processes > 1:
            from accelerate.utils import gather_object

            everyone = gather_object([own])
        means = {}
        for name in sorted({name for one in everyone for name in one}):
            pairs = [one[name] for one in everyone if name in one]
            means[name] = sum(value for value, _ in pairs) / sum(count for _, count in pairs)
        return means


def clip_gradients(modules: Mapping[str, nn.Module], max_norm: float) -> dict[str, torch.Tensor]:
    """Scales the gradients of every module by itself down to `max_norm`; 0 leaves them.

    Returns:
        Norm of every module that has gradients, before.
    """
    norms = {}
    for name, module in modules.items():
        weights = [weight for weight in module.parameters() if weight.grad is not None]
        if weights:
            norms[name] = nn.utils.clip_grad_norm_(weights, max_norm or float("inf"))
    return norms


def joint_norm(norms: Iterable[torch.Tensor]) -> float:
    """Norm of all gradients together."""
    squares = [norm.detach().float().square() for norm in norms]
    return torch.stack(squares).sum().sqrt().item() if squares else 0.0


__all__ = ["LossMeter", "clip_gradients", "joint_norm"]
