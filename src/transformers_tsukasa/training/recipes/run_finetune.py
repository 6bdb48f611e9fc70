# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of fine-tuning, from its config file to the result."""

import os
from pathlib import Path

from ..engine.run import corpus_data, run_config
from .finetune import FinetuneArguments, FinetuneTrainer
from .stage2.run import Stage2RunOptions, load_start


CLASSES = (Stage2RunOptions, FinetuneArguments)


def make_trainer(options: Stage2RunOptions, arguments: FinetuneArguments) -> FinetuneTrainer:
    """The trainer of a run."""
    start = load_start(options)
    return FinetuneTrainer(
        start.models(FinetuneTrainer.PHASES, arguments, arguments.soft_alignment_share),
        arguments,
        **start.trainer_arguments,
        **corpus_data(options.corpus, arguments, start.voice.config),
    )


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Fine-tunes by a config file and returns the folder with the result."""
    return run_config(path, overrides, CLASSES, make_trainer, resume)


__all__ = ["CLASSES", "make_trainer", "run"]
