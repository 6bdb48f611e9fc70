# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What all runs share: their options, where they begin, the corpus, and the result. `run_*.py` has one run each."""

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import set_seed
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from ..data.collator import TsukasaDataCollator
from ..data.corpus import PreparedCorpus
from ..data.dataset import TsukasaDataset
from ..model.configuration_tsukasa import TsukasaConfig
from .arguments import TsukasaTrainingArguments
from .config_file import read_run
from .trainer import TsukasaTrainer
from .whole_folders import written_whole


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


def run_config(
    path: str | os.PathLike,
    overrides: Iterable[str],
    classes: tuple[type, type],
    make_trainer: Callable[[Any, Any], TsukasaTrainer],
    resume: bool = False,
) -> Path:
    """Trains by a config file and returns the folder with the result.

    Args:
        path, overrides: see `read_run`.
        classes: what a run starts from, and its training arguments.
        make_trainer: makes the trainer of an object of each.
        resume: go on from the last whole checkpoint.

    Raises:
        FileNotFoundError, ValueError: when something in the config cannot be used.
    """
    options, arguments = read_run(path, overrides, classes)
    checkpoint = begin_run(arguments, resume)
    return finish_run(make_trainer(options, arguments), checkpoint)


def last_checkpoint(folder: str | os.PathLike) -> Path | None:
    """The newest whole checkpoint of a run; None when there is none."""
    found = {}
    for path in Path(folder).glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
        step = path.name.removeprefix(f"{PREFIX_CHECKPOINT_DIR}-")
        if step.isdigit() and (path / _LAST_FILE).is_file():
            found[int(step)] = path
    return found[max(found)] if found else None


def begin_run(arguments: TsukasaTrainingArguments, resume: bool) -> Path | None:
    """Seeds, and returns the checkpoint to go on from.

    Raises:
        ValueError: when the output folder holds a run that is not to be resumed.
    """
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


def corpus_data(folder: str, arguments: TsukasaTrainingArguments, config: TsukasaConfig | None = None) -> dict:
    """Data sets and collator of a trainer, by its arguments; the corpus must fit `config` where one is given."""
    corpus = PreparedCorpus(folder)
    if config is not None:
        corpus.check_fits(config)
    seed = arguments.drawing_seed
    evaluates = arguments.eval_strategy != "no"
    return {
        "train_dataset": TsukasaDataset(corpus, "train", seed=seed),
        "eval_dataset": TsukasaDataset(corpus, "validation", seed=seed) if evaluates else None,
        "data_collator": TsukasaDataCollator(),
    }


def finish_run(trainer: TsukasaTrainer, checkpoint: Path | None) -> Path:
    """Trains to the end and returns the folder with the result.

    Raises:
        FloatingPointError: when every update was skipped, so that there is none.
    """
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    if trainer.updates and trainer.updates == trainer.skipped_updates:
        raise FloatingPointError(
            f"every update was skipped ({trainer.updates}), because losses or gradients were not finite, as the "
            "warnings say: nothing was learned, and no result is written"
        )
    folder = Path(trainer.args.output_dir) / RESULT_FOLDER
    if trainer.args.should_save:
        with written_whole(folder) as staged:
            trainer.export(staged)
    return folder


def is_preset(path: str) -> bool:
    """Whether a model is named by a preset, for fresh weights, and not by a folder."""
    return Path(path).suffix in (".yaml", ".yml")


def existing_folder(path: str, key: str) -> str:
    """The path, when it is a folder.

    Args:
        key: of the config, for the message.

    Raises:
        FileNotFoundError: otherwise.
    """
    if not Path(path).is_dir():
        raise FileNotFoundError(f"there is no folder '{path}' ({key})")
    return path


__all__ = [
    "RESULT_FOLDER",
    "RunOptions",
    "begin_run",
    "corpus_data",
    "existing_folder",
    "finish_run",
    "is_preset",
    "last_checkpoint",
    "run_config",
]
