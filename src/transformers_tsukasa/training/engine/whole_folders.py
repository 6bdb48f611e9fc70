# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Folders of a run, checkpoints and results, that are there whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from transformers import Trainer
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR, rotate_checkpoints

from ...utils.atomic_files import put_in_place
from ...utils.full_disk import full_disk_explained


UNFINISHED = ".unfinished"
"""In the output folder of a run, what is being written. Whatever is found there can go."""


@contextmanager
def written_whole(
    folder: str | os.PathLike, is_main: bool = True, wait: Callable[[], None] = lambda: None
) -> Iterator[Path]:
    """A folder to write into, which takes the place of `folder` when all of it is written.

    Args:
        folder: what is to be there in the end; what is there now stays until then.
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
        f"'{folder.name}' was not written to '{folder.parent}', and nothing of it is left there. Make room (fewer "
        "checkpoints are kept with save_total_limit), and go on from the last checkpoint with --resume"
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
def unchanged(folder: str | os.PathLike) -> Iterator[None]:
    """Runs make their output folder; one that was not there and is empty in the end goes again."""
    path = Path(folder)
    was_there = path.exists()
    try:
        yield
    finally:
        if not was_there and path.is_dir() and not any(path.iterdir()):
            path.rmdir()


class WholeCheckpoints(Trainer):
    """transformers' Trainer, whose checkpoints appear under their names when they are whole."""

    _staged: Path | None = None

    def _save_checkpoint(self, model, trial) -> None:
        run = self._get_output_dir(trial)
        name = f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        wait = self.accelerator.wait_for_everyone
        with written_whole(os.path.join(run, name), self.args.should_save, wait) as staged:
            self._staged = staged.parent
            try:
                super()._save_checkpoint(model, trial)
            finally:
                self._staged = None
        if self.args.should_save:
            rotate_checkpoints(output_dir=run, save_total_limit=self.args.save_total_limit, use_mtime=True)

    def _get_output_dir(self, trial) -> str:
        return super()._get_output_dir(trial) if self._staged is None else str(self._staged)


__all__ = ["UNFINISHED", "WholeCheckpoints", "unchanged", "written_whole"]
