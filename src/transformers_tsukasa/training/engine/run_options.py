# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The model and the corpus that a run starts from, checked and loaded."""

import os
from collections.abc import Collection
from dataclasses import dataclass, fields
from pathlib import Path

from transformers import PreTrainedModel
from transformers.utils import PROCESSOR_NAME

from ...data.collator import TsukasaDataCollator
from ...data.corpus import PreparedCorpus, TextUse
from ...data.corpus_credits import corpus_credits
from ...data.dataset import TsukasaDataset
from ...model_folders import existing_folder, is_preset
from ...model_names import model_path
from ...models.strict_loading import load_complete
from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...models.tsukasa.model_card import Ingredient, Origin
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import TsukasaProcessor
from ...utils.wording import suggestion
from .arguments import TsukasaTrainingArguments
from .run_config import is_needed


@dataclass
class RunOptions:
    """The model and the corpus that a run starts from.

    Args:
        model: a preset (.yaml) for fresh weights, or a model folder (of an aligner or a pitch extractor when one of
            these is trained) to train on; "default" and "kokoro" are the models of these names.
        corpus: folder made by `tsukasa prepare`.
    """

    model: str
    corpus: str

    def __post_init__(self) -> None:
        self.model = model_path(self.model)

    @property
    def origin(self) -> Origin:
        """The origin of the result, for its card: the model, unless its weights are fresh, and the corpus."""
        weights = () if is_preset(self.model) else (Ingredient.of_model(self.model),)
        return Origin("Trained with transformers-tsukasa.", (*weights, corpus_credits(self.corpus)))


def check_options(options_class: type, given: Collection[str], trainer: str) -> None:
    """Refuses options that a training does not have, and a run without what it needs.

    Args:
        options_class: dataclass of what a run starts from.
        given: names.
        trainer: name of its class, for the message.

    Raises:
        TypeError: naming the option.
    """
    known = {field.name: field for field in fields(options_class)}
    for name in given:
        if name not in known:
            raise TypeError(f"{trainer} has no option '{name}'{suggestion(name, known)}")
    for name, field in known.items():
        if name not in given and is_needed(field):
            raise TypeError(f"{trainer} needs `{name}`: give it to from_pretrained")


def load_synthesizer(path: str) -> TsukasaModelForConditionalGeneration:
    """The complete model in a folder, in float32.

    Raises:
        FileNotFoundError: when there is no such folder.
        ValueError: when it holds a model of another kind, or not all of its weights.
    """
    return load_complete(TsukasaModelForConditionalGeneration, existing_folder(path, "model"))


def load_finished(path: str, needing: str, training: str) -> TsukasaModelForConditionalGeneration:
    """The model in a folder, whose prosody has learned.

    Args:
        path: of the folder.
        needing: the beginning of the sentence that ends in "a trained model", for the message on a preset.
        training: that needs it, for the message.

    Raises:
        FileNotFoundError, ValueError: as of `load_synthesizer` and `check_prosody_trained`, and for a preset.
    """
    if is_preset(path):
        raise ValueError(f"'{path}' is a preset: {needing} a trained model (a model folder)")
    tts = load_synthesizer(path)
    check_prosody_trained(tts, path, training)
    return tts


def load_processor(folder: Path) -> TsukasaProcessor | None:
    """The processor of a model folder that is trained on, which writes texts as training does; None without one."""
    if not (folder / PROCESSOR_NAME).is_file():
        return None
    processor = TsukasaProcessor.from_pretrained(folder)
    processor.tokenizer.add_suffix_pad = True  # a converted checkpoint speaks without
    return processor


def check_prosody_trained(tts: TsukasaModelForConditionalGeneration, path: str, training: str) -> None:
    """Refuses a model whose prosody has never learned, as a result of stage 1.

    Args:
        tts: the model.
        path: of its folder, for the message.
        training: that needs a finished model, for the message.

    Raises:
        ValueError: naming the training that comes first.
    """
    if not tts.is_prosody_trained():
        raise ValueError(
            f"the prosody of '{path}' (model) has never been trained, as after stage 1, but {training} needs a "
            "finished model: run stage 2 first (`tsukasa train stage2`, or Stage2Trainer), and name its result"
        )


def check_style_encoders(tts: TsukasaModelForConditionalGeneration, training: str) -> None:
    """Refuses a model without style encoders, as Kokoro is published.

    Args:
        tts: the model.
        training: that takes styles from recordings, for the message.

    Raises:
        ValueError: naming `model`.
    """
    if tts.config.style_encoder_config is None:
        raise ValueError(
            f"the model (model) has no style encoders, from which {training} takes the styles of recordings: name a "
            "preset or a model with a style_encoder_config"
        )


def corpus_data(
    folder: str | os.PathLike,
    arguments: TsukasaTrainingArguments,
    config: TsukasaConfig | None = None,
    text: TextUse = "readings",
) -> dict:
    """Data sets and collator of a trainer, by its arguments.

    Args:
        folder: of the corpus.
        arguments: of the trainer.
        config: of a model that the corpus must fit.
        text: what the training takes from texts, see `PreparedCorpus.check_fits`.

    Raises:
        ValueError: when it does not fit.
    """
    corpus = PreparedCorpus(folder)
    if config is not None:
        corpus.check_fits(config, text)
    seed = arguments.drawing_seed
    evaluates = arguments.eval_strategy != "no"
    return {
        "train_dataset": TsukasaDataset(corpus, "train", seed=seed),
        "eval_dataset": TsukasaDataset(corpus, "validation", seed=seed) if evaluates else None,
        "data_collator": TsukasaDataCollator(),
    }


def record_features(model: PreTrainedModel, options: RunOptions) -> None:
    """Writes into the config of an aligner or a pitch extractor which log-mels it is trained on.

    Raises:
        ValueError: when it was trained on others.
    """
    audio_config = PreparedCorpus(options.corpus).audio_config
    audio_config.check_features(model.config.features, f"the model '{options.model}'")
    model.config.features = audio_config.features


__all__ = [
    "RunOptions",
    "check_options",
    "check_prosody_trained",
    "check_style_encoders",
    "corpus_data",
    "load_finished",
    "load_processor",
    "load_synthesizer",
    "record_features",
]
