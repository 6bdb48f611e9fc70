# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Log lines of a run: its plan, the beginning of a phase, and arguments that have no effect."""

import logging
from collections.abc import Mapping, Sequence, Set

from torch import nn

from ...utils.wording import counted
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.phases import Phase
from ..engine.run_plan import RunPlan
from ..engine.trained_modules import TrainedModels


logger = logging.getLogger(__name__)


def log_plan(plan: RunPlan, min_frames: int) -> None:
    """Processes, batches and phases, and which phases and losses never run.

    Args:
        plan: of the run.
        min_frames: mel frames that an utterance needs.
    """
    batches = counted(plan.batches_per_epoch, "batch", "batches")
    logger.info(
        "%s, %s an epoch%s; an epoch is %s; phases:\n%s",
        counted(plan.processes, "process", "processes"),
        batches,
        " each" if plan.processes > 1 else "",
        counted(plan.updates_per_epoch, "update"),
        plan.schedule.describe(),
    )
    if plan.left_out:
        utterances = counted(plan.left_out, "utterance")
        logger.warning("left out of training: %s with fewer than %d mel frames", utterances, min_frames)
    if plan.accumulation_steps > plan.batches_per_epoch:
        logger.warning(
            "gradient_accumulation_steps is %d, but an epoch has only %s on a process, and an update ends with it",
            plan.accumulation_steps,
            batches,
        )
    for start, phase in zip(plan.schedule.starts, plan.schedule.phases, strict=True):
        if start >= plan.updates:
            logger.warning(
                "phase '%s' would begin at update %d and never runs: the run ends at %d",
                phase.name,
                start,
                plan.updates,
            )
    for loss in plan.loss_starts:
        if loss.update is None and not loss.is_chosen:
            logger.warning("the loss '%s' is never computed in this run: %s", loss.name, loss.reason)


def log_phase(
    phase: Phase, step: int, models: TrainedModels, modules: Mapping[str, nn.Module], learners: Set[str]
) -> None:
    """The beginning of a phase, whose modules are frozen and unfrozen already.

    Args:
        phase: that begins.
        step: update at which it begins.
        models: of the run.
        modules: every part that may learn, by name.
        learners: names of those that learn at some time.
    """
    ours = {id(weight) for module in modules.values() for weight in module.parameters()}
    throughout = [name for name in modules if name not in learners]
    for name, part in models.parts().items():
        if not any(id(weight) in ours for weight in part.parameters()):
            throughout.append(name)
    frozen = [name for name in modules if name in learners - phase.learners]
    weights = list(models.parameters())
    logger.info(
        "%s; %s of %s weights of the model learn",
        phase_line(phase, step, frozen, throughout),
        f"{sum(weight.numel() for weight in weights if weight.requires_grad):,}",
        f"{sum(weight.numel() for weight in weights):,}",
    )


def phase_line(phase: Phase, step: int, frozen: Sequence[str], frozen_throughout: Sequence[str]) -> str:
    """One line on a phase: which modules learn, which do not, and which losses run.

    Args:
        phase: that begins.
        step: update at which it begins.
        frozen: modules that learn in other phases.
        frozen_throughout: modules with weights that learn in no phase.
    """
    parts = [f"phase '{phase.name}' from update {step}; learns: {', '.join(phase.learns)}"]
    if frozen or not frozen_throughout:
        parts.append(f"frozen: {', '.join(frozen) or 'nothing'}")
    if frozen_throughout:
        parts.append(f"frozen in every phase: {', '.join(frozen_throughout)}")
    parts.append(f"losses: {', '.join(loss.name for loss in phase.all_losses)}")
    if phase.absences:
        parts.append(f"does NOT run: {', '.join(map(str, phase.absences))}")
    return "; ".join(parts)


def log_unused_arguments(arguments: TsukasaTrainingArguments) -> None:
    """Arguments of transformers' Trainer that were given and have no effect."""
    for name in ("per_device_train_batch_size", "per_device_eval_batch_size"):
        value = getattr(arguments, name)
        if value != getattr(type(arguments), name):
            logger.warning(
                "%s (%d) is not used: batches are made by length, in %s", name, value, arguments.length_unit
            )


__all__ = ["log_phase", "log_plan", "log_unused_arguments", "phase_line"]
