# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa doctor`: check a training run before it starts."""

import argparse
from dataclasses import fields
from pathlib import Path

from . import train
from .extras import training_packages_explained
from .flags import with_flags
from .train import PARTS, load_trainer_class, set_up_torch


_EPILOG = """\
The arguments are those of `tsukasa train`; PART is needed only where neither the name nor the keys of the config
identify it. Every row is ok, a warning, or a problem with its remedy; with problems the exit code is 1. Nothing is
trained: a few utterances run through every phase, forward and backward, and the memory of the largest batch is
estimated from what they take. With --measure, the complete largest batch runs and is measured.

examples:
  tsukasa doctor configs/train/stage1.yaml corpus=corpus/ aligner=runs/aligner/final
  tsukasa doctor stage1 my-run.yaml max_frames_per_batch=24000 --measure
  tsukasa doctor configs/train/stage2.yaml corpus=corpus/ model=runs/stage1/final --processes 4
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EPILOG
    parser.usage = "tsukasa doctor [-h] [--measure] [--processes N] [PART] CONFIG [key=value ...]"
    parser.add_argument("words", metavar="[PART] CONFIG", nargs="+", help=f"PART is one of {', '.join(PARTS)}")
    parser.add_argument("--measure", action="store_true", help="run the complete largest batch through every phase")
    parser.add_argument("--processes", metavar="N", type=int, default=1, help="processes of the run (default: 1)")


def run(options: argparse.Namespace) -> int:
    """Print the table of findings, and return 1 when there is a problem."""
    if options.processes < 1:
        raise ValueError(f"--processes must be at least 1, got {options.processes}")
    words = list(options.words)
    part = words.pop(0) if words[0] in PARTS else None
    if not words:
        raise ValueError(f"name the config of the run: tsukasa doctor {part} CONFIG")
    from ..training.engine.run_config import read_values

    config, *changes = words
    read_values(config, changes)  # what is wrong with them is told before torch is imported
    set_up_torch()
    with training_packages_explained():
        from ..training.doctor.examination import examine
        from ..training.doctor.findings import PROBLEM, summary, table

    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # one for every file would bury the table
    training = load_trainer_class(part or _guess_part(config, changes))
    findings = examine(training, config, changes, measure=options.measure, processes=options.processes)
    print(_with_flags_of_runs(table(findings), options.command_parser))
    print(summary(findings))
    return 1 if any(finding.level == PROBLEM for finding in findings) else 0


def _with_flags_of_runs(findings: str, doctor: argparse.ArgumentParser) -> str:
    """Name arguments by their flags; advice may concern the run itself. Keys of its config keep their names."""
    runs = argparse.ArgumentParser()
    train.add_arguments(runs)
    return with_flags(with_flags(findings, doctor), runs)


def _guess_part(config: str, changes: list[str]) -> str:
    """Return the part that the name of the config contains, or else the only one that has all keys of the config.

    Raises:
        ValueError: when there is none, or several.
    """
    from ..training.engine.run_config import read_values

    named = [part for part in PARTS if part in Path(config).stem.lower().replace("-", "_").split("_")]
    if len(named) == 1:
        return named[0]
    keys = read_values(config, changes).keys()
    fitting = []
    for part in PARTS:
        trainer = load_trainer_class(part)
        if keys <= {one.name for cls in (trainer.OPTIONS, trainer.ARGUMENTS) for one in fields(cls) if one.init}:
            fitting.append(part)
    if len(fitting) == 1:
        return fitting[0]
    raise ValueError(
        f"cannot tell which part '{config}' trains ({', '.join(fitting or PARTS)}): name it, as in "
        f"`tsukasa doctor {(fitting or list(PARTS))[0]} {config}`"
    )
