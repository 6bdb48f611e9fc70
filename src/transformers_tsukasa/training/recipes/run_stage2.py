# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of stage 2, from its config file to the result."""

import os
from pathlib import Path

from ..engine.run import corpus_data, run_config
from .stage2.arguments import Stage2Arguments
from .stage2.run import Stage2RunOptions, load_start
from .stage2.trainer import Stage2Trainer


CLASSES = (Stage2RunOptions, Stage2Arguments)


def make_trainer(options: Stage2RunOptions, arguments: Stage2Arguments) -> Stage2Trainer:
    """The trainer of a run."""
    start = load_start(options)
    return Stage2Trainer(
        start.models(Stage2Trainer.PHASES, arguments),
        arguments,
        **start.trainer_arguments,
        **corpus_data(options.corpus, arguments, start.voice.config),
    )


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains stage 2 by a config file and returns the folder with the result."""
    return run_config(path, overrides, CLASSES, make_trainer, resume)


__all__ = ["CLASSES", "make_trainer", "run"]
