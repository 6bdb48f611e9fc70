# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""ScaledAdam and Eden, the optimizer and schedule of icefall (Povey), with which VALL-E was trained.

An update is relative to the size of its tensor, so that the size of gradients does not matter, and the tensor's own
size is learned as a factor. Formulas: docs/spec/valle.md, section 5.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class ScaledAdam(Optimizer):
    """Adam on tensors in units of their root mean square, which is learned beside them.

    Args:
        params: tensors, or groups of them.
        lr: learning rate, relative to the size of a tensor.
        betas: decay of the mean of updates and of squared gradients.
        clipping_scale: gradients are clipped at this many times the median norm; `None` never clips.
        clipping_update_period: updates of which the median is taken; nothing is clipped in the first of these periods.
        clips_updates: whether clipping reaches the updates. In the original it reaches only the learning of sizes,
            which is what `False`, the default, does.
        scalar_lr_scale: learning rate of scalars, relative to `lr`.
        eps: added to root mean squares of gradients.
        param_min_rms: smallest size by which an update is scaled.
        param_max_rms: size above which a tensor shrinks.
        scalar_max: largest absolute value of a scalar.
        size_update_period: updates between those of the size.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.05,
        betas: tuple[float, float] = (0.9, 0.95),
        clipping_scale: float | None = 2.0,
        clipping_update_period: int = 1000,
        clips_updates: bool = False,
        scalar_lr_scale: float = 0.1,
        eps: float = 1e-8,
        param_min_rms: float = 1e-5,
        param_max_rms: float = 3.0,
        scalar_max: float = 10.0,
        size_update_period: int = 4,
    ) -> None:
        if lr < 0 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"lr must not be negative and betas must be in [0, 1), got {lr} and {betas}")
        defaults = {
            "lr": lr,
            "betas": betas,
            "clipping_scale": clipping_scale,
            "clipping_update_period": clipping_update_period,
            "clips_updates": clips_updates,
            "scalar_lr_scale": scalar_lr_scale,
            "eps": eps,
            "param_min_rms": param_min_rms,
            "param_max_rms": param_max_rms,
            "scalar_max": scalar_max,
            "size_update_period": size_update_period,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates all tensors that have a gradient, and returns the result of `closure`."""
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        for group in self.param_groups:
            tensors = [tensor for tensor in group["params"] if tensor.grad is not None]
            for tensor in tensors:
                self._begin(tensor, group)
            clip = self._clip_factor(tensors, group)
            for tensor in tensors:
                self._update(tensor, group, clip)
        return result

    def _begin(self, tensor: torch.Tensor, group: dict[str, Any]) -> None:
        """The state of a tensor before its first update."""
        state = self.state[tensor]
        if state:
            return
        state["step"] = 0
        state["delta"] = torch.zeros_like(tensor)
        state["square"] = torch.zeros_like(tensor)
        if tensor.numel() > 1:
            state["rms"] = _rms(tensor)
            state["size_square"] = torch.zeros_like(state["rms"])
            state["size_gradients"] = state["rms"].new_zeros(group["size_update_period"])

    def _clip_factor(self, tensors: list[torch.Tensor], group: dict[str, Any]) -> float:
        """The factor of this update's gradients, by the median norm of the last period."""
        if group["clipping_scale"] is None or not tensors:
            return 1.0
        period = group["clipping_update_period"]
        norm = math.sqrt(sum(float(self._sized_gradient(tensor).square().sum()) for tensor in tensors))
        # Kept in the state of the group's first tensor, which is saved and loaded with the optimizer.
        state = self.state[group["params"][0]]
        norms = state.setdefault("norms", torch.zeros(period, dtype=torch.float64))
        step = state["norm_count"] = state.get("norm_count", 0)
        norms[step % period] = norm
        if step and step % period == 0:
            state["threshold"] = float(group["clipping_scale"] * norms.sort().values[period // 2])
        state["norm_count"] = step + 1
        return min(1.0, state["threshold"] / (norm + 1e-20)) if "threshold" in state else 1.0

    def _sized_gradient(self, tensor: torch.Tensor) -> torch.Tensor:
        assert tensor.grad is not None
        return tensor.grad * self.state[tensor]["rms"] if tensor.numel() > 1 else tensor.grad

    def _update(self, tensor: torch.Tensor, group: dict[str, Any], clip: float) -> None:
        assert tensor.grad is not None
        state, gradient = self.state[tensor], tensor.grad
        (beta1, beta2), step = group["betas"], state["step"]
        clipped = gradient * clip
        state["delta"].mul_(beta1)
        if tensor.numel() > 1:
            self._update_size(tensor, clipped, group)
        used = clipped if group["clips_updates"] else gradient
        state["square"].mul_(beta2).addcmul_(used, used, value=1 - beta2)
        correction = 1 - beta2 ** (step + 1)
        is_scalar = tensor.numel() == 1
        square = state["square"] / correction if is_scalar or correction < 0.99 else state["square"]
        size = 1.0 if is_scalar else state["rms"].clamp(min=group["param_min_rms"])
        lr = group["lr"] * group["scalar_lr_scale"] if is_scalar else group["lr"]
        state["delta"].add_(used / (square.sqrt() + group["eps"]) * size, alpha=-lr * (1 - beta1))
        if is_scalar:
            tensor.clamp_(-group["scalar_max"], group["scalar_max"])
        tensor.add_(state["delta"])
        state["step"] = step + 1

    def _update_size(self, tensor: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        """Keeps the gradient of the tensor's size, and learns the size once in every period."""
        state, period = self.state[tensor], group["size_update_period"]
        (beta1, beta2), step = group["betas"], state["step"]
        state["size_gradients"][step % period] = (tensor * gradient).sum()
        if step % period != period - 1:
            return
        state["rms"].copy_(_rms(tensor))
        if step == 0:
            return
        decay = beta2**period
        state["size_square"].mul_(decay).add_(state["size_gradients"].square().mean(), alpha=1 - decay)
        correction = 1 - decay ** ((step + 1) // period)
        rate = group["lr"] * group["scalar_lr_scale"]
        change = (
            -rate
            * math.sqrt(correction)
            * state["size_gradients"].sum()
            / (state["size_square"].sqrt() + group["eps"])
        )
        change = torch.where(state["rms"] < group["param_min_rms"], torch.zeros_like(change), change)
        # Four times as fast as learning could: a tensor beyond the largest size comes back.
        shrinking = torch.full_like(change, -rate * period)
        change = torch.where(state["rms"] > group["param_max_rms"], shrinking, change)
        state["delta"].add_(tensor * change, alpha=1 - beta1)


def _rms(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.square().mean().sqrt()


class Eden(LRScheduler):
    """Learning rate by batches and epochs, both with a power of -1/2 in the end, and a warm-up from one half.

    `base * ((n^2 + N^2) / N^2)^-0.25 * ((e^2 + E^2) / E^2)^-0.25 * (0.5 + 0.5 min(1, n / warmup))`

    Args:
        optimizer: whose learning rates are set.
        lr_batches: N.
        lr_epochs: E.
        warmup_batches: batches of the warm-up.
        last_epoch: of torch: the batch count to resume from, -1 for a fresh start.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_batches: float = 5000,
        lr_epochs: float = 4,
        warmup_batches: float = 200,
        last_epoch: int = -1,
    ) -> None:
        self.lr_batches, self.lr_epochs, self.warmup_batches = lr_batches, lr_epochs, warmup_batches
        self.epoch = 0.0
        super().__init__(optimizer, last_epoch)

    def set_epoch(self, epoch: float) -> None:
        """Tells the epoch, from 0; its learning rate is in use from the next update on."""
        self.epoch = epoch
        for group, rate in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = rate

    def get_lr(self) -> list[float | torch.Tensor]:
        """The learning rate of every group after `last_epoch` batches."""
        factor = eden_factor(self.last_epoch, self.epoch, self.lr_batches, self.lr_epochs, self.warmup_batches)
        return [base * factor for base in self.base_lrs]


def eden_factor(batch: float, epoch: float, lr_batches: float, lr_epochs: float, warmup_batches: float) -> float:
    """The factor of `Eden` after so many batches and epochs."""
    by_batch = ((batch**2 + lr_batches**2) / lr_batches**2) ** -0.25
    by_epoch = ((epoch**2 + lr_epochs**2) / lr_epochs**2) ** -0.25
    warmup = 0.5 + 0.5 * min(1.0, batch / warmup_batches) if warmup_batches else 1.0
    return by_batch * by_epoch * warmup


__all__ = ["Eden", "ScaledAdam", "eden_factor"]
