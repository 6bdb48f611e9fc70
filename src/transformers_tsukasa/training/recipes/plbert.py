# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Trains PL-BERT, the phoneme language model, to predict masked words (Li et al. 2023, PL-BERT).

Of the paper's two tasks this is the masked phonemes. The other one, to name the written word of every phoneme, is left
out: it needs a table of words (graphemes) that phonemes prepared without their text do not have, and a head of tens of
thousands of outputs that synthesis does not use.
"""

import logging
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import PartialState
from safetensors.torch import save_file
from torch import nn
from transformers import AlbertModel, AutoConfig, PreTrainedConfig

from ...data.corpus import PreparedCorpus
from ...data.masked_phonemes import IGNORED, MaskedPhonemes, collate_masked_phonemes
from ...data.phoneme_texts import UNREADABLE_FILE, ReadingSettings, phonemize_files, split_texts
from ...model_folders import existing_folder, is_preset
from ...models.strict_loading import load_complete
from ...models.tsukasa.configuration_tsukasa import TsukasaConfig, read_preset
from ...text.accents.sources import accent_source_of
from ..engine.batches import Batch
from ..engine.phases import Loss, Phase
from ..engine.run_options import load_synthesizer
from ..engine.trained_modules import TrainedModels, read_weight_file
from ..engine.trainer import PhasedTrainer
from ..losses import utterance_mean
from .on_texts import TextTrainingArguments, progress_bar


# Before it can predict, the model is wrong least often where all states are the same, and does not leave that point
# again. Predicting the visible symbols too keeps the states apart (docs/decisions/0012).
MASKED_MODELLING = Phase(
    "masked phonemes", learns=("plbert", "phoneme_head"), losses=(Loss("phonemes"), Loss("visible", 0.1))
)

logger = logging.getLogger(__name__)

TEXTS_FOLDER = "texts"
"""In the output folder of a run, the phonemes of its texts and a list of what could not be read."""

HEAD_FILE = "phoneme_head.safetensors"
"""Beside the language model, the head that only its training needs."""


@dataclass
class PLBertArguments(TextTrainingArguments):
    """A run of PL-BERT.

    Args:
        masked_share: share of the words of a text that are to be predicted.
    """

    masked_share: float = field(default=0.15, metadata={"help": "share of the words to predict"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.masked_share <= 1:
            raise ValueError(f"masked_share must be above 0 and at most 1, got {self.masked_share}")


@dataclass
class PLBertRunOptions:
    """The model and the data that a run of PL-BERT starts from.

    Args:
        model: a preset (.yaml) for fresh weights, or the folder of a PL-BERT or of a complete model to train on.
        corpus: folder made by `tsukasa prepare`, whose phonemes are used.
        texts: a text file, a sentence or a paragraph a line, or a folder with `.txt` files. With a corpus or without.
        validation: share that is kept for validation, where the corpus has no part for that.
        profile: of the phonemes; None is the model's own.
        accent: whether phonemes mark rise and fall of the pitch; None is as the model's.
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


