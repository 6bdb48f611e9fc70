# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What a run says of itself: how it is laid out, what learns when, what does not run, and what is not used."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...utils.wording import counted
from .phases import DISCRIMINATORS, Phase


if TYPE_CHECKING:
    from .trainer import TsukasaTrainer

logger = logging.getLogger(__name__)


def check_phases(trainer: "TsukasaTrainer") -> None:
    """Refuses phases in which nothing would be learned.

    Raises:
        ValueError: naming the phase.
    """
    schedule, weights = trainer.schedule, trainer.loss_weights
    for span, phase in zip(schedule.spans(trainer.planned_updates), schedule.phases, strict=True):
        if not span:
            continue
        if not set(phase.learns) - {DISCRIMINATORS}:
            raise ValueError(
                f"no module would learn in phase '{phase.name}', from update {span.start}: all of its modules are "
                f"frozen ({', '.join(trainer.args.frozen or ())}); leave one out of frozen"
            )
        if not any(weights.get(name, 0.0) for name in phase.losses):
            raise ValueError(
                f"nothing would be learned in phase '{phase.name}', from update {span.start}: none of its losses "
                f"({', '.join(phase.losses)}) has a weight above 0; raise one in loss_weights"
            )


def say_plan(trainer: "TsukasaTrainer") -> None:
    """Processes, batches and phases, and what of it will never come; one process says it for all."""
    if not trainer.is_world_process_zero():
        return
    processes, schedule = trainer.args.world_size, trainer.schedule
    batches = counted(trainer.batches_per_epoch, "batch", "batches")
    logger.info(
        "%s, %s an epoch%s; an epoch is %s; phases:\n%s",
        counted(processes, "process", "processes"),
        batches,
        " each" if processes > 1 else "",
        counted(trainer.updates_per_epoch, "update"),
        schedule.describe(),
    )
    if trainer.args.gradient_accumulation_steps > trainer.batches_per_epoch:
        logger.warning(
            "gradient_accumulation_steps is %d, but an epoch has only %s on a process, and with it an update ends",
            trainer.args.gradient_accumulation_steps,
            batches,
        )
    for start, phase in zip(schedule.starts, schedule.phases, strict=True):
        if start >= trainer.planned_updates:
            logger.warning(
                "phase '%s' would begin at update %d and never runs: the run ends at %d",
                phase.name,
                start,
                trainer.planned_updates,
            )
    for start in trainer.loss_starts():
        if start.update is None and not start.is_chosen:
            logger.warning("the loss '%s' is never computed in this run: %s", start.name, start.reason)


def say_phase(trainer: "TsukasaTrainer", phase: Phase) -> None:
    """A phase begins; its modules are frozen and thawed already."""
    if not trainer.is_world_process_zero():
        return
    modules, learners = trainer.modules(), trainer.schedule.learners
    ours = {id(weight) for module in modules.values() for weight in module.parameters()}
    throughout = [name for name in modules if name not in learners]
    for name, part in trainer.model.parts().items():
        if not any(id(weight) in ours for weight in part.parameters()):
            throughout.append(name)
    frozen = [name for name in modules if name in learners and name not in phase.learns]
    weights = list(trainer.model.parameters())
    logger.info(
        "%s; %s of %s weights of the model learn",
        announcement(phase.weighed(trainer.loss_weights), trainer.state.global_step, frozen, throughout),
        f"{sum(weight.numel() for weight in weights if weight.requires_grad):,}",
        f"{sum(weight.numel() for weight in weights):,}",
    )


def announcement(phase: Phase, step: int, frozen: Sequence[str], frozen_throughout: Sequence[str]) -> str:
    """What is said when a phase begins.

    Args:
        phase: with all that is absent.
        step: update at which it begins.
        frozen: what learns in other phases.
        frozen_throughout: what holds weights and learns in no phase.
    """
    parts = [f"phase '{phase.name}' from update {step}; learns: {', '.join(phase.learns)}"]
    if frozen or not frozen_throughout:
        parts.append(f"frozen: {', '.join(frozen) or 'nothing'}")
    if frozen_throughout:
        parts.append(f"frozen in every phase: {', '.join(frozen_throughout)}")
    parts.append(f"losses: {', '.join(phase.losses)}")
    if phase.absent:
        parts.append(f"does NOT run: {', '.join(phase.absent)}")
    return "; ".join(parts)


def say_what_is_unused(trainer: "TsukasaTrainer") -> None:
    """Arguments of the Trainer that were given and change nothing."""
    arguments = trainer.args
    for name in ("per_device_train_batch_size", "per_device_eval_batch_size"):
        value = getattr(arguments, name)
        if value != getattr(type(arguments), name) and trainer.is_world_process_zero():
            logger.warning("%s (%d) is not used: batches are made by length, in %s", name, value, trainer.LENGTH_UNIT)


__all__ = ["announcement", "check_phases", "say_phase", "say_plan", "say_what_is_unused"]
