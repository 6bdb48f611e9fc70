# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of the pitch extractor, from its config file to the result."""

import os
from pathlib import Path

import torch

from ...models.tsukasa.configuration_tsukasa import read_preset
from ...models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from ..engine.run import RunOptions, corpus_data, existing_folder, is_preset, note_features, run_config
from .pitch import PitchArguments, PitchModels, PitchTrainer


CLASSES = (RunOptions, PitchArguments)


def make_trainer(options: RunOptions, arguments: PitchArguments) -> PitchTrainer:
    """The trainer of a run."""
    config = None
    if is_preset(options.model):
        config = read_preset(options.model)
        extractor = TsukasaPitchExtractor(config.pitch_extractor_config)
    else:
        extractor = TsukasaPitchExtractor.from_pretrained(existing_folder(options.model, "model"), dtype=torch.float32)
    data = corpus_data(options.corpus, arguments, config)
    note_features(extractor, options)
    return PitchTrainer(PitchModels(extractor, arguments.max_crop_frames), arguments, **data)


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains a pitch extractor by a config file and returns the folder with the result."""
    return run_config(path, overrides, CLASSES, make_trainer, resume)


__all__ = ["CLASSES", "make_trainer", "run"]
