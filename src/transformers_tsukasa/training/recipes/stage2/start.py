# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The start of stage 2 and fine-tuning: a model and, from folders inside it or named by the config, all that trains
with it.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AlbertModel

from ....model_folders import existing_folder, is_preset
from ....models.strict_loading import load_complete
from ....models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ....models.tsukasa.processing_tsukasa import TsukasaProcessor
from ....models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ....models.tsukasa.training_models.text_aligner import TsukasaTextAligner, load_aligner
from ....text.accents.sources import accent_source_of
from ...engine.phases import DISCRIMINATORS
from ...engine.run_options import RunOptions, check_style_encoders, load_processor, load_synthesizer
from ...speech_models.speech_language_model import SpeechLanguageModel, chosen_speech_language_model
from ..aligned_models import plan_alignments
from .arguments import Stage2Arguments
from .models import Stage2Models


logger = logging.getLogger(__name__)

_ALIGNER = "text_aligner"


@dataclass
class Stage2RunOptions(RunOptions):
    """The models that a run of stage 2 or of fine-tuning starts from.

    Args:
        aligner: folder of the text aligner; None takes the one inside the model folder, if it is there.
        discriminators: folder of discriminators; None takes those inside the model folder, or fresh ones.
        plbert: folder of a trained PL-BERT that takes the place of the model's own.
        speech_language_model: folder or name on the hub of a Whisper model or WavLM; "none" leaves it out.
        copy_style_encoder: whether the prosodic style encoder begins as a copy of the acoustic one; None copies when
            the model's prosody has never been trained, as after stage 1.
    """

    aligner: str | None = None
    discriminators: str | None = None
    plbert: str | None = None
    speech_language_model: str | None = None
    copy_style_encoder: bool | None = None


@dataclass
class Stage2Start:
    """The parts of a run, loaded."""

    tts: TsukasaModelForConditionalGeneration
    text_aligner: TsukasaTextAligner | None
    discriminators: TsukasaDiscriminators
    speech_language_model: SpeechLanguageModel | None
    processor: TsukasaProcessor | None

    @property
    def trainer_arguments(self) -> dict[str, Any]:
        """Of `Stage2Trainer`, the model apart."""
        return {
            "discriminators": self.discriminators,
            "speech_language_model": self.speech_language_model,
            "processing_class": self.processor,
        }

    def models(self, arguments: Stage2Arguments, datasets: Iterable) -> Stage2Models:
        """The models of a run, with "auto" options decided.

        Args:
            arguments: of the run.
            datasets: of the run, which may bring alignments.
        """
        alignments = plan_alignments(
            self.text_aligner, arguments.alignment_source, arguments.attention_share, arguments.alignments, datasets
        )
        return Stage2Models(
            self.tts, self.text_aligner, alignments, arguments.max_crop_frames, clip_window=arguments.clip_window
        )


def load_start(options: Stage2RunOptions) -> Stage2Start:
    """Loads everything that a run starts from.

    Raises:
        FileNotFoundError: when a named folder is not there.
        ValueError: when the model is a preset or has no style encoders, or PL-BERT is another than the model's.
    """
    if is_preset(options.model):
        raise ValueError(
            f"model is the preset '{options.model}', but this stage needs a trained model: name the result of "
            "stage 1 (runs/stage1/final) or a converted checkpoint"
        )
    folder, tts = Path(options.model), load_synthesizer(options.model)
    check_style_encoders(tts, "this training")
    if options.plbert is not None:
        put_plbert(tts, existing_folder(options.plbert, "plbert"))
    copies = options.copy_style_encoder
    if copies is None:
        copies = not tts.is_prosody_trained()
    if copies:
        acoustic_encoder, prosodic_encoder = tts.style_encoders
        prosodic_encoder.load_state_dict(acoustic_encoder.state_dict())
    logger.info(
        "the prosodic style encoder begins as %s", "a copy of the acoustic one" if copies else "the model has it"
    )
    slm = chosen_speech_language_model(options.speech_language_model)
    aligner = inner_folder(folder, _ALIGNER, options.aligner, "aligner")
    processor = load_processor(folder)
    return Stage2Start(
        tts,
        None if aligner is None else load_aligner(aligner, tts.config.audio_config),
        load_discriminators(tts, inner_folder(folder, DISCRIMINATORS, options.discriminators, DISCRIMINATORS), slm),
        slm,
        processor,
    )


def inner_folder(folder: Path, name: str, named: str | None, key: str) -> Path | None:
    """The folder that is named, or else the one inside the model folder, if it is there."""
    if named is not None:
        return Path(existing_folder(named, key))
    return folder / name if (folder / name).is_dir() else None


def put_plbert(tts: TsukasaModelForConditionalGeneration, folder: str) -> None:
    """Takes the weights of a trained PL-BERT, strictly by name.

    Raises:
        ValueError: when it does not fit the model.
    """
    trained = load_complete(AlbertModel, folder)
    ours, theirs = tts.plbert.state_dict(), trained.state_dict()
    differs = sorted(
        name
        for name in ours.keys() | theirs.keys()
        if name not in ours or name not in theirs or ours[name].shape != theirs[name].shape
    )
    if differs:
        raise ValueError(
            f"the PL-BERT in '{folder}' is another than the model's (plbert_config): {len(differs)} tensors differ in "
            f"name or shape, among them {differs[0]}"
        )
    for name in ("text_profile", "text_accent"):
        own, learned = getattr(tts.config, name), getattr(trained.config, name, getattr(tts.config, name))
        if own != learned:
            raise ValueError(
                f"the PL-BERT in '{folder}' learned phonemes with {name} {learned}, but the model reads with {own}: "
                "train it again for this model"
            )
    marks = accent_source_of(True, getattr(trained.config, "text_accent_source", None))
    if getattr(trained.config, "text_accent", False) and marks != tts.config.accent_source:
        raise ValueError(
            f"the PL-BERT in '{folder}' learned accent marks from {marks}, but the model reads with those from "
            f"{tts.config.accent_source} (text_accent_source): train it again for this model"
        )
    tts.plbert.load_state_dict(theirs)
    logger.info("PL-BERT's weights come from '%s'", folder)


def load_discriminators(
    tts: TsukasaModelForConditionalGeneration, folder: Path | None, slm: SpeechLanguageModel | None
) -> TsukasaDiscriminators:
    """Discriminators with weight norm, trained ones where there are any.

    The discriminator on a speech language model is replaced by a fresh one, which is logged, when it was made for
    another one.
    """
    config = tts.config.discriminator_config
    trained = None
    if folder is not None:
        trained = TsukasaDiscriminators.from_pretrained(folder, dtype=torch.float32)
        config = trained.config
    fits = slm is None or (config.slm_hidden_size, config.slm_num_layers) == (slm.hidden_size, slm.num_hidden_states)
    if slm is not None and not fits:
        config.slm_hidden_size, config.slm_num_layers = slm.hidden_size, slm.num_hidden_states
    if trained is None:
        logger.info("there are no trained discriminators: fresh ones are used")
        discriminators = TsukasaDiscriminators(config)
    elif fits:
        discriminators = trained
    else:
        logger.warning("the discriminator on the speech language model was made for another one: a fresh one is used")
        discriminators = TsukasaDiscriminators(config)
        for name in ("multi_period", "multi_resolution"):
            discriminators.get_submodule(name).load_state_dict(trained.get_submodule(name).state_dict())
    discriminators.apply_weight_norm()
    return discriminators


__all__ = [
    "Stage2RunOptions",
    "Stage2Start",
    "inner_folder",
    "load_discriminators",
    "load_start",
    "put_plbert",
]
