# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' Trainer, whose checkpoints are complete, record what run they are of, and are read with care."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import Trainer
from transformers.trainer import OPTIMIZER_NAME, SCALER_NAME, SCHEDULER_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR, rotate_checkpoints

from ...utils.atomic_files import put_in_place
from ...utils.damaged_files import reading
from ...utils.full_disk import full_disk_explained
from .checkpoints import (
    EXTRA_FILE,
    OLDER_ONE,
    RunRecord,
    check_resumes,
    random_state_file,
    read_state,
    restore_optimizer,
    taken_over,
    write_record,
)
from .trained_modules import TrainedModels


UNFINISHED = ".unfinished"
"""In the output folder of a run, what is being written. Whatever is found there can be deleted."""


@contextmanager
def written_completely(
    folder: str | os.PathLike, is_main: bool = True, wait: Callable[[], None] = lambda: None
) -> Iterator[Path]:
    """A folder to write into, which takes the place of `folder` when everything is written.

    Args:
        folder: the final place; what is there now stays until then.
        is_main: whether this process moves the folder; of several, one.
        wait: for all processes.

    Raises:
        OSError: when the disk is full; what was written is removed.
    """
    folder = Path(folder).absolute()
    staged = folder.parent / UNFINISHED / folder.name
    if is_main:
        shutil.rmtree(staged.parent, ignore_errors=True)
    wait()
    sentence = (
        f"'{folder.name}' was not written to '{folder.parent}', and nothing of it is left there. Free some space "
        "(fewer checkpoints are kept with save_total_limit), and resume from the last checkpoint with `resume=True`"
    )
    try:
        with full_disk_explained(sentence):
            staged.mkdir(parents=True, exist_ok=True)
            yield staged
        wait()
        if is_main:
            put_in_place(staged, folder)
    finally:
        if is_main:
            shutil.rmtree(staged.parent, ignore_errors=True)
    wait()


@contextmanager
def removed_when_empty(folder: str | os.PathLike) -> Iterator[None]:
    """Removes the folder at the end if it was not there before and is still empty: runs make their output folder."""
    path = Path(folder)
    was_there = path.exists()
    try:
        yield
    finally:
        if not was_there and path.is_dir() and not any(path.iterdir()):
            path.rmdir()


class CheckpointingTrainer(Trainer):
    """A trainer that resumes from a checkpoint as if it had never stopped, or reports why it cannot.

    A checkpoint appears under its name when it is complete. A subclass has `run_record`, `planned_updates`, and
    returns in `extra_state` what a checkpoint holds beyond models, optimizer, schedule and random state.
    """

    model: TrainedModels
    lr_scheduler: LambdaLR
    _staged: Path | None = None

    @property
    def run_record(self) -> RunRecord:
        """Facts that identify the run."""
        raise NotImplementedError

    @property
    def planned_updates(self) -> int:
        """How many updates the run will make."""
        raise NotImplementedError

    def extra_state(self) -> dict[str, Any]:
        """State that a checkpoint holds beyond models, optimizer, schedule and random state."""
        raise NotImplementedError

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Takes `extra_state` back."""
        raise NotImplementedError

    def load_checkpoint(self, checkpoint: str | os.PathLike) -> None:
        """Loads a checkpoint of this run without training on; for errors see `check_resumes`."""
        self._load_from_checkpoint(str(checkpoint))
        self.create_optimizer()
        self.create_scheduler(self.planned_updates)
        self._load_optimizer_and_scheduler(str(checkpoint))

    # What transformers calls to save

    def _save_checkpoint(self, model, trial) -> None:
        run = self._get_output_dir(trial)
        name = f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        wait = self.accelerator.wait_for_everyone
        with written_completely(os.path.join(run, name), self.args.should_save, wait) as staged:
            self._staged = staged.parent
            try:
                super()._save_checkpoint(model, trial)
            finally:
                self._staged = None
        if self.args.should_save:
            rotate_checkpoints(output_dir=run, save_total_limit=self.args.save_total_limit, use_mtime=True)

    def _get_output_dir(self, trial) -> str:
        return super()._get_output_dir(trial) if self._staged is None else str(self._staged)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        if self.args.should_save:
            torch.save(self.extra_state(), os.path.join(output_dir, EXTRA_FILE))
            write_record(self.run_record, output_dir)

    # What it calls to load

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model=None) -> None:
        checkpoint = Path(resume_from_checkpoint)
        check_resumes(self.run_record, checkpoint)
        with taken_over(checkpoint, "weights", errors=(RuntimeError, LookupError)):
            self.model.load(checkpoint)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        folder, device = Path(checkpoint), self.args.device
        states = [read_state(folder / name, "cpu") for name in (OPTIMIZER_NAME, SCHEDULER_NAME)]
        with taken_over(folder, OPTIMIZER_NAME, SCHEDULER_NAME):
            restore_optimizer(self.optimizer, self.lr_scheduler, *states)
        # torch does not restore to a CPU with a number, as several processes have.
        place = "cpu" if device.type == "cpu" else device
        extra_state = read_state(folder / EXTRA_FILE, place)
        with taken_over(folder, f"states in {EXTRA_FILE}"):
            self.load_extra_state(extra_state)

    def _load_scaler(self, checkpoint: str | None) -> None:
        if checkpoint is not None and self.accelerator.scaler is not None:  # a run may be resumed without fp16
            with reading(Path(checkpoint) / SCALER_NAME, OLDER_ONE):
                super()._load_scaler(checkpoint)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            name = random_state_file(self.args.process_index, self.args.world_size)
            with reading(Path(checkpoint) / name, OLDER_ONE):
                super()._load_rng_state(checkpoint)


__all__ = ["UNFINISHED", "CheckpointingTrainer", "removed_when_empty", "written_completely"]
