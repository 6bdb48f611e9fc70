# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of the text aligner, from its config file to the result."""

import os
from pathlib import Path

from ..model.configuration_tsukasa import read_preset
from ..model.text_aligner import TsukasaTextAligner
from .aligner_trainer import AlignerModels, AlignerTrainer
from .arguments import TsukasaTrainingArguments
from .config_file import read_run
from .runs import RunOptions, begin_run, corpus_data, existing_folder, finish_run, is_preset


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains a text aligner by a config file and returns the folder with the result; see `read_run` for errors."""
    options, arguments = read_run(path, overrides, (RunOptions, TsukasaTrainingArguments))
    checkpoint = begin_run(arguments, resume)
    if is_preset(options.model):
        config = read_preset(options.model).text_aligner_config
        # Row i of the attention is attended to while token i is predicted; nothing else will make it another.
        config.first_alignment_row = 0
        aligner = TsukasaTextAligner(config)
    else:
        aligner = TsukasaTextAligner.from_pretrained(existing_folder(options.model, "model"))
    trainer = AlignerTrainer(AlignerModels(aligner), arguments, **corpus_data(options.corpus, arguments))
    return finish_run(trainer, checkpoint)


__all__ = ["run"]
