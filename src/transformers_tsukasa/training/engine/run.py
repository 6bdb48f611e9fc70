# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What all runs share: their options, where they begin, the corpus, and the result. `run_*.py` has one run each."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, set_seed

from ...data.collator import TsukasaDataCollator
from ...data.corpus import PreparedCorpus
from ...data.dataset import TsukasaDataset
from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...utils.file_lock import one_at_a_time
from ...utils.full_disk import full_disk_explained, full_disk_in_threads_explained
from .arguments import TsukasaTrainingArguments
from .checkpoints import check_whole, checkpoints, last_checkpoint, updates_of
from .run_config import read_run
from .trainer import TsukasaTrainer
from .whole_folders import unchanged, written_whole


logger = logging.getLogger(__name__)

RESULT_FOLDER = "final"
"""In the output folder of a run, what `from_pretrained` loads."""


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
        FileNotFoundError, ValueError: when something in the config cannot be used, or the run cannot go on.
        OSError: when another run writes into the output folder, or the disk is full.
    """
    options, arguments = read_run(path, overrides, classes)
    no_room = f"the run in '{arguments.output_dir}' ends here; make room, and go on with --resume"
    with full_disk_explained(no_room), full_disk_in_threads_explained(), _alone(arguments):
        checkpoint = begin_run(arguments, resume)
        return finish_run(make_trainer(options, arguments), checkpoint)


@contextmanager
def _alone(arguments: TsukasaTrainingArguments) -> Iterator[None]:
    """The output folder of a run is its own as long as the run lasts; one process holds it for all of the run."""
    folder = Path(arguments.output_dir)
    if arguments.process_index != 0:
        yield
        return
    busy = f"another run is writing into '{folder}': wait until it ends, or name another output_dir"
    with unchanged(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(folder / ".lock", busy):
            yield


def begin_run(arguments: TsukasaTrainingArguments, resume: bool) -> Path | None:
    """Seeds, and returns the checkpoint to go on from.

    Raises:
        FileNotFoundError: when the newest checkpoint is not whole.
        ValueError: when the output folder holds a run that is not to be resumed, or a result that would be replaced.
    """
    if arguments.resume_from_checkpoint is not None:
        raise ValueError("resume_from_checkpoint is not used: a run goes on from its last checkpoint with --resume")
    found = checkpoints(arguments.output_dir)
    if found and not resume:
        raise ValueError(
            f"'{arguments.output_dir}' holds a run already ({found[-1].name}): go on with --resume, or name another "
            "output_dir"
        )
    if not found and (Path(arguments.output_dir) / RESULT_FOLDER).exists():
        raise ValueError(
            f"'{arguments.output_dir}' holds a result already ('{RESULT_FOLDER}') and no checkpoint to go on from: "
            "move it away, or name another output_dir"
        )
    if found:
        check_whole(found[-1])
    elif resume:
        logger.warning("'%s' holds no checkpoint: the run begins anew", arguments.output_dir)
    set_seed(arguments.seed)
    return found[-1] if found else None


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


def note_features(model: PreTrainedModel, options: RunOptions) -> None:
    """Writes into the config of an aligner or a pitch extractor which log-mels it learns to hear.

    Raises:
        ValueError: when it has learned to hear others.
    """
    audio_config = PreparedCorpus(options.corpus).audio_config
    audio_config.check_features(model.config.features, f"the model '{options.model}'")
    model.config.features = audio_config.features


def finish_run(trainer: TsukasaTrainer, checkpoint: Path | None) -> Path:
    """Trains to the end and returns the folder with the result. A run that is at its end already makes no update.

    Raises:
        FloatingPointError: when every update was skipped, so that there is none.
    """
    folder = Path(trainer.args.output_dir) / RESULT_FOLDER
    if checkpoint is None or updates_of(checkpoint) < trainer.planned_updates:
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        _check_learned(trainer)
    else:
        _say_finished(trainer, checkpoint)
        trainer.load_checkpoint(checkpoint)
        # An older result is that of a run which was made longer since.
        if folder.is_dir() and folder.stat().st_mtime >= checkpoint.stat().st_mtime:
            return folder
    if trainer.args.should_save:
        with written_whole(folder) as staged:
            trainer.export(staged)
    return folder


def _check_learned(trainer: TsukasaTrainer) -> None:
    if trainer.updates and trainer.updates == trainer.skipped_updates:
        raise FloatingPointError(
            f"every update was skipped ({trainer.updates}), because losses or gradients were not finite, as the "
            "warnings say: nothing was learned, and no result is written"
        )


def _say_finished(trainer: TsukasaTrainer, checkpoint: Path) -> None:
    logger.warning(
        "the run in '%s' is finished, at update %d of %d: raise %s to go on",
        trainer.args.output_dir,
        updates_of(checkpoint),
        trainer.planned_updates,
        "max_steps" if trainer.args.max_steps > 0 else "num_train_epochs",
    )


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
    "note_features",
    "run_config",
]
