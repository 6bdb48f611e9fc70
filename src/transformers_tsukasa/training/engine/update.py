# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""One update: records of its batches, its result, and the count of updates in a row that were skipped."""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import torch
from accelerate import Accelerator
from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ...utils.wording import OF_THIS_PROCESS, counted
from .loss_meter import clip_gradients
from .loss_scale import LossScale


logger = logging.getLogger(__name__)

SUM = "their weighted sum"
"""Named with the losses when it is not finite; the Trainer's own "loss" logs it."""


@dataclass
class BatchRecord:
    """Record of one batch for the end of its update.

    Args:
        losses: and figures by name, without gradients.
        indices: places of the utterances in the split; None where losses are not of utterances.
        inputs: the batch itself, where an extra update needs it.
        gathered: values that the trainer takes in with the update, by name.
    """

    losses: dict[str, torch.Tensor]
    indices: torch.Tensor | None = None
    inputs: dict[str, torch.Tensor] | None = None
    gathered: dict[str, torch.Tensor] = field(default_factory=dict)


@dataclass
class UpdateResult:
    """Outcome of an update.

    Args:
        skipped: whether its gradients were dropped.
        norms: of the gradients of every module, before they were clipped; empty when it was skipped.
        losses: of every batch.
        learning_rates: that it was made with, by name.
        inputs: batches that were kept.
        gathered: what was gathered of every batch; nothing when it was skipped.
    """

    skipped: bool = False
    norms: dict[str, torch.Tensor] = field(default_factory=dict)
    losses: list[dict[str, torch.Tensor]] = field(default_factory=list)
    learning_rates: dict[str, float] = field(default_factory=dict)
    inputs: list[dict[str, torch.Tensor]] = field(default_factory=list)
    gathered: list[dict[str, torch.Tensor]] = field(default_factory=list)


@dataclass
class UpdateCounts:
    """Since the training began, on this process.

    Args:
        utterances: that were trained with.
        updates: without extra ones.
        skipped: of these updates.
        loss: sum of the losses of those that were not.
    """

    utterances: int = 0
    updates: int = 0
    skipped: int = 0
    loss: torch.Tensor | float = 0.0

    def add(self, result: UpdateResult) -> None:
        """Counts an update."""
        self.updates += 1
        self.skipped += result.skipped
        if not result.skipped:
            self.loss = self.loss + torch.stack([losses[SUM].float() for losses in result.losses]).mean()

    def mean_loss(self, accelerator: Accelerator) -> float:
        """Mean loss of the updates that were made, on all processes, which must call it together; NaN without any."""
        made = self.updates - self.skipped
        loss = torch.as_tensor(self.loss, device=accelerator.device)
        if accelerator.num_processes > 1:
            loss = accelerator.reduce(loss, reduction="mean")
        return loss.item() / made if made else math.nan

    def utterances_of_all(self, accelerator: Accelerator) -> int:
        """Utterances on all processes, which must call it together."""
        count = torch.tensor(self.utterances, device=accelerator.device)
        return int((accelerator.reduce(count, reduction="sum") if accelerator.num_processes > 1 else count).item())


@dataclass(frozen=True)
class Finiteness:
    """Whether any loss and any gradient is not finite, in any process."""

    losses_are_bad: bool
    gradients_are_bad: bool

    @classmethod
    def of(
        cls, batches: list[BatchRecord], norms: Mapping[str, torch.Tensor], accelerator: Accelerator
    ) -> "Finiteness":
        """All processes must call it together."""
        losses = [loss for batch in batches for loss in batch.losses.values()]
        # A process may have no loss of its own in an update that all make.
        zero = torch.zeros((), device=accelerator.device)
        values = [torch.stack([zero, *(value.float() for value in part)]) for part in (losses, norms.values())]
        is_bad = torch.stack([~torch.isfinite(part).all() for part in values])
        if accelerator.num_processes > 1:
            is_bad = accelerator.reduce(is_bad.float(), reduction="sum") > 0
        return cls(*is_bad.tolist())

    @property
    def is_fine(self) -> bool:
        """Whether the optimizers may step."""
        return not (self.losses_are_bad or self.gradients_are_bad)


