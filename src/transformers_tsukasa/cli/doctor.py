# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa doctor`: a training run is checked before it starts."""

import argparse
from dataclasses import fields
from pathlib import Path

from ..training.recipes import recipe_module
from .train import PARTS


_EPILOG = """\
The command line is that of `tsukasa train`, with PART where the config does not tell it by its name or its keys.
Every row is ok, a warning, or a problem with what to do; with problems the exit code is 1. Nothing is trained: a few
utterances go through every phase, forward and backward, and from what they take the memory of the largest batch is
told. With --measure the whole largest batch goes.

examples:
  tsukasa doctor configs/train/stage1.yaml corpus=corpus/ aligner=runs/aligner/final
  tsukasa doctor stage1 my-run.yaml max_frames_per_batch=24000 --measure
  tsukasa doctor configs/train/stage2.yaml corpus=corpus/ model=runs/stage1/final --processes 4
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.epilog = _EPILOG
    parser.usage = "tsukasa doctor [-h] [--measure] [--processes N] [PART] CONFIG [key=value ...]"
    parser.add_argument("words", metavar="[PART] CONFIG", nargs="+", help=f"PART is one of {', '.join(PARTS)}")
    parser.add_argument("--measure", action="store_true", help="let the whole largest batch go through every phase")
    parser.add_argument(
        "--processes", metavar="N", type=int, default=1, help="how many the run will have (default: 1)"
    )


def run(options: argparse.Namespace) -> int:
    """Prints the table; 1 when there is a problem."""
    if options.processes < 1:
        raise ValueError(f"--processes must be at least 1, got {options.processes}")
    words = list(options.words)
    part = words.pop(0) if words[0] in PARTS else None
    if not words:
        raise ValueError(f"name the config of the run: tsukasa doctor {part} CONFIG")
    try:
        from ..training.doctor.examination import examine
        from ..training.doctor.findings import PROBLEM, summary, table
    except ImportError as error:
        raise ImportError(
            f"training needs more packages: pip install transformers-tsukasa[train] ({error})"
        ) from error

    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # one for every file read would bury the table
    config, *changes = words
    training = _training(part or _guess_part(config, changes))
    findings = examine(training, config, changes, measure=options.measure, processes=options.processes)
    print(table(findings))
    print(summary(findings))
    return 1 if any(finding.level == PROBLEM for finding in findings) else 0


def _training(part: str):
    return recipe_module(part)


def _guess_part(config: str, changes: list[str]) -> str:
    """By the name of the file, or because the keys of only one part are those of the file.

    Raises:
        ValueError: when neither tells.
    """
    from ..training.engine.run_config import read_values

    named = [part for part in PARTS if part in Path(config).stem.lower().replace("-", "_").split("_")]
    if len(named) == 1:
        return named[0]
    keys = read_values(config, changes).keys()
    fitting = [
        part
        for part in PARTS
        if keys <= {field.name for cls in _training(part).CLASSES for field in fields(cls) if field.init}
    ]
    if len(fitting) == 1:
        return fitting[0]
    raise ValueError(
        f"'{config}' does not tell which part it trains ({', '.join(fitting or PARTS)} could be): say "
        f"`tsukasa doctor {(fitting or list(PARTS))[0]} {config}`"
    )
