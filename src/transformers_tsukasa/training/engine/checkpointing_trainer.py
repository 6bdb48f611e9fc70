# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' Trainer from folders to folders: it starts from a model and a corpus, and writes complete results.

Its checkpoints record what run they are of, and are read with care.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import Trainer, set_seed
from transformers.trainer import OPTIMIZER_NAME, SCALER_NAME, SCHEDULER_NAME, TRAINER_STATE_NAME, TRAINING_ARGS_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR, rotate_checkpoints

from ...models.tsukasa.model_card import keep_written_card
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...utils.atomic_files import put_in_place
from ...utils.damaged_files import reading
from ...utils.full_disk import full_disk_explained
from .arguments import TsukasaTrainingArguments
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
from .run_options import RunOptions, check_options
from .trained_modules import TrainedModels
from .weight_average import WeightAverage


logger = logging.getLogger(__name__)

_Trainer = TypeVar("_Trainer", bound="CheckpointingTrainer")

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


@contextmanager
def written_into(folder: str | os.PathLike) -> Iterator[Path]:
    """A folder to write into, the files of which move into `folder` when everything is written.

    What else is in `folder` stays, as the checkpoints of a run.

    Args:
        folder: the final place; made when it is not there.
    """
    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    staging = folder / UNFINISHED
    with written_completely(staging / "result") as staged:
        yield staged
    for path in sorted((staging / "result").iterdir()):
        if path.is_dir():
            put_in_place(path, folder / path.name)
        else:
            os.replace(path, folder / path.name)
    shutil.rmtree(staging)


