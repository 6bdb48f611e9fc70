# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa doctor`: a run is looked at before it starts, by making its trainer and asking it."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from ..engine.arguments import TsukasaTrainingArguments
from ..engine.checkpoints import checkpoints
from ..engine.run import RESULT_FOLDER
from ..engine.run_config import read_run
from ..engine.whole_folders import unchanged
from .corpus import examine_corpus
from .findings import OK, PROBLEM, WARNING, Finding
from .resources import examine_resources, free_memory
from .schedule import examine_schedule


_ERRORS = (ValueError, LookupError, OSError, ImportError, RuntimeError, ArithmeticError)


def examine(
    run: ModuleType, path: str | os.PathLike, overrides: Iterable[str], measure: bool = False, processes: int = 1
) -> list[Finding]:
    """Looks at a run before it starts.

    Nothing is trained and no checkpoint written. What a run makes once and keeps in its output folder (the phonemes
    of PL-BERT's texts, the styles of stage 3) is made and kept.

    Args:
        run: a module `training.run_*`.
        path, overrides: of its config; see `read_run`.
        measure: let the whole largest batch go through every phase, and not a few utterances of it.
        processes: how many the run will have.

    Returns:
        Rows. Where one thing fails on which others stand, those are missing.
    """
    try:
        options, arguments = read_run(path, overrides, run.CLASSES)
    except _ERRORS as error:
        return [Finding(PROBLEM, "config", str(error))]
    findings = [Finding(OK, "config", f"'{path}' is understood"), _output(arguments)]
    if getattr(options, "corpus", None) is not None:
        findings += examine_corpus(options.corpus)
    free = free_memory(arguments.device)
    with unchanged(arguments.output_dir), _heard() as said:
        try:
            trainer = run.make_trainer(options, arguments)
        except _ERRORS as error:
            return [*findings, Finding(PROBLEM, "start", str(error))]
        findings += [Finding(WARNING, "start", message) for message in said]
        try:
            findings += examine_schedule(trainer, processes)
        except _ERRORS as error:
            return [*findings, Finding(PROBLEM, "schedule", str(error))]
        findings += examine_resources(trainer, free, measure)
    return findings


def _output(arguments: TsukasaTrainingArguments) -> Finding:
    folder = arguments.output_dir
    if arguments.resume_from_checkpoint is not None:
        return Finding(PROBLEM, "output_dir", "resume_from_checkpoint is not used", "go on with --resume")
    if found := checkpoints(folder):
        advice = "go on with --resume, or name another folder"
        return Finding(WARNING, "output_dir", f"'{folder}' holds a run already ({found[-1].name})", advice)
    if (Path(folder) / RESULT_FOLDER).exists():
        says = f"'{folder}' holds a result already ('{RESULT_FOLDER}') and no checkpoint to go on from"
        return Finding(PROBLEM, "output_dir", says, "move it away, or name another folder")
    if Path(folder).exists() and not Path(folder).is_dir():
        return Finding(PROBLEM, "output_dir", f"'{folder}' is a file", "name a folder")
    return Finding(OK, "output_dir", f"'{folder}'")


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What is warned of, which would otherwise stand between the rows."""
    said: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    package = logging.getLogger(__name__.split(".")[0])
    handler, propagates = Keeping(logging.WARNING), package.propagate
    package.addHandler(handler)
    package.propagate = False
    try:
        yield said
    finally:
        package.removeHandler(handler)
        package.propagate = propagates


__all__ = ["examine"]