class FailureCount:
    """Counts updates in a row that were not finite, by their kind, and ends the run when there are too many.

    Args:
        limit: so many in a row end it.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_a_row: dict[str, int] = {}

    def reset(self, kind: str) -> None:
        """An update of this kind was made."""
        self.in_a_row[kind] = 0

    def add(self, kind: str, step: int, batches: list[BatchRecord], norms: Mapping[str, torch.Tensor]) -> None:
        """Logs an update that was skipped, with the losses, modules and utterances concerned.

        Args:
            kind: in front of "update"; empty for the usual one.
            step: number of the update.
            batches: of the update.
            norms: of the gradients of every module.

        Raises:
            FloatingPointError: when too many in a row were skipped.
        """
        skipped = self.in_a_row[kind] = self.in_a_row.get(kind, 0) + 1
        bad = {name for batch in batches for name, loss in batch.losses.items() if not torch.isfinite(loss)}
        losses, modules = ", ".join(sorted(bad)), ", ".join(not_finite(norms))
        utterances = [index for batch in batches if batch.indices is not None for index in batch.indices.tolist()]
        logger.warning(
            "%supdate %d is skipped on all processes (%d in a row): not finite are the losses [%s] and the gradients "
            "of [%s]; utterances of this process: %s",
            kind,
            step,
            skipped,
            losses,
            modules,
            utterances,
            extra=OF_THIS_PROCESS,
        )
        if skipped >= self.limit:
            which = f"{counted(skipped, f'{kind}update')} in a row {'was' if skipped == 1 else 'were'}"
            raise FloatingPointError(
                f"{which} not finite (losses: {losses or 'none'}; gradients of: {modules or 'none'}; last utterances: "
                f"{utterances}): examine these recordings, lower learning_rate, or train without bf16 and fp16"
            )


class GradientFinisher:
    """Ends an update: gradients are clipped, or dropped by all processes together.

    Args:
        accelerator: of the run.
        loss_scale: of the run.
        failures: counts the updates that are dropped.
        max_norm: of the gradients of every module.
    """

    def __init__(
        self, accelerator: Accelerator, loss_scale: LossScale, failures: FailureCount, max_norm: float
    ) -> None:
        self._accelerator, self._loss_scale = accelerator, loss_scale
        self._failures, self._max_norm = failures, max_norm

    def finish(
        self,
        modules: Mapping[str, nn.Module],
        optimizers: Iterable,
        batches: list[BatchRecord],
        kind: str,
        step: int,
        change: Callable[[], None] | None,
    ) -> UpdateResult:
        """Makes the gradients ready for the optimizers. All processes must call it together.

        Args:
            modules: every part that may have gradients.
            optimizers: that would step by them.
            batches: of the update.
            kind: of an extra update, for the log.
            step: number of the update, for the log.
            change: of the gradients before they are clipped.

        Raises:
            FloatingPointError: when too many updates of this kind in a row were dropped.
        """
        self._loss_scale.divide(optimizers)
        if change is not None:
            change()
        norms = clip_gradients(modules, self._max_norm)
        finiteness = Finiteness.of(batches, norms, self._accelerator)
        losses = [batch.losses for batch in batches]
        if finiteness.is_fine:
            self._failures.reset(kind)
            inputs = [batch.inputs for batch in batches if batch.inputs is not None]
            return UpdateResult(False, norms, losses, inputs=inputs, gathered=[batch.gathered for batch in batches])
        for module in modules.values():
            module.zero_grad()  # without gradients the optimizers do nothing
        if finiteness.losses_are_bad or not self._loss_scale.is_searched:
            self._failures.add(kind, step, batches, norms)
        else:  # a scale that is too large shows only in the gradients, and the scaler searches the right one
            logger.info(
                "%supdate %d is skipped on all processes: with a scale of %g, fp16 cannot hold the gradients of [%s]; "
                "the scale is halved",
                kind,
                step,
                self._loss_scale.value,
                ", ".join(not_finite(norms)),
            )
        return UpdateResult(True, losses=losses)


class AfterStep(TrainerCallback):
    """Calls a function when the optimizers have stepped, before anything is logged, evaluated or saved."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **keywords: object
    ) -> None:
        """Called by transformers after every update."""
        self._function()


def module_label(kind: str, name: str) -> str:
    """The name of a module in the log of an extra update."""
    return name if name.startswith(kind) else f"{kind}{name}"


def not_finite(norms: Mapping[str, torch.Tensor]) -> list[str]:
    """Names of the modules whose gradients are not finite."""
    return [name for name, norm in norms.items() if not torch.isfinite(norm)]


__all__ = [
    "SUM",
    "AfterStep",
    "BatchRecord",
    "FailureCount",
    "Finiteness",
    "GradientFinisher",
    "UpdateCounts",
    "UpdateResult",
    "module_label",
    "not_finite",
]
