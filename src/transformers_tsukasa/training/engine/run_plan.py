# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Plan of a run, decided once before it starts and read by models, trainer, log and doctor."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from ...utils.wording import suggestion
from .arguments import TsukasaTrainingArguments
from .phases import DISCRIMINATORS, Absence, Loss, Phase, Schedule


@dataclass(frozen=True)
class LossStart:
    """When a loss begins.

    Args:
        name: of the loss.
        weight: that it has; None where it has none or never runs.
        update: the first with it, counted from 0; None when there is none.
        reason: why there is none.
        is_chosen: whether the config decides so, by a weight of 0 or by leaving something out.
    """

    name: str
    weight: float | None
    update: int | None
    reason: str = ""
    is_chosen: bool = False


@dataclass(frozen=True)
class RunPlan:
    """All that is known of a run before its first update.

    Args:
        schedule: the phases as they run.
        updates: of the complete run.
        updates_per_epoch: of one epoch.
        batches_per_epoch: on every process.
        accumulation_steps: batches of an update on every process.
        processes: how many there are.
        left_out: utterances that are too short.
        adversaries: names of the modules that are discriminators.
        loss_starts: when each loss begins, or why it never does.
    """

    schedule: Schedule
    updates: int
    updates_per_epoch: int
    batches_per_epoch: int
    accumulation_steps: int
    processes: int
    left_out: int
    adversaries: frozenset[str]
    loss_starts: tuple[LossStart, ...]

    @property
    def phases(self) -> list[tuple[range, Phase]]:
        """Every phase with its updates; an empty range where it never runs."""
        return list(zip(self.schedule.spans(self.updates), self.schedule.phases, strict=True))

    def check(self, frozen: Sequence[str]) -> None:
        """Refuses a run with a phase in which nothing would be learned.

        Args:
            frozen: modules that the config freezes, for the message.

        Raises:
            ValueError: naming the phase and the key of the config.
        """
        for span, phase in self.phases:
            where = f"in phase '{phase.name}', from update {span.start}"
            if not span:
                continue
            if not phase.weights:
                left_out = ", ".join(map(str, phase.absences))
                raise ValueError(
                    f"nothing would be learned {where}: none of its losses runs: {left_out}; raise one in loss_weights"
                )
            if not set(phase.learns) - self.adversaries:
                frozen_ones = f" are frozen ({', '.join(frozen)}), or" if frozen else ""
                raise ValueError(
                    f"no module would learn {where}: its modules{frozen_ones} get no gradient of its losses "
                    f"({', '.join(phase.loss_names)}); leave one out of frozen, or raise loss_weights"
                )


def check_names(arguments: TsukasaTrainingArguments, phases: Sequence[Phase], modules: Collection[str]) -> None:
    """Refuses names in `loss_weights`, `learning_rates` and `frozen` that a training does not have.

    Raises:
        ValueError: naming the key.
    """
    losses = dict.fromkeys(loss.name for phase in phases for loss in phase.all_losses if loss.weight is not None)
    for key, what, known in (
        ("loss_weights", "losses", losses),
        ("learning_rates", "parts", [*modules, DISCRIMINATORS]),
        ("frozen", "parts", list(modules)),
    ):
        for name in getattr(arguments, key) or ():
            if name not in known:
                raise ValueError(
                    f"{key} names '{name}', but the {what} here are {', '.join(known)}{suggestion(name, known)}"
                )


def make_plan(
    schedule: Schedule,
    arguments: TsukasaTrainingArguments,
    *,
    batches_per_epoch: int,
    processes: int,
    left_out: int,
    adversaries: frozenset[str],
    obstacle: Callable[[str, range], str | None],
) -> RunPlan:
    """The plan of a run; for the arguments see `RunPlan` and `loss_starts`."""
    per_epoch = math.ceil(batches_per_epoch / arguments.gradient_accumulation_steps)
    by_epochs = math.ceil(arguments.num_train_epochs * per_epoch)
    updates = arguments.max_steps if arguments.max_steps > 0 else by_epochs
    return RunPlan(
        schedule=schedule,
        updates=updates,
        updates_per_epoch=per_epoch,
        batches_per_epoch=batches_per_epoch,
        accumulation_steps=arguments.gradient_accumulation_steps,
        processes=processes,
        left_out=left_out,
        adversaries=adversaries,
        loss_starts=loss_starts(schedule, updates, obstacle),
    )


