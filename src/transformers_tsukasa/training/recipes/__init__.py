# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""One module for each training: its arguments, what it starts from, phases, models, and trainer."""

from importlib import import_module
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ..engine.trainer import PhasedTrainer

TRAINERS = {
    "aligner": ("aligner", "AlignerTrainer"),
    "pitch": ("pitch", "PitchTrainer"),
    "plbert": ("plbert", "PLBertTrainer"),
    "stage1": ("stage1", "Stage1Trainer"),
    "stage2": ("stage2.trainer", "Stage2Trainer"),
    "finetune": ("finetune", "FinetuneTrainer"),
    "stage3": ("stage3", "Stage3Trainer"),
}
"""Name of a training on the command line -> the module here and the class of its trainer."""


def trainer_class(training: str) -> "type[PhasedTrainer]":
    """Imports the trainer of a training, with everything that it needs.

    Args:
        training: a key of `TRAINERS`.
    """
    module, name = TRAINERS[training]
    return getattr(import_module(f"{__name__}.{module}"), name)


__all__ = ["TRAINERS", "trainer_class"]
