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

    def state_dict(self) -> dict:
        """State for `load_state_dict`."""
        return {"updates": self.updates, "means": self.means}

    def restore(self, state: dict[str, Any] | None, model: nn.Module) -> None:
        """Resumes from a saved mean; without one, the mean begins again with the present weights."""
        if state is None:
            logger.warning("the checkpoint has no mean of the weights: a new one begins with its weights")
            self.updates = 0
            self.means = _copied(model)
        else:
            self.load_state_dict(state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continues from a saved mean; every parameter must be there.

        Raises:
            ValueError: when the names differ.
        """
        if state["means"].keys() != self.means.keys():
            raise ValueError("the saved mean of the weights belongs to another model: resume with the same config")
        self.updates = state["updates"]
        for name, mean in state["means"].items():
            self.means[name].copy_(mean)


def _copied(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.detach().float().clone() for name, weight in model.named_parameters()}


@torch.no_grad()
def _write(model: nn.Module, values: dict[str, torch.Tensor]) -> None:
    for name, weight in model.named_parameters():
        weight.copy_(values[name])


__all__ = ["WeightAverage"]