class PLBertModels(TrainedModels):
    """The language model, and a head that predicts; a checkpoint is a folder that `AlbertModel.from_pretrained` loads.

    ALBERT's pooler, which is part of the model and which nothing uses, stays as it is.
    """

    FOLDERS = {"": "plbert"}

    def __init__(self, plbert: AlbertModel) -> None:
        super().__init__()
        self.plbert = plbert
        self.phoneme_head = nn.Linear(plbert.config.hidden_size, plbert.config.vocab_size)
        nn.init.normal_(self.phoneme_head.weight, std=plbert.config.initializer_range)
        nn.init.zeros_(self.phoneme_head.bias)

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """`logits` (batch, tokens, vocab_size) of a batch of `collate_masked_phonemes`."""
        output = self.plbert(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
        return {"logits": self.phoneme_head(output.last_hidden_state)}

    def save(self, folder: str | os.PathLike) -> None:
        """Writes the language model, and the head beside it."""
        super().save(folder)
        save_file(self.phoneme_head.state_dict(), Path(folder) / HEAD_FILE)

    def load(self, folder: str | os.PathLike) -> None:
        """Reads both, strictly by name."""
        super().load(folder)
        self.load_head(folder)

    def load_head(self, folder: str | os.PathLike) -> None:
        """Reads the head, strictly by name."""
        self.phoneme_head.load_state_dict(read_weight_file(Path(folder) / HEAD_FILE))


class PLBertTrainer(PhasedTrainer):
    """The trainer of PL-BERT; its model is `PLBertModels`, its data sets are `MaskedPhonemes`."""

    PHASES = (MASKED_MODELLING,)
    MODULES = {"plbert": "plbert", "phoneme_head": "phoneme_head"}
    OPTIONS = PLBertRunOptions
    ARGUMENTS = PLBertArguments

    model: PLBertModels
    args: PLBertArguments

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "PLBertTrainer":
        """The trainer of a run from a preset, a PL-BERT, or a complete model."""
        models, config = _models(options.model)
        # The model that gets the result must write phonemes alike.
        own = models.plbert.config
        own.text_profile = options.profile or getattr(config, "text_profile", "legacy")
        own.text_accent = getattr(config, "text_accent", False) if options.accent is None else options.accent
        own.text_accent_source = accent_source_of(own.text_accent, getattr(config, "text_accent_source", None))
        reading = ReadingSettings(own.text_profile, own.text_accent, options.dictionary, own.text_accent_source)
        splits = _texts(options, args, reading)
        max_tokens = models.plbert.config.max_position_embeddings
        datasets = {
            split: MaskedPhonemes(texts, max_tokens, args.drawing_seed, args.masked_share, own.text_profile)
            for split, texts in splits.items()
        }
        for split, data in datasets.items():
            logger.info("%s: %s texts, %s tokens", split, f"{len(data):,}", f"{data.token_counts.sum():,}")
        return cls(
            models,
            args,
            train_dataset=datasets["train"],
            eval_dataset=datasets.get("validation"),
            data_collator=collate_masked_phonemes,
        )

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """Cross-entropy at the masked places, and at the visible ones; every text counts the same."""
        logits, labels = outputs["logits"].float().transpose(1, 2), inputs["labels"]
        is_masked = labels != IGNORED
        is_visible = inputs["attention_mask"].bool() & ~is_masked
        errors = F.cross_entropy(logits, torch.where(is_masked, labels, inputs["input_ids"]), reduction="none")
        losses = {"phonemes": utterance_mean(errors, is_masked), "visible": utterance_mean(errors, is_visible)}
        return {name: loss for name, loss in losses.items() if phase.has(name)}

    def figures(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """`accuracy` of the predictions at the masked places."""
        labels = inputs["labels"]
        is_right = outputs["logits"].argmax(dim=-1) == labels
        return {"accuracy": utterance_mean(is_right.float(), labels != IGNORED)}

    def derived_metrics(self, metrics: dict[str, float], prefix: str) -> dict[str, float]:
        """Adds `perplexity`: the number of equally likely symbols among which a prediction would be as hard."""
        phonemes = metrics.get(f"{prefix}_phonemes")
        return metrics if phonemes is None else {**metrics, f"{prefix}_perplexity": math.exp(phonemes)}

    def export(self, folder: str | os.PathLike) -> Path:
        """The language model as a folder, its head beside it."""
        with self.exported_weights():
            self.model.save(folder)
        return Path(folder)


def _models(path: str) -> tuple[PLBertModels, PreTrainedConfig]:
    """The models, and the config with the profile of their phonemes."""
    if is_preset(path):
        config = read_preset(path)
        return PLBertModels(AlbertModel(config.plbert_config)), config
    config = AutoConfig.from_pretrained(existing_folder(path, "model"))
    if isinstance(config, TsukasaConfig):
        return PLBertModels(load_synthesizer(path).plbert), config
    if config.model_type != "albert":
        raise ValueError(
            f"'{path}' holds a model of the type '{config.model_type}', and neither a PL-BERT nor a complete model"
        )
    models = PLBertModels(load_complete(AlbertModel, path))
    if (Path(path) / HEAD_FILE).is_file():
        models.load_head(path)
    else:
        logger.warning("'%s' has no '%s': the head that predicts begins with fresh weights", path, HEAD_FILE)
    return models, config


def _texts(options: PLBertRunOptions, arguments: PLBertArguments, settings: ReadingSettings) -> dict[str, list[str]]:
    """Phonemes to train with and, when there is evaluation, to evaluate with."""
    texts, kept = [], None
    if options.corpus is not None:
        corpus = PreparedCorpus(options.corpus)
        for name in ("profile", "accent", *(["accent_source"] if settings.accent else [])):
            own, wanted = getattr(corpus, name), getattr(settings, name)
            if own != wanted:
                raise ValueError(
                    f"the corpus '{options.corpus}' has phonemes of {name} {own}, but the run is for {wanted}: "
                    f"give it the config of the model by `tsukasa prepare` (`config`), or set {name}"
                )
        texts += corpus.open("train")["phonemes"]
        kept = list(corpus.open("validation")["phonemes"]) if "validation" in corpus.splits else None
    if options.texts is not None:
        texts += _read_texts(options.texts, options.workers, arguments, settings)
    if arguments.eval_strategy == "no":
        return {"train": texts}
    if kept is None:
        texts, kept = split_texts(texts, options.validation, arguments.drawing_seed)
    if not texts:
        raise ValueError("no text is left to train with: give more texts, a smaller validation, or eval_strategy=no")
    return {"train": texts, "validation": kept}


def _read_texts(source: str, workers: int | None, arguments: PLBertArguments, settings: ReadingSettings) -> list[str]:
    folder = Path(arguments.run_folder) / TEXTS_FOLDER
    workers = workers or os.cpu_count() or 1
    # One process reads, and the others find the file that it has written.
    with PartialState().main_process_first():
        path, lost = phonemize_files(source, settings, folder, workers, progress_bar(arguments, "line"))
    if lost:
        logger.warning("%d lines cannot be read; '%s' lists them", lost, folder / UNREADABLE_FILE)
    return path.read_text(encoding="utf-8").splitlines()


__all__ = [
    "HEAD_FILE",
    "MASKED_MODELLING",
    "PLBertArguments",
    "PLBertModels",
    "PLBertRunOptions",
    "PLBertTrainer",
]