class CheckpointingTrainer(Trainer):
    """A trainer that resumes from a checkpoint as if it had never stopped, or reports why it cannot.

    A checkpoint appears under its name when it is complete. A subclass has `run_record`, `planned_updates`, and
    returns in `extra_state` what a checkpoint holds beyond models, optimizer, schedule and random state.
    """

    OPTIONS: type = RunOptions
    """Dataclass of what a run starts from."""

    ARGUMENTS: type[TsukasaTrainingArguments] = TsukasaTrainingArguments
    """Dataclass of the arguments."""

    model: TrainedModels
    args: TsukasaTrainingArguments
    lr_scheduler: LambdaLR
    _staged: Path | None = None

    average: WeightAverage | None = None
    """Mean of the weights; None when the run keeps none."""

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

    # From a model and a corpus

    @classmethod
    def from_options(cls: type[_Trainer], options: Any, args: Any) -> _Trainer:
        """The trainer of a run.

        Args:
            options: an object of `OPTIONS`, what the run starts from.
            args: an object of `ARGUMENTS`.

        Raises:
            OSError, ValueError: when something that the options name cannot be used.
        """
        raise NotImplementedError

    @classmethod
    def from_pretrained(
        cls: type[_Trainer],
        model: str | os.PathLike,
        args: Any,
        corpus: str | os.PathLike | None = None,
        **options: Any,
    ) -> _Trainer:
        """The trainer of a run from a model and a corpus.

        Args:
            model: a model folder, or for what begins with fresh weights a preset (.yaml).
            args: an object of `ARGUMENTS`.
            corpus: folder made by `tsukasa prepare`.
            options: the other fields of `OPTIONS`, such as `aligner`.

        Raises:
            TypeError: for arguments of another training, and for options that this one does not have.
            OSError, ValueError: when the model or the corpus cannot be used for this training.
        """
        if not isinstance(args, cls.ARGUMENTS):
            raise TypeError(f"{cls.__name__} needs {cls.ARGUMENTS.__name__}, got {type(args).__name__}")
        given = {**options, "model": os.fspath(model)}
        if corpus is not None:
            given["corpus"] = os.fspath(corpus)
        check_options(cls.OPTIONS, given, cls.__name__)
        set_seed(args.seed)  # before fresh weights are drawn
        return cls.begin(cls.OPTIONS(**given), args)

    @classmethod
    def begin(cls: type[_Trainer], options: Any, args: Any) -> _Trainer:
        """The trainer of a run by its options, whose synthesizer knows what it is made from, for its card.

        Args:
            options: an object of `OPTIONS`.
            args: an object of `ARGUMENTS`.
        """
        trainer = cls.from_options(options, args)
        tts = getattr(trainer.model, "tts", None)
        if isinstance(options, RunOptions) and isinstance(tts, TsukasaModelForConditionalGeneration):
            tts.origin = options.origin
        return trainer

    # The result, and what transformers calls to save

    def complete_models(self) -> None:
        """Called before the models are written, with the weights that are: what the result has beside them."""

    def save_companions(self, folder: Path) -> None:
        """Writes what a folder with the models needs to be used by itself."""

    def export(self, folder: str | os.PathLike) -> Path:
        """Writes the models as they are used, into folders that `from_pretrained` loads. Returns the folder."""
        raise NotImplementedError

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Writes the result, a folder that `from_pretrained` loads; files that are there already are replaced.

        Args:
            output_dir: the folder; that of the run when None.
        """
        if _internal_call:  # of a checkpoint, from which the run resumes
            super().save_model(output_dir, _internal_call=True)
            return
        folder = Path(output_dir or self.args.output_dir or "")
        if self.args.should_save:
            with written_into(folder) as staged:
                keep_written_card(folder, staged)
                self.export(staged)
        if self.args.push_to_hub:
            self.push_to_hub(commit_message="Model save")

    def _save(self, output_dir: str | None = None, state_dict: dict | None = None) -> None:
        """Every model in its folder, as it would be used: with the mean of the weights, when there is one."""
        output_dir = output_dir or self.args.run_folder
        if self.args.should_save:
            os.makedirs(output_dir, exist_ok=True)
            with self.exported_weights():
                self.complete_models()
                self.model.save(output_dir)
                self.save_companions(Path(output_dir))
            torch.save(self.args, os.path.join(output_dir, TRAINING_ARGS_NAME))

    @contextmanager
    def exported_weights(self) -> Iterator[None]:
        """The weights that the result is made of: their mean when there is one."""
        with nullcontext() if self.average is None else self.average.in_place(self.model):
            yield

    def _save_checkpoint(self, model, trial) -> None:
        run = self._get_output_dir(trial)
        name = f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        wait = self.accelerator.wait_for_everyone
        with written_completely(os.path.join(run, name), self.args.should_save, wait) as staged:
            self._staged = staged.parent
            try:
                super()._save_checkpoint(model, trial)
                self._record_best(run, staged)
            finally:
                self._staged = None
        if self.args.should_save:
            rotate_checkpoints(
                output_dir=run,
                save_total_limit=self.args.save_total_limit,
                best_model_checkpoint=self.state.best_model_checkpoint,
                use_mtime=True,
            )

    def _record_best(self, run: str, staged: Path) -> None:
        """Writes where the best checkpoint will be; transformers wrote where it is while it is unfinished."""
        if self.state.best_global_step:
            best = os.path.join(run, f"{PREFIX_CHECKPOINT_DIR}-{self.state.best_global_step}")
            self.state.best_model_checkpoint = best if staged.name in best or os.path.isdir(best) else None
            if self.args.should_save:
                self.state.save_to_json(str(staged / TRAINER_STATE_NAME))

    def _get_output_dir(self, trial) -> str:
        return super()._get_output_dir(trial) if self._staged is None else str(self._staged)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        if self.args.should_save:
            torch.save(self.extra_state(), os.path.join(output_dir, EXTRA_FILE))
            write_record(self.run_record, output_dir)

    def init_hf_repo(self, token: str | None = None, private: bool | None = None) -> None:
        """Makes the repository of `push_to_hub`, before anything is trained.

        Raises:
            OSError: when the hub cannot be reached or refuses.
        """
        try:
            super().init_hf_repo(token=token, private=private)
        except Exception as error:  # of whichever HTTP library the hub's client uses
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise OSError(
                f"push_to_hub: the repository cannot be made on the hub ({reason}): check the connection and "
                "`hf auth login`, or leave push_to_hub out and upload the result later"
            ) from error

    # What it calls to load

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model=None) -> None:
        checkpoint = Path(resume_from_checkpoint)
        check_resumes(self.run_record, checkpoint)
        with taken_over(checkpoint, "weights", errors=(RuntimeError, LookupError)):
            self.model.load(checkpoint)

    def _load_best_model(self) -> None:
        best = Path(self.state.best_model_checkpoint or "")
        with taken_over(best, "weights", errors=(RuntimeError, LookupError)):
            self.model.load(best)
        self._load_extra_state(best)
        metric = self.args.metric_for_best_model
        logger.info("the result is that of '%s' (%s %g)", best, metric, self.state.best_metric)

    def _load_extra_state(self, folder: Path) -> None:
        # torch does not restore to a CPU with a number, as several processes have.
        place = "cpu" if self.args.device.type == "cpu" else self.args.device
        extra_state = read_state(folder / EXTRA_FILE, place)
        with taken_over(folder, f"states in {EXTRA_FILE}"):
            self.load_extra_state(extra_state)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        folder = Path(checkpoint)
        states = [read_state(folder / name, "cpu") for name in (OPTIMIZER_NAME, SCHEDULER_NAME)]
        with taken_over(folder, OPTIMIZER_NAME, SCHEDULER_NAME):
            restore_optimizer(self.optimizer, self.lr_scheduler, *states)
        self._load_extra_state(folder)

    def _load_scaler(self, checkpoint: str | None) -> None:
        if checkpoint is not None and self.accelerator.scaler is not None:  # a run may be resumed without fp16
            with reading(Path(checkpoint) / SCALER_NAME, OLDER_ONE):
                super()._load_scaler(checkpoint)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            name = random_state_file(self.args.process_index, self.args.world_size)
            with reading(Path(checkpoint) / name, OLDER_ONE):
                super()._load_rng_state(checkpoint)


__all__ = ["UNFINISHED", "CheckpointingTrainer", "removed_when_empty", "written_completely", "written_into"]
