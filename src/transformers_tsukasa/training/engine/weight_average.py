# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Running mean of the weights (Polyak & Juditsky 1992), which is steadier than any single update's."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class WeightAverage:
    """`mean <- decay * mean + (1 - decay) * weight` of every parameter, in float32.

    In the first updates the decay is at most `(1 + n) / (10 + n)`, so that the start is forgotten soon.

    Args:
        model: whose parameters.
        decay: between 0 and 1.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.means = {name: weight.detach().float().clone() for name, weight in model.named_parameters()}

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
        """What `load_state_dict` takes."""
        return {"updates": self.updates, "means": self.means}

    def load_state_dict(self, state: dict) -> None:
        """Goes on from a saved mean; every parameter must be there.

        Raises:
            ValueError: when the names differ.
        """
        if state["means"].keys() != self.means.keys():
            raise ValueError("the saved mean of the weights belongs to another model: resume with the same config")
        self.updates = state["updates"]
        for name, mean in state["means"].items():
            self.means[name].copy_(mean)


@torch.no_grad()
def _write(model: nn.Module, values: dict[str, torch.Tensor]) -> None:
    for name, weight in model.named_parameters():
        weight.copy_(values[name])


__all__ = ["WeightAverage"]
