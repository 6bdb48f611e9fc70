# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of all models: `engine` is common to all, `recipes` has one module for each training.

The trainers and their arguments can be imported from here; each is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from ..utils.lazy_names import lazy_names


if TYPE_CHECKING:
    from .engine.arguments import TsukasaTrainingArguments
    from .recipes.aligner import AlignerTrainer
    from .recipes.finetune import FinetuneArguments, FinetuneTrainer
    from .recipes.pitch import PitchArguments, PitchTrainer
    from .recipes.plbert import PLBertArguments, PLBertTrainer
    from .recipes.reranker import RerankerArguments, RerankerTrainer
    from .recipes.stage1 import Stage1Arguments, Stage1Trainer
    from .recipes.stage2.arguments import Stage2Arguments
    from .recipes.stage2.trainer import Stage2Trainer
    from .recipes.stage3 import Stage3Arguments, Stage3Trainer
    from .recipes.voice import VoiceArguments, VoiceTrainer

_PLACES = {
    "AlignerTrainer": "recipes.aligner",
    "FinetuneArguments": "recipes.finetune",
    "FinetuneTrainer": "recipes.finetune",
    "PLBertArguments": "recipes.plbert",
    "PLBertTrainer": "recipes.plbert",
    "PitchArguments": "recipes.pitch",
    "PitchTrainer": "recipes.pitch",
    "RerankerArguments": "recipes.reranker",
    "RerankerTrainer": "recipes.reranker",
    "Stage1Arguments": "recipes.stage1",
    "Stage1Trainer": "recipes.stage1",
    "Stage2Arguments": "recipes.stage2.arguments",
    "Stage2Trainer": "recipes.stage2.trainer",
    "Stage3Arguments": "recipes.stage3",
    "Stage3Trainer": "recipes.stage3",
    "TsukasaTrainingArguments": "engine.arguments",
    "VoiceArguments": "recipes.voice",
    "VoiceTrainer": "recipes.voice",
}


__getattr__, __dir__ = lazy_names(__name__, _PLACES)

__all__ = [
    "AlignerTrainer",
    "FinetuneArguments",
    "FinetuneTrainer",
    "PLBertArguments",
    "PLBertTrainer",
    "PitchArguments",
    "PitchTrainer",
    "RerankerArguments",
    "RerankerTrainer",
    "Stage1Arguments",
    "Stage1Trainer",
    "Stage2Arguments",
    "Stage2Trainer",
    "Stage3Arguments",
    "Stage3Trainer",
    "TsukasaTrainingArguments",
    "VoiceArguments",
    "VoiceTrainer",
]
