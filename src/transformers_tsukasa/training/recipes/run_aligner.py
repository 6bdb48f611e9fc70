# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of the text aligner, from its config file to the result."""

import os
from pathlib import Path

import torch

from ...models.tsukasa.configuration_tsukasa import read_preset
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.run import RunOptions, corpus_data, existing_folder, is_preset, note_features, run_config
from .aligner import AlignerModels, AlignerTrainer


CLASSES = (RunOptions, TsukasaTrainingArguments)


def make_trainer(options: RunOptions, arguments: TsukasaTrainingArguments) -> AlignerTrainer:
    """The trainer of a run."""
    config = None
    if is_preset(options.model):
        config = read_preset(options.model)
        # Row i of the attention is attended to while token i is predicted; nothing else will make it another.
        config.text_aligner_config.first_alignment_row = 0
        aligner = TsukasaTextAligner(config.text_aligner_config)
    else:
        aligner = TsukasaTextAligner.from_pretrained(existing_folder(options.model, "model"), dtype=torch.float32)
    data = corpus_data(options.corpus, arguments, config)
    note_features(aligner, options)
    return AlignerTrainer(AlignerModels(aligner), arguments, **data)


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains a text aligner by a config file and returns the folder with the result; see `run_config` for errors."""
    return run_config(path, overrides, CLASSES, make_trainer, resume)


__all__ = ["CLASSES", "make_trainer", "run"]
