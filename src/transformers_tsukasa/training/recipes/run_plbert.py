# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of PL-BERT, from its config file to the result."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AlbertModel, AutoConfig, PreTrainedConfig

from ...data.corpus import PreparedCorpus
from ...data.masked_phonemes import MaskedPhonemes, collate_masked_phonemes
from ...data.phoneme_texts import UNREADABLE_FILE, ReadingSettings, phonemize_files, split_texts
from ...models.strict_loading import load_complete
from ...models.tsukasa.configuration_tsukasa import TsukasaConfig, read_preset
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..engine.run import existing_folder, is_preset, run_config
from .on_texts import progress_bar
from .plbert import HEAD_FILE, PLBertArguments, PLBertModels, PLBertTrainer


logger = logging.getLogger(__name__)

TEXTS_FOLDER = "texts"
"""In the output folder of a run, the phonemes of its texts and what could not be read."""


@dataclass
class PLBertRunOptions:
    """What a run of PL-BERT starts from.

    Args:
        model: a preset (.yaml) for fresh weights, or the folder of a PL-BERT or of a voice to go on from.
        corpus: folder made by `tsukasa prepare`, whose phonemes are learned from.
        texts: a text file, a sentence or a paragraph a line, or a folder with `.txt` files. With a corpus or without.
        validation: share that is kept for validation, where the corpus has no part for that.
        profile: how texts are written as phonemes; None is the model's own.
        accent: whether they mark rise and fall of the pitch; None is as the model's.
        dictionary: a user dictionary of readings for the texts.
        workers: processes that read the texts; None is the number of cores.
    """

    model: str
    corpus: str | None = None
    texts: str | None = None
    validation: float = 0.02
    profile: str | None = None
    accent: bool | None = None
    dictionary: str | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.corpus is None and self.texts is None:
            raise ValueError("there is nothing to learn from: give corpus (a prepared one), texts (a file or folder)")
        if not 0 < self.validation < 1:
            raise ValueError(
                f"validation is a share above 0 and below 1, got {self.validation:g}; none: eval_strategy=no"
            )
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers must be at least 1, got {self.workers}")


CLASSES = (PLBertRunOptions, PLBertArguments)


def make_trainer(options: PLBertRunOptions, arguments: PLBertArguments) -> PLBertTrainer:
    """The trainer of a run."""
    models, config = _models(options.model)
    # The voice that gets the result must write phonemes alike.
    own = models.plbert.config
    own.text_profile = options.profile or getattr(config, "text_profile", "legacy")
    own.text_accent = getattr(config, "text_accent", False) if options.accent is None else options.accent
    splits = _texts(options, arguments, ReadingSettings(own.text_profile, own.text_accent, options.dictionary))
    max_tokens = models.plbert.config.max_position_embeddings
    datasets = {
        split: MaskedPhonemes(texts, max_tokens, arguments.drawing_seed, arguments.masked_share)
        for split, texts in splits.items()
    }
    for split, data in datasets.items():
        logger.info("%s: %s texts, %s tokens", split, f"{len(data):,}", f"{data.token_counts.sum():,}")
    return PLBertTrainer(
        models,
        arguments,
        train_dataset=datasets["train"],
        eval_dataset=datasets.get("validation"),
        data_collator=collate_masked_phonemes,
    )


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains PL-BERT by a config file and returns the folder with the result; see `run_config` for errors."""
    return run_config(path, overrides, CLASSES, make_trainer, resume)


def _models(path: str) -> tuple[PLBertModels, PreTrainedConfig]:
    """The models, and the config that says how the phonemes are written that they read."""
    if is_preset(path):
        config = read_preset(path)
        return PLBertModels(AlbertModel(config.plbert_config)), config
    config = AutoConfig.from_pretrained(existing_folder(path, "model"))
    if isinstance(config, TsukasaConfig):
        voice = TsukasaModelForConditionalGeneration.from_pretrained(path, dtype=torch.float32)
        return PLBertModels(voice.plbert), config
    if config.model_type != "albert":
        raise ValueError(
            f"'{path}' holds a model of the type '{config.model_type}', and neither a PL-BERT nor a voice"
        )
    models = PLBertModels(load_complete(AlbertModel, path))
    if (Path(path) / HEAD_FILE).is_file():
        models.load_head(path)
    else:
        logger.warning("'%s' has no '%s': the head that guesses begins anew", path, HEAD_FILE)
    return models, config


def _texts(options: PLBertRunOptions, arguments: PLBertArguments, settings: ReadingSettings) -> dict[str, list[str]]:
    """Phonemes to train with and, when there is evaluation, to evaluate with."""
    texts, kept = [], None
    if options.corpus is not None:
        corpus = PreparedCorpus(options.corpus)
        for name in ("profile", "accent"):
            own, wanted = getattr(corpus, name), getattr(settings, name)
            if own != wanted:
                raise ValueError(
                    f"the corpus '{options.corpus}' has phonemes of {name} {own}, but the run is for {wanted}: "
                    f"prepare it again with --config of the model, or set {name}"
                )
        texts += corpus.open("train")["phonemes"]
        kept = list(corpus.open("validation")["phonemes"]) if "validation" in corpus.splits else None
    if options.texts is not None:
        texts += _read_texts(options, arguments, settings)
    if arguments.eval_strategy == "no":
        return {"train": texts}
    if kept is None:
        texts, kept = split_texts(texts, options.validation, arguments.drawing_seed)
    if not texts:
        raise ValueError("no text is left to train with: give more, a smaller validation, or eval_strategy=no")
    return {"train": texts, "validation": kept}


def _read_texts(options: PLBertRunOptions, arguments: PLBertArguments, settings: ReadingSettings) -> list[str]:
    folder = Path(arguments.output_dir) / TEXTS_FOLDER
    workers = options.workers or os.cpu_count() or 1
    # One process reads, and the others find what it has written.
    with arguments.main_process_first(local=False):
        path, lost = phonemize_files(options.texts, settings, folder, workers, progress_bar(arguments, "line"))
    if lost:
        logger.warning("%d lines cannot be read; '%s' lists them", lost, folder / UNREADABLE_FILE)
    return path.read_text(encoding="utf-8").splitlines()


__all__ = ["CLASSES", "PLBertRunOptions", "make_trainer", "run"]
