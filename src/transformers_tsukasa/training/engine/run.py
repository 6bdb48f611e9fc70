# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run by a config file, from its beginning or its last checkpoint to the result."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from accelerate import PartialState
from transformers import set_seed

from ...models.tsukasa.model_card import keep_written_card
from ...utils.file_lock import one_at_a_time
from ...utils.full_disk import full_disk_explained, full_disk_in_threads_explained
from .arguments import TsukasaTrainingArguments
from .checkpointing_trainer import removed_when_empty, written_completely
from .checkpoints import check_complete, checkpoints, updates_of
from .run_config import read_run
from .trainer import PhasedTrainer


logger = logging.getLogger(__name__)

RESULT_FOLDER = "final"
"""In the output folder of a run, the folder that `from_pretrained` loads."""


def run_config(
    trainer_class: type[PhasedTrainer], path: str | os.PathLike, overrides: Iterable[str], resume: bool = False
) -> Path:
    """Trains by a config file and returns the folder with the result.

    Args:
        trainer_class: of the training.
        path, overrides: see `read_run`.
        resume: whether to resume from the last complete checkpoint.

    Raises:
        FileNotFoundError, ValueError: when something in the config cannot be used, or the run cannot be resumed.
        OSError: when another run writes into the output folder, or the disk is full.
    """
    options, arguments = read_run(path, overrides, (trainer_class.OPTIONS, trainer_class.ARGUMENTS))
    advice = f"the run in '{arguments.run_folder}' ends here; free some space, and resume it with `resume=True`"
    with (
        full_disk_explained(advice),
        full_disk_in_threads_explained(),
        _process_group_ended(),
        _alone(arguments),
    ):
        checkpoint = begin_run(arguments, resume)
        return finish_run(trainer_class.begin(options, arguments), checkpoint)


@contextmanager
def _process_group_ended() -> Iterator[None]:
    """Ends what connects the processes of a run; torch warns of one that is still there when Python ends.

    After an error it is left to the launcher, which stops the other processes: they would wait for this one.
    """
    yield
    PartialState().destroy_process_group()


@contextmanager
def _alone(arguments: TsukasaTrainingArguments) -> Iterator[None]:
    """Locks the output folder as long as the run lasts; one process holds the lock for all."""
    folder = Path(arguments.run_folder)
    if arguments.process_index != 0:
        yield
        return
    busy = f"another run is writing into '{folder}': wait until it ends, or name another output_dir"
    with removed_when_empty(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(folder / ".lock", busy):
            yield


def begin_run(arguments: TsukasaTrainingArguments, resume: bool) -> Path | None:
    """Seeds, and returns the checkpoint to resume from.

    Raises:
        FileNotFoundError: when the newest checkpoint is not complete.
        ValueError: when the output folder holds a run that is not to be resumed, or a result that would be replaced.
    """
    if arguments.resume_from_checkpoint is not None:
        raise ValueError("resume_from_checkpoint is not used: `resume=True` resumes a run from its last checkpoint")
    found = checkpoints(arguments.run_folder)
    if found and not resume:
        raise ValueError(
            f"'{arguments.run_folder}' holds a run already ({found[-1].name}): resume it with `resume=True`, or name "
            "another output_dir"
        )
    if not found and (Path(arguments.run_folder) / RESULT_FOLDER).exists():
        raise ValueError(
            f"'{arguments.run_folder}' holds a result already ('{RESULT_FOLDER}') and no checkpoint to resume from: "
            "move it away, or name another output_dir"
        )
    if found:
        check_complete(found[-1])
    elif resume:
        logger.warning("'%s' holds no checkpoint: the run starts from the beginning", arguments.run_folder)
    set_seed(arguments.seed)
    return found[-1] if found else None


def finish_run(trainer: PhasedTrainer, checkpoint: Path | None) -> Path:
    """Trains to the end and returns the folder with the result. A finished run makes no update.

    Raises:
        FloatingPointError: when every update was skipped, so that there is none.
    """
    folder = Path(trainer.args.run_folder) / RESULT_FOLDER
    if checkpoint is None or updates_of(checkpoint) < trainer.planned_updates:
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        _check_learned(trainer)
    else:
        _log_finished(trainer, checkpoint)
        trainer.load_checkpoint(checkpoint)
        # A result that is older than the checkpoint is of a shorter run.
        if folder.is_dir() and folder.stat().st_mtime >= checkpoint.stat().st_mtime:
            return folder
    if trainer.args.should_save:
        with written_completely(folder) as staged:
            keep_written_card(folder, staged)
            trainer.export(staged)
    return folder


def _check_learned(trainer: PhasedTrainer) -> None:
    if trainer.counts.updates and trainer.counts.updates == trainer.counts.skipped:
        raise FloatingPointError(
            f"every update was skipped ({trainer.counts.updates}), because losses or gradients were not finite (see "
            "the warnings): nothing was learned, and no result is written"
        )


def _log_finished(trainer: PhasedTrainer, checkpoint: Path) -> None:
    logger.warning(
        "the run in '%s' is finished, at update %d of %d: raise %s to train on",
        trainer.args.run_folder,
        updates_of(checkpoint),
        trainer.planned_updates,
        "max_steps" if trainer.args.max_steps > 0 else "num_train_epochs",
    )


__all__ = ["RESULT_FOLDER", "begin_run", "finish_run", "run_config"]