def resolve(
    phase: Phase,
    weights: Mapping[str, float],
    absences: Sequence[Absence] = (),
    absent_modules: Mapping[str, str] | None = None,
    taught_by: Mapping[str, Set[str]] | None = None,
    adversaries: Set[str] = frozenset(),
) -> Phase:
    """A phase as a run has it: without what is not there, what does not count, and what only that would need.

    Args:
        phase: as the method has it.
        weights: that replace those of the phase, by the names of losses.
        absences: losses that the run cannot compute.
        absent_modules: modules that never learn, with the reason.
        taught_by: modules that learn from certain losses only -> those losses.
        adversaries: names of the modules that are discriminators; an extra update in which nothing else learns is
            left out.

    Returns:
        The phase, which lists in `absences` every loss that was left out.
    """
    absent_modules, taught_by = absent_modules or {}, taught_by or {}
    losses = [replace(loss, weight=weights.get(loss.name, loss.weight)) for loss in phase.losses]
    reasons = _reasons(losses, absences, absent_modules)
    running = tuple(loss for loss in losses if loss.name not in reasons)
    names = {loss.name for loss in running}
    learns = tuple(
        name
        for name in phase.learns
        if name not in absent_modules and (name not in taught_by or not names.isdisjoint(taught_by[name]))
    )
    left_out = (*phase.absences, *_grouped(reasons))
    extra = phase.extra and resolve(phase.extra, weights, absences, absent_modules, taught_by)
    if phase.extra is not None and extra is not None:
        left_out += extra.absences
        if extra.weights and not set(extra.learns) - adversaries:
            learners = [name for name in phase.extra.learns if name not in adversaries]
            left_out += (Absence(extra.loss_names, f"none of {', '.join(learners)} learns"),)
            extra = None
        elif not extra.weights:
            extra = None
    return Phase(phase.name, learns, running, left_out, extra)


def _reasons(losses: Sequence[Loss], absences: Sequence[Absence], absent_modules: Mapping[str, str]) -> dict[str, str]:
    """Why losses are left out, by the names of those that are."""
    given = {name: absence.reason for absence in absences for name in absence.names}
    for loss in losses:
        if loss.teaches is not None and loss.teaches in absent_modules:
            given[loss.name] = absent_modules[loss.teaches]
    reasons = {loss.name: given[loss.name] for loss in losses if loss.name in given}
    idle = [loss.name for loss in losses if loss.weight == 0 and loss.name not in reasons]
    reasons.update(dict.fromkeys(idle, "its weight is 0" if len(idle) == 1 else "their weights are 0"))
    for loss in losses:
        if loss.serves and loss.name not in reasons and all(name in reasons for name in loss.serves):
            verb = "do" if len(loss.serves) > 1 else "does"
            reasons[loss.name] = f"{' and '.join(loss.serves)} {verb} not run"
    return reasons


def _grouped(reasons: Mapping[str, str]) -> list[Absence]:
    """Losses that are left out for one reason together, in their order."""
    return [
        Absence(tuple(name for name, other in reasons.items() if other == reason), reason)
        for reason in dict.fromkeys(reasons.values())
    ]


def loss_starts(
    schedule: Schedule, end: int, obstacle: Callable[[str, range], str | None] = lambda name, updates: None
) -> tuple[LossStart, ...]:
    """When each loss of the phases of a run begins, in their order, and then what is left out.

    Args:
        schedule: the phases.
        end: number of updates of the run.
        obstacle: of a loss and the updates of the phases that have it, why it is nevertheless never computed.
    """
    spans = schedule.spans(end)
    losses = {loss.name: loss for phase in schedule.phases for loss in phase.all_losses}
    starts = {}
    for name, loss in losses.items():
        pairs = zip(spans, schedule.phases, strict=True)
        running = [span for span, phase in pairs if span and name in _names(phase)]
        if not running:
            starts[name] = LossStart(name, None, None, _never(schedule, name, end))
            continue
        reason = obstacle(name, range(running[0].start, running[-1].stop))
        starts[name] = LossStart(
            name, None if reason else loss.weight, None if reason else running[0].start, reason or ""
        )
    for phase in schedule.phases:
        for absence in phase.absences:
            for name in absence.names:
                starts.setdefault(name, LossStart(name, None, None, absence.reason, is_chosen=True))
    return tuple(starts.values())


def _names(phase: Phase) -> set[str]:
    return {loss.name for loss in phase.all_losses}


def _never(schedule: Schedule, name: str, end: int) -> str:
    """Why no phase with this loss runs."""
    pairs = zip(schedule.starts, schedule.phases, strict=True)
    start, phase = next((start, phase) for start, phase in pairs if name in _names(phase))
    if start >= end:
        return f"phase '{phase.name}' begins at update {start}, and the run ends at {end}"
    return f"phase '{phase.name}' begins at update {start}, and so does the next one, which replaces it"


__all__ = ["LossStart", "RunPlan", "check_names", "loss_starts", "make_plan", "resolve"]
