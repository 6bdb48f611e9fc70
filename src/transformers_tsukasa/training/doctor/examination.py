# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa doctor`: examines a run before it starts, by making its trainer and reading its plan."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..engine.arguments import TsukasaTrainingArguments
from ..engine.checkpointing_trainer import removed_when_empty
from ..engine.checkpoints import checkpoints
from ..engine.run import RESULT_FOLDER
from ..engine.run_config import read_run
from ..engine.trainer import PhasedTrainer
from .corpus import examine_corpus
from .findings import OK, PROBLEM, WARNING, Finding
from .resources import examine_resources, free_memory
from .schedule import examine_schedule


_ERRORS = (ValueError, LookupError, OSError, ImportError, RuntimeError, ArithmeticError)


def examine(
    trainer_class: type[PhasedTrainer],
    path: str | os.PathLike,
    overrides: Iterable[str],
    measure: bool = False,
    processes: int = 1,
) -> list[Finding]:
    """Examines a run before it starts.

    Nothing is trained and no checkpoint is written. Files that a run makes once and keeps in its output folder (the
    phonemes of PL-BERT's texts, the styles of stage 3) are made and kept.

    Args:
        trainer_class: of the training.
        path, overrides: of its config; see `read_run`.
        measure: let the complete largest batch go through every phase, and not a few of its utterances.
        processes: number that the run will have.

    Returns:
        Rows. Where a check fails on which others depend, those are missing.
    """
    try:
        options, arguments = read_run(path, overrides, (trainer_class.OPTIONS, trainer_class.ARGUMENTS))
    except _ERRORS as error:
        return [Finding(PROBLEM, "config", str(error))]
    findings = [Finding(OK, "config", f"'{path}' is understood"), output_finding(arguments)]
    if getattr(options, "corpus", None) is not None:
        findings += examine_corpus(options.corpus)
    free = free_memory(arguments.device)
    with removed_when_empty(arguments.run_folder), _kept_warnings() as warnings:
        try:
            trainer = trainer_class.from_options(options, arguments)
        except _ERRORS as error:
            return [*findings, Finding(PROBLEM, "start", str(error))]
        findings += [Finding(WARNING, "start", message) for message in warnings]
        try:
            plan = trainer.plan_for(processes)
            findings += examine_schedule(trainer, plan)
        except _ERRORS as error:
            return [*findings, Finding(PROBLEM, "schedule", str(error))]
        findings += examine_resources(trainer, plan, free, measure)
    return findings


def output_finding(arguments: TsukasaTrainingArguments) -> Finding:
    """The row on the output folder."""
    folder = arguments.run_folder
    if arguments.resume_from_checkpoint is not None:
        return Finding(PROBLEM, "output_dir", "resume_from_checkpoint is not used", "resume with `resume=True`")
    if found := checkpoints(folder):
        advice = "resume it with `resume=True`, or name another folder"
        return Finding(WARNING, "output_dir", f"'{folder}' holds a run already ({found[-1].name})", advice)
    if (Path(folder) / RESULT_FOLDER).exists():
        state = f"'{folder}' holds a result already ('{RESULT_FOLDER}') and no checkpoint to resume from"
        return Finding(PROBLEM, "output_dir", state, "move it away, or name another folder")
    if Path(folder).exists() and not Path(folder).is_dir():
        return Finding(PROBLEM, "output_dir", f"'{folder}' is a file", "name a folder")
    return Finding(OK, "output_dir", f"'{folder}'")


@contextmanager
def _kept_warnings() -> Iterator[list[str]]:
    """Collects warnings, which would otherwise be printed between the rows."""
    messages: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    package = logging.getLogger(__name__.split(".")[0])
    handler, propagates = Keeping(logging.WARNING), package.propagate
    package.addHandler(handler)
    package.propagate = False
    try:
        yield messages
    finally:
        package.removeHandler(handler)
        package.propagate = propagates


__all__ = ["examine", "output_finding"]
