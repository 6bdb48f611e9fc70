# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which modules learn in which part of a run, and from which losses: data that everything else reads."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import torch
from torch import nn


DISCRIMINATORS = "discriminators"
"""The adversary on waveforms, among the modules of a run."""


@dataclass(frozen=True)
class Loss:
    """A loss of a phase.

    Args:
        name: in the log and in `loss_weights`.
        weight: in the sum that the generator side learns from; None for the loss of discriminators themselves.
        needs: names of the outputs of the models' forward pass that it is computed from; what no loss needs is not
            computed.
        teaches: the only module that learns from it; None when there are several.
        serves: of a loss without a weight, the losses that it is there for. It runs when one of them does.
    """

    name: str
    weight: float | None = 1.0
    needs: frozenset[str] = frozenset()
    teaches: str | None = None
    serves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Absence:
    """Losses that the method has in a phase and this run does not compute.

    Args:
        names: of the losses.
        reason: why, as the log and `tsukasa doctor` report it.
    """

    names: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"{', '.join(self.names)} ({self.reason})"


@dataclass(frozen=True)
class Phase:
    """A part of a run.

    Args:
        name: in the log.
        learns: names of the modules whose weights move; all others are frozen and run in evaluation mode.
        losses: that are computed in an update.
        absences: losses that the method has here and the run leaves out.
        extra: an update of its own that follows some of the updates of this phase; None when there is none.
    """

    name: str
    learns: tuple[str, ...]
    losses: tuple[Loss, ...] = ()
    absences: tuple[Absence, ...] = ()
    extra: "Phase | None" = None

    @property
    def loss_names(self) -> tuple[str, ...]:
        """Names of the losses of an update, without those of the extra one."""
        return tuple(loss.name for loss in self.losses)

    @property
    def all_losses(self) -> tuple[Loss, ...]:
        """The losses of both kinds of update."""
        return self.losses if self.extra is None else (*self.losses, *self.extra.losses)

    @property
    def learners(self) -> set[str]:
        """Names of the modules that learn in either kind of update."""
        return set(self.learns) | (set() if self.extra is None else set(self.extra.learns))

    @property
    def weights(self) -> dict[str, float]:
        """Weights of the losses that the generator side learns from."""
        return {loss.name: loss.weight for loss in self.losses if loss.weight is not None}

    @property
    def needs(self) -> frozenset[str]:
        """Names of the outputs that the losses are computed from."""
        return frozenset().union(*(loss.needs for loss in self.losses))

    def weighted_sum(self, losses: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The weighted sum of those losses that the generator side learns from; zero without any."""
        weights = self.weights
        weighted = [weights[name] * loss for name, loss in losses.items() if name in weights]
        return torch.stack(weighted).sum() if weighted else torch.zeros(())

    def has(self, loss: str) -> bool:
        """Whether a loss is computed in an update of this phase."""
        return loss in self.loss_names


@dataclass(frozen=True)
class Schedule:
    """Phases, each from an update of the run on.

    Args:
        starts: update from which each phase runs, not falling, the first 0. Where two phases begin together, the
            later one runs.
        phases: as many.

    Raises:
        ValueError: on starts that are none.
    """

    starts: Sequence[int]
    phases: Sequence[Phase] = field(default=())

    def __post_init__(self) -> None:
        starts, phases = list(self.starts), list(self.phases)
        if len(starts) != len(phases) or not phases or starts[0] != 0 or starts != sorted(starts):
            raise ValueError(f"phases begin at updates that do not fall, the first at 0, got {starts}")

    def at(self, step: int) -> Phase:
        """The phase of an update, counted from 0."""
        place = max(index for index, start in enumerate(self.starts) if start <= step)
        return self.phases[place]

    def spans(self, end: int) -> list[range]:
        """The updates of every phase in a run of `end` updates; an empty range where a phase never runs."""
        return [
            range(start, max(start, min(stop, end)))
            for start, stop in zip(self.starts, [*self.starts[1:], end], strict=True)
        ]

    def first_update_of(self, modules: set[str]) -> int:
        """The update from which any of some modules learns; 0 when none ever does."""
        pairs = zip(self.starts, self.phases, strict=True)
        return next((start for start, phase in pairs if phase.learners & modules), 0)

    def describe(self) -> str:
        """A line for every phase that will run: from which update, what learns."""
        lines = []
        for place, (start, phase) in enumerate(zip(self.starts, self.phases, strict=True)):
            end = self.starts[place + 1] if place + 1 < len(self.starts) else None
            if end != start:
                lines.append(f"  from update {start}: {phase.name} ({', '.join(phase.learns)})")
        return "\n".join(lines)

    @property
    def learners(self) -> set[str]:
        """Names of all modules that learn at some time."""
        return set().union(*(phase.learners for phase in self.phases))


def losses_from(phases: Iterable[Phase], outputs: Set[str]) -> frozenset[str]:
    """Names of the losses with a weight that are computed from any of these outputs of the models."""
    losses = [loss for phase in phases for loss in phase.all_losses if loss.weight is not None]
    return frozenset(loss.name for loss in losses if loss.needs & outputs)


def set_learning(modules: Mapping[str, nn.Module], phase: Phase) -> None:
    """Freezes every module that does not learn in `phase`, and lets the others learn.

    A frozen module also runs in evaluation mode: neither dropout nor the buffers of its norms then move.
    """
    for name, module in modules.items():
        learns = name in phase.learns
        module.requires_grad_(learns)
        module.train(learns)


__all__ = ["DISCRIMINATORS", "Absence", "Loss", "Phase", "Schedule", "losses_from", "set_learning"]
