# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The scale of the losses under fp16, shared by every optimizer of a run (Micikevicius et al. 2018, section 3.2).

Gradients in fp16 vanish below 6e-8, so losses are multiplied before the backward pass and gradients divided after it.
One scaler serves all optimizers: the gradients of each are divided once, before clipping, each steps, and only when
all have stepped does the scale move. accelerate moves it with every optimizer that steps, which forgets in between
whose gradients were divided already.
"""

from collections.abc import Iterable

import torch
from accelerate import Accelerator


class LossScale:
    """The scaler of an accelerator; without one, gradients are what they are and optimizers just step.

    Args:
        accelerator: whose `backward` multiplies.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self._accelerator = accelerator

    @property
    def _scaler(self) -> torch.amp.GradScaler | None:
        return self._accelerator.scaler

    @property
    def value(self) -> float | None:
        """Factor of the losses; None without a scaler."""
        return None if self._scaler is None else self._scaler.get_scale()

    @property
    def is_searched(self) -> bool:
        """Whether gradients may overflow for the scale alone, which the next update then halves."""
        return self._scaler is not None and self._scaler.get_scale() > 1.0

    def gradient(self, loss: torch.Tensor, of: torch.Tensor) -> torch.Tensor:
        """The gradient of a loss at a leaf, taken at the scale and divided by it. Parameters get none."""
        scale = 1.0 if self._scaler is None else self._scaler.scale(torch.ones_like(loss))
        (gradient,) = torch.autograd.grad(loss * scale, of)
        return gradient / scale

    def divide(self, optimizers: Iterable) -> None:
        """Divides the gradients of every optimizer. Once in an update, before they are looked at."""
        if self._scaler is not None:
            for optimizer in optimizers:
                self._scaler.unscale_(_bare(optimizer))

    def step(self, optimizer) -> None:
        """Lets an optimizer step by gradients that were divided; the scale stays."""
        if self._scaler is None:
            optimizer.step()
        else:
            self._scaler.step(_bare(optimizer))

    def move(self) -> None:
        """Ends an update that no optimizer of accelerate's ends: the scale is halved or doubled if it is time."""
        if self._scaler is not None:
            self._scaler.update()


def scale_on_cpu(accelerator: Accelerator) -> None:
    """Gives an accelerator on the CPU the fp16 that accelerate keeps for GPUs; torch has it for both."""
    accelerator.scaler = torch.amp.GradScaler("cpu")
    accelerator.native_amp = True


def _bare(optimizer) -> torch.optim.Optimizer:
    """The optimizer inside of accelerate's."""
    return getattr(optimizer, "optimizer", optimizer)


__all__ = ["LossScale", "scale_on_cpu"]
