# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""When each loss of a run is first computed, and why some never are: said before a run and not after days of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .phases import Schedule


@dataclass(frozen=True)
class LossStart:
    """When a loss begins.

    Args:
        name: of the loss.
        update: the first with it, counted from 0; None when there is none.
        reason: why there is none.
        is_chosen: whether the config says so in so many words, by a weight of 0 or by leaving something out.
    """

    name: str
    update: int | None
    reason: str = ""
    is_chosen: bool = False


def loss_starts(
    schedule: Schedule,
    end: int,
    weights: Mapping[str, float],
    obstacle: Callable[[str, range], str | None],
) -> list[LossStart]:
    """Of all losses that the phases of a run name, in their order.

    Args:
        schedule: the phases.
        end: number of updates of the run.
        weights: of the losses; those that are not there count.
        obstacle: of a loss and the updates of the phases that have it, why it is never computed all the same.
    """
    spans = schedule.spans(end)
    names = dict.fromkeys(name for phase in schedule.phases for name in phase.losses)
    starts = []
    for name in names:
        having = [span for span, phase in zip(spans, schedule.phases, strict=True) if name in phase.losses]
        running = [span for span in having if span]
        if not running:
            starts.append(LossStart(name, None, _never(schedule, name, end)))
        elif weights.get(name, 1.0) == 0:
            starts.append(LossStart(name, None, "its weight is 0 (loss_weights)", is_chosen=True))
        else:
            reason = obstacle(name, range(running[0].start, running[-1].stop))
            starts.append(LossStart(name, None if reason else running[0].start, reason or ""))
    absent = dict.fromkeys(sentence for phase in schedule.phases for sentence in phase.absent)
    left_out = {start.name: start for sentence in absent for start in _left_out(sentence)}
    return starts + list(left_out.values())


def _left_out(sentence: str) -> list[LossStart]:
    """Of a sentence of `Phase.absent`: "names (reason)"."""
    names, _, reason = sentence.partition(" (")
    reason = reason.removesuffix(")") or "this run does without it"
    return [LossStart(name, None, reason, is_chosen=True) for name in names.split(", ")]


def _never(schedule: Schedule, name: str, end: int) -> str:
    """Why no phase with this loss runs."""
    pairs = zip(schedule.starts, schedule.phases, strict=True)
    start, phase = next((start, phase) for start, phase in pairs if name in phase.losses)
    if start >= end:
        return f"phase '{phase.name}' begins at update {start}, and the run ends at {end}"
    return f"phase '{phase.name}' is taken over by the next one at the very update {start} at which it begins"


__all__ = ["LossStart", "loss_starts"]
