# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of the pitch extractor, from its config file to the result."""

import os
from pathlib import Path

from ..model.configuration_tsukasa import read_preset
from ..model.pitch_extractor import TsukasaPitchExtractor
from .config_file import read_run
from .pitch_trainer import PitchArguments, PitchModels, PitchTrainer
from .runs import RunOptions, begin_run, corpus_data, existing_folder, finish_run, is_preset


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains a pitch extractor by a config file and returns the folder with the result."""
    options, arguments = read_run(path, overrides, (RunOptions, PitchArguments))
    checkpoint = begin_run(arguments, resume)
    if is_preset(options.model):
        extractor = TsukasaPitchExtractor(read_preset(options.model).pitch_extractor_config)
    else:
        extractor = TsukasaPitchExtractor.from_pretrained(existing_folder(options.model, "model"))
    models = PitchModels(extractor, arguments.max_crop_frames)
    return finish_run(PitchTrainer(models, arguments, **corpus_data(options.corpus, arguments)), checkpoint)


__all__ = ["run"]
