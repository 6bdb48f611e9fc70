# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' Trainer, whose checkpoints are whole, know what run they are of, and are read with care."""

import os
from pathlib import Path

import torch
from transformers.trainer import OPTIMIZER_NAME, SCALER_NAME, SCHEDULER_NAME

from ...utils.damaged_files import reading
from .checkpoints import EXTRA_FILE, OLDER_ONE, check_resumes, go_on, random_state_file, read_state, write_record
from .whole_folders import WholeCheckpoints


class ResumedTrainer(WholeCheckpoints):
    """A trainer that goes on from a checkpoint as if it had never stopped, or says why it cannot.

    A subclass has `planned_updates` and `schedule`, and says in `extra_state` and `load_extra_state` what a checkpoint
    holds beyond models, optimizer, schedule and random state.
    """

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        if self.args.should_save:
            torch.save(self.extra_state(), os.path.join(output_dir, EXTRA_FILE))
            write_record(self, output_dir)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model=None) -> None:
        check_resumes(self, Path(resume_from_checkpoint))
        self.model.load(resume_from_checkpoint)

    def load_checkpoint(self, checkpoint: str | os.PathLike) -> None:
        """Takes a checkpoint of this run back without training on; for errors see `check_resumes`."""
        self._load_from_checkpoint(str(checkpoint))
        self.create_optimizer()
        self.create_scheduler(self.planned_updates)
        self._load_optimizer_and_scheduler(str(checkpoint))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        folder, device = Path(checkpoint), self.args.device
        states = [read_state(folder / name, "cpu") for name in (OPTIMIZER_NAME, SCHEDULER_NAME)]
        go_on(self.optimizer, self.lr_scheduler, *states)
        # A numbered CPU, as several processes have, is no place that torch restores to.
        place = "cpu" if device.type == "cpu" else device
        self.load_extra_state(read_state(folder / EXTRA_FILE, place))

    def _load_scaler(self, checkpoint: str | None) -> None:
        if checkpoint is not None and self.accelerator.scaler is not None:  # a run may go on without fp16
            with reading(Path(checkpoint) / SCALER_NAME, OLDER_ONE):
                super()._load_scaler(checkpoint)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            name = random_state_file(self.args.process_index, self.args.world_size)
            with reading(Path(checkpoint) / name, OLDER_ONE):
                super()._load_rng_state(checkpoint)


__all__ = ["ResumedTrainer"]
