# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of stage 1, from its config file to the result."""

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from ...models.tsukasa.configuration_tsukasa import read_preset
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ...models.tsukasa.training_models.text_aligner import load_aligner
from ..engine.run import RunOptions, corpus_data, existing_folder, is_preset, run_config
from ..speech_models.speech_language_model import chosen_speech_language_model
from .stage1 import Stage1Arguments, Stage1Trainer, stage1_models


@dataclass
class Stage1RunOptions(RunOptions):
    """What a run of stage 1 starts from.

    Args:
        aligner: folder of a trained aligner.
        discriminators: folder of discriminators to go on from; fresh ones when None.
        speech_language_model: folder or name on the hub of a Whisper model or WavLM for the loss "slm_features" in
            the adversarial phase; "none" does without.
    """

    aligner: str
    discriminators: str | None = None
    speech_language_model: str | None = None


CLASSES = (Stage1RunOptions, Stage1Arguments)


def make_trainer(options: Stage1RunOptions, arguments: Stage1Arguments) -> Stage1Trainer:
    """The trainer of a run."""
    if is_preset(options.model):
        voice = TsukasaModelForConditionalGeneration(read_preset(options.model))
    else:
        voice = TsukasaModelForConditionalGeneration.from_pretrained(
            existing_folder(options.model, "model"), dtype=torch.float32
        )
    aligner = load_aligner(existing_folder(options.aligner, "aligner"), voice.config.audio_config)
    if options.discriminators is None:
        discriminators = TsukasaDiscriminators(voice.config.discriminator_config)
    else:
        discriminators = TsukasaDiscriminators.from_pretrained(
            existing_folder(options.discriminators, "discriminators"), dtype=torch.float32
        )
    discriminators.apply_weight_norm()
    return Stage1Trainer(
        stage1_models(voice, aligner, arguments),
        arguments,
        discriminators=discriminators,
        speech_language_model=chosen_speech_language_model(options.speech_language_model),
        **corpus_data(options.corpus, arguments, voice.config),
    )


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains stage 1 by a config file and returns the folder with the result."""
    return run_config(path, overrides, CLASSES, make_trainer, resume)


__all__ = ["CLASSES", "Stage1RunOptions", "make_trainer", "run"]
