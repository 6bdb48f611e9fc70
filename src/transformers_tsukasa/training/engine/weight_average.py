# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Running mean of the weights (Polyak & Juditsky 1992), which is steadier than any single update's."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


logger = logging.getLogger(__name__)


class WeightAverage:
    """`mean <- decay * mean + (1 - decay) * weight` of every parameter, in float32.

    In the first updates the decay is at most `(1 + n) / (10 + n)`, so that the start is soon forgotten.

    Args:
        model: whose parameters.
        decay: between 0 and 1.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.means = _copied(model)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Takes the present weights in."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, weight in model.named_parameters():
            self.means[name].lerp_(weight.detach().float(), 1.0 - decay)

    @contextmanager
    def in_place(self, model: nn.Module) -> Iterator[None]:
        """The means stand in for the weights as long as the context lasts."""
        kept = {name: weight.detach().clone() for name, weight in model.named_parameters()}
        try:
            _write(model, self.means)
            yield
        finally:
            _write(model, kept)

    def state_dict(self, model: nn.Module) -> dict[str, Any]:
        """State for `restore_average`: the weights themselves, because a checkpoint's models hold the means."""
        return {"updates": self.updates, "weights": _copied(model)}

    def restart(self, model: nn.Module, means: dict[str, torch.Tensor] | None = None, updates: int = 0) -> None:
        """Continues from means after so many updates; without any, from the present weights."""
        self.updates = updates
        self.means = _copied(model)
        for name, mean in (means or {}).items():
            self.means[name].copy_(mean)


def restore_average(average: WeightAverage | None, state: dict[str, Any] | None, model: nn.Module) -> None:
    """Puts weights and their mean as they were at a checkpoint, whose models have just been loaded.

    Args:
        average: of the run that resumes; None when it keeps none.
        state: of the checkpoint; None when its run kept none. Those of earlier versions hold the means, and their
            models the weights.
        model: the models.

    Raises:
        ValueError: when the state belongs to another model.
    """
    if state is None:
        if average is not None:
            logger.warning("the checkpoint has no mean of the weights: a new one begins with its weights")
            average.restart(model)
        return
    values = state["weights"] if "weights" in state else state["means"]
    if values.keys() != dict(model.named_parameters()).keys():
        raise ValueError("the saved mean of the weights belongs to another model: resume with the same config")
    if average is not None:
        average.restart(model, None if "weights" in state else values, state["updates"])
    if "weights" in state:
        _write(model, values)


def _copied(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.detach().float().clone() for name, weight in model.named_parameters()}


@torch.no_grad()
def _write(model: nn.Module, values: dict[str, torch.Tensor]) -> None:
    for name, weight in model.named_parameters():
        weight.copy_(values[name])


__all__ = ["WeightAverage", "restore_average"]
