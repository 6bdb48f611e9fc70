# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""One module for each training: its arguments, what it starts from, phases, models, and trainer."""

from importlib import import_module
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ..engine.trainer import PhasedTrainer

TRAINERS = {
    "aligner": "AlignerTrainer",
    "pitch": "PitchTrainer",
    "plbert": "PLBertTrainer",
    "stage1": "Stage1Trainer",
    "stage2": "Stage2Trainer",
    "finetune": "FinetuneTrainer",
    "stage3": "Stage3Trainer",
    "voice": "VoiceTrainer",
    "reranker": "RerankerTrainer",
}
"""Name of a training on the command line -> the class of its trainer, a name of the package above."""


def trainer_class(training: str) -> "type[PhasedTrainer]":
    """Imports the trainer of a training, with everything that it needs.

    Args:
        training: a key of `TRAINERS`.
    """
    return getattr(import_module("..", __name__), TRAINERS[training])


__all__ = ["TRAINERS", "trainer_class"]
