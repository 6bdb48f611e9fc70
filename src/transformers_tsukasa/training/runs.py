# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From the options of a run to its trainer: models from a preset or a folder, the corpus, and the result."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from transformers import set_seed
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from ..data.collator import TsukasaDataCollator
from ..data.corpus import PreparedCorpus
from ..data.dataset import TsukasaDataset
from ..model.configuration_tsukasa import TsukasaConfig, read_preset
from ..model.discriminators import TsukasaDiscriminators
from ..model.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..model.pitch_extractor import TsukasaPitchExtractor
from ..model.text_aligner import TsukasaTextAligner
from .aligner_trainer import AlignerModels, AlignerTrainer
from .arguments import TsukasaTrainingArguments
from .config_file import read_run
from .pitch_trainer import PitchArguments, PitchModels, PitchTrainer
from .stage1 import Stage1Arguments, Stage1Trainer, stage1_models
from .trainer import TsukasaTrainer


logger = logging.getLogger(__name__)

RESULT_FOLDER = "final"
"""In the output folder of a run, what `from_pretrained` loads."""

# transformers writes it last: a checkpoint without it was not written to its end.
_LAST_FILE = "trainer_state.json"


@dataclass
class RunOptions:
    """What a run starts from.

    Args:
        model: a preset (.yaml) for fresh weights, or a model folder (of an aligner or a pitch extractor when one of
            these is trained) to go on from.
        corpus: folder made by `tsukasa prepare`.
    """

    model: str
    corpus: str


@dataclass
class Stage1RunOptions(RunOptions):
    """What a run of stage 1 starts from.

    Args:
        aligner: folder of a trained aligner.
        discriminators: folder of discriminators to go on from; fresh ones when None.
    """

    aligner: str
    discriminators: str | None = None


def run_aligner(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains a text aligner by a config file and returns the folder with the result; see `read_run` for errors."""
    options, arguments = read_run(path, overrides, (RunOptions, TsukasaTrainingArguments))
    checkpoint = _begin(arguments, resume)
    if _is_preset(options.model):
        config = read_preset(options.model).text_aligner_config
        # Row i of the attention is attended to while token i is predicted; nothing else will make it another.
        config.first_alignment_row = 0
        aligner = TsukasaTextAligner(config)
    else:
        aligner = TsukasaTextAligner.from_pretrained(_folder(options.model, "model"))
    trainer = AlignerTrainer(AlignerModels(aligner), arguments, **_data(options.corpus, arguments))
    return _finish(trainer, checkpoint)


def run_pitch(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains a pitch extractor by a config file and returns the folder with the result."""
    options, arguments = read_run(path, overrides, (RunOptions, PitchArguments))
    checkpoint = _begin(arguments, resume)
    if _is_preset(options.model):
        extractor = TsukasaPitchExtractor(read_preset(options.model).pitch_extractor_config)
    else:
        extractor = TsukasaPitchExtractor.from_pretrained(_folder(options.model, "model"))
    models = PitchModels(extractor, arguments.max_crop_frames)
    return _finish(PitchTrainer(models, arguments, **_data(options.corpus, arguments)), checkpoint)


def run_stage1(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains stage 1 by a config file and returns the folder with the result."""
    options, arguments = read_run(path, overrides, (Stage1RunOptions, Stage1Arguments))
    checkpoint = _begin(arguments, resume)
    if _is_preset(options.model):
        voice = TsukasaModelForConditionalGeneration(read_preset(options.model))
    else:
        voice = TsukasaModelForConditionalGeneration.from_pretrained(_folder(options.model, "model"))
    aligner = TsukasaTextAligner.from_pretrained(_folder(options.aligner, "aligner"))
    if options.discriminators is None:
        discriminators = TsukasaDiscriminators(voice.config.discriminator_config)
    else:
        discriminators = TsukasaDiscriminators.from_pretrained(_folder(options.discriminators, "discriminators"))
    discriminators.apply_weight_norm()
    trainer = Stage1Trainer(
        stage1_models(voice, aligner, arguments),
        arguments,
        discriminators=discriminators,
        **_data(options.corpus, arguments, voice.config),
    )
    return _finish(trainer, checkpoint)


def last_checkpoint(folder: str | os.PathLike) -> Path | None:
    """The newest whole checkpoint of a run; None when there is none."""
    found = {}
    for path in Path(folder).glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
        step = path.name.removeprefix(f"{PREFIX_CHECKPOINT_DIR}-")
        if step.isdigit() and (path / _LAST_FILE).is_file():
            found[int(step)] = path
    return found[max(found)] if found else None


def _begin(arguments: TsukasaTrainingArguments, resume: bool) -> Path | None:
    """Seeds, and finds where to go on."""
    if not arguments.output_dir:
        raise ValueError("output_dir is missing: name a folder for the run")
    checkpoint = last_checkpoint(arguments.output_dir)
    if checkpoint is not None and not resume:
        raise ValueError(
            f"'{arguments.output_dir}' holds a run already ({checkpoint.name}): go on with --resume, or name another "
            "output_dir"
        )
    if checkpoint is None and resume:
        logger.warning("'%s' holds no whole checkpoint: the run begins anew", arguments.output_dir)
    set_seed(arguments.seed)
    return checkpoint


def _data(folder: str, arguments: TsukasaTrainingArguments, config: TsukasaConfig | None = None) -> dict:
    corpus = PreparedCorpus(folder)
    if config is not None:
        corpus.check_fits(config)
    seed = arguments.seed if arguments.data_seed is None else arguments.data_seed
    evaluates = arguments.eval_strategy != "no"
    return {
        "train_dataset": TsukasaDataset(corpus, "train", seed=seed),
        "eval_dataset": TsukasaDataset(corpus, "validation", seed=seed) if evaluates else None,
        "data_collator": TsukasaDataCollator(),
    }


def _finish(trainer: TsukasaTrainer, checkpoint: Path | None) -> Path:
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    folder = Path(trainer.args.output_dir) / RESULT_FOLDER
    if trainer.args.should_save:
        trainer.export(folder)
    return folder


def _is_preset(path: str) -> bool:
    return Path(path).suffix in (".yaml", ".yml")


def _folder(path: str, key: str) -> str:
    if not Path(path).is_dir():
        raise FileNotFoundError(f"there is no folder '{path}' ({key})")
    return path


__all__ = [
    "RESULT_FOLDER",
    "RunOptions",
    "Stage1RunOptions",
    "last_checkpoint",
    "run_aligner",
    "run_pitch",
    "run_stage1",
]
