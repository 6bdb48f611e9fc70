# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which modules learn in which part of a run, and how fast: data that the trainers read and announce."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from torch import nn


DISCRIMINATORS = "discriminators"


@dataclass(frozen=True)
class Phase:
    """A part of a run.

    Args:
        name: in the log, and handed to the model's forward.
        learns: names of the modules whose weights move; all others are frozen and run in evaluation mode. With
            "discriminators" among them the adversarial losses are on.
        losses: names of the losses that the generator side gets, for the announcement.
        absent: what the method has at this place and this run does not, with the reason, for the announcement.
    """

    name: str
    learns: tuple[str, ...]
    losses: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def is_adversarial(self) -> bool:
        """Whether discriminators judge and learn."""
        return DISCRIMINATORS in self.learns

    def weighed(self, weights: Mapping[str, float]) -> "Phase":
        """The phase as it is announced: losses of weight 0 are among what is absent. What has no weight counts."""
        idle = [name for name in self.losses if weights.get(name, 1.0) == 0]
        if not idle:
            return self
        reason = "its weight is 0" if len(idle) == 1 else "their weights are 0"
        losses = tuple(name for name in self.losses if name not in idle)
        return replace(self, losses=losses, absent=(*self.absent, f"{', '.join(idle)} ({reason})"))


class Schedule:
    """Phases, each from an update of the run on.

    Args:
        starts: update from which each phase runs, not falling, the first 0. Where two phases begin together, the
            later one runs.
        phases: as many.
    """

    def __init__(self, starts: Sequence[int], phases: Sequence[Phase]) -> None:
        if len(starts) != len(phases) or not phases or starts[0] != 0 or list(starts) != sorted(starts):
            raise ValueError(f"phases begin at updates that do not fall, the first at 0, got {list(starts)}")
        self.starts, self.phases = list(starts), list(phases)

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

    def without(self, modules: Set[str]) -> "Schedule":
        """The same phases, in which some modules never learn."""
        if not modules:
            return self
        learning = (tuple(name for name in phase.learns if name not in modules) for phase in self.phases)
        phases = [replace(phase, learns=learns) for phase, learns in zip(self.phases, learning, strict=True)]
        return Schedule(self.starts, phases)

    @property
    def adversarial_start(self) -> int:
        """Update from which discriminators learn; 0 when they never do."""
        pairs = zip(self.starts, self.phases, strict=True)
        return next((start for start, phase in pairs if phase.is_adversarial), 0)

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
        return {name for phase in self.phases for name in phase.learns}


def set_learning(modules: Mapping[str, nn.Module], phase: Phase) -> None:
    """Freezes every module that does not learn in `phase`, and lets the others learn.

    A frozen module also runs in evaluation mode: neither dropout nor the buffers of its norms then move.
    """
    for name, module in modules.items():
        learns = name in phase.learns
        module.requires_grad_(learns)
        module.train(learns)


__all__ = ["DISCRIMINATORS", "Phase", "Schedule", "set_learning"]
