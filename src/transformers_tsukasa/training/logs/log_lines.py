# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A readable line for everything that a run logs; reporters such as TensorBoard get all values."""

import sys
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

from tqdm import tqdm
from transformers import ProgressCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class Bars(ProgressCallback):
    """transformers' progress bars without the dict of all values, which `LogLines` replaces."""

    def on_log(self, *arguments: Any, **keywords: Any) -> None:
        """Prints nothing."""


class LogLines(TrainerCallback):
    """Writes a line to standard error for every logged update, every evaluation, and the end of a run.

    Args:
        losses: returns the names of the losses of the run, in their order.
    """

    def __init__(self, losses: Callable[[], Collection[str]]) -> None:
        self._losses = losses
        self._mark = time.perf_counter()
        self._seconds, self._updates = 0.0, 0  # since the latest line

    def on_train_begin(self, *arguments: Any, **keywords: Any) -> None:
        """Starts the clock."""
        self._seconds, self._updates = 0.0, 0
        self._mark = time.perf_counter()

    def on_step_end(self, *arguments: Any, **keywords: Any) -> None:
        """Counts an update and its seconds."""
        now = time.perf_counter()
        self._seconds, self._updates, self._mark = self._seconds + now - self._mark, self._updates + 1, now

    def on_evaluate(self, *arguments: Any, **keywords: Any) -> None:
        """Leaves what is not training out of the seconds of an update."""
        self._mark = time.perf_counter()

    on_save = on_evaluate

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, float] | None = None,
        **keywords: Any,
    ) -> None:
        """Writes the line of what was logged, on the first process."""
        if not state.is_world_process_zero or not logs:
            return
        line: str | None
        if "loss" in logs:
            line = update_line(logs, self._losses(), state.global_step, state.max_steps, self._seconds_an_update())
            self._seconds, self._updates = 0.0, 0
        elif "train_runtime" in logs:
            line = end_line(logs, state.global_step)
        else:
            line = evaluation_line(logs, self._losses(), state.global_step)
        if line:
            tqdm.write(line, file=sys.stderr)  # above the bar, where there is one

    def _seconds_an_update(self) -> float | None:
        return self._seconds / self._updates if self._updates else None


def update_line(
    logs: Mapping[str, float], losses: Collection[str], update: int, updates: int, seconds: float | None
) -> str:
    """The line of one update, or of the mean of those since the latest line.

    Args:
        logs: values by name.
        losses: names of the losses of the run.
        update: so many are made.
        updates: of the complete run.
        seconds: of an update; None when there was none.
    """
    parts = [f"update {update:,} of {updates:,} (epoch {logs.get('epoch', 0):.2f}): {_losses(logs, '', losses)}"]
    if "learning_rate" in logs:
        parts.append(f"lr {logs['learning_rate']:.2g}")
    if seconds is not None:
        parts += [f"{seconds:.2f} s an update", f"{_duration(seconds * (updates - update))} left"]
    return ", ".join(parts)


def evaluation_line(logs: Mapping[str, float], losses: Collection[str], update: int) -> str | None:
    """The line of an evaluation; None when nothing of it was logged."""
    prefix = next((name.removesuffix("loss") for name in logs if name.endswith("_loss")), None)
    return None if prefix is None else f"evaluation after update {update:,}: {_losses(logs, prefix, losses)}"


def end_line(logs: Mapping[str, float], update: int) -> str:
    """The line at the end of a run."""
    parts = [f"trained to update {update:,} in {_duration(logs['train_runtime'])}"]
    if "train_loss" in logs:
        parts.append(f"mean loss {_value(logs['train_loss'])}")
    if "train_samples_per_second" in logs:
        parts.append(f"{logs['train_samples_per_second']:.2f} utterances a second")
    return ", ".join(parts)


def _losses(logs: Mapping[str, float], prefix: str, losses: Collection[str]) -> str:
    named = [f"{name} {_value(logs[prefix + name])}" for name in losses if prefix + name in logs]
    total = f"loss {_value(logs[f'{prefix}loss'])}"
    return f"{total} ({', '.join(named)})" if named else total


def _value(value: float) -> str:
    return f"{value:.4g}"


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


__all__ = ["Bars", "LogLines", "end_line", "evaluation_line", "update_line"]
