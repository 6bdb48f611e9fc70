# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Finds the checkpoint that a run resumes from, and checks that it is complete and of this run."""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainingArguments
from transformers.trainer import OPTIMIZER_NAME, SCALER_NAME, SCHEDULER_NAME, TRAINER_STATE_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from ...utils.atomic_files import write_text
from ...utils.damaged_files import read_json, reading
from .arguments import TsukasaTrainingArguments


logger = logging.getLogger(__name__)

EXTRA_FILE = "trainer_extra.pt"
RECORD_FILE = "run.json"
"""In a checkpoint, the `RunRecord` of its run."""

OLDER_ONE = "move this checkpoint away to resume from an older one, or start again in another output_dir"
"""What to do with a checkpoint that is not complete."""

# Of transformers' own arguments and of ours, those that decide the course of a run.
_COURSE = {
    "learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "max_steps", "num_train_epochs",
    "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon", "max_grad_norm", "gradient_accumulation_steps",
    "seed", "data_seed", "bf16", "fp16",
}  # fmt: skip
_NO_COURSE = {"frozen", "max_nonfinite_steps", "compile_parts", "num_logged_samples"}


@dataclass(frozen=True)
class RunRecord:
    """Facts that identify a run.

    Args:
        training: its kind, as "stage1".
        learns: modules that learn at some time.
        processes: how many there are.
        course: arguments that decide what comes out, by name; values as JSON has them.
    """

    training: str
    learns: tuple[str, ...]
    processes: int
    course: dict[str, Any]

    @classmethod
    def of(cls, training: str, learns: Iterable[str], arguments: TsukasaTrainingArguments) -> "RunRecord":
        """The record of a run with these arguments."""
        ours = {field.name for field in fields(arguments)} - {field.name for field in fields(TrainingArguments)}
        course = {name: getattr(arguments, name) for name in sorted((ours | _COURSE) - _NO_COURSE)}
        return cls(training, tuple(sorted(learns)), arguments.world_size, json.loads(json.dumps(course)))


# The folders


def checkpoints(folder: str | os.PathLike) -> list[Path]:
    """All checkpoints of a run, complete or not, the newest last."""
    found = {}
    for path in Path(folder).glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
        step = path.name.removeprefix(f"{PREFIX_CHECKPOINT_DIR}-")
        if step.isdigit() and path.is_dir():
            found[int(step)] = path
    return [found[step] for step in sorted(found)]


def last_checkpoint(folder: str | os.PathLike) -> Path | None:
    """The newest checkpoint of a run that was written to its end; None when there is none."""
    # transformers writes this file last.
    return next((path for path in reversed(checkpoints(folder)) if (path / TRAINER_STATE_NAME).is_file()), None)


def check_complete(checkpoint: Path) -> None:
    """Refuses a checkpoint that lacks something a run needs to be resumed as it was.

    Raises:
        FileNotFoundError: naming what is missing.
        ValueError: when it is not known after how many updates it was written.
    """
    needed, processes = [TRAINER_STATE_NAME, OPTIMIZER_NAME, SCHEDULER_NAME, EXTRA_FILE], _processes(checkpoint)
    needed += [random_state_file(index, processes) for index in range(processes)]
    if _record(checkpoint).get("course", {}).get("fp16"):
        needed.append(SCALER_NAME)
    missing = [name for name in needed if not (checkpoint / name).is_file()]
    if missing:
        raise FileNotFoundError(f"'{checkpoint}' is not complete, it has no {', no '.join(missing)}: {OLDER_ONE}")
    updates_of(checkpoint)


def random_state_file(index: int, processes: int) -> str:
    """Where transformers keeps the random state of a process."""
    return "rng_state.pth" if processes == 1 else f"rng_state_{index}.pth"


def updates_of(checkpoint: Path) -> int:
    """Number of updates after which it was written."""
    path = checkpoint / TRAINER_STATE_NAME
    state = read_json(path, OLDER_ONE)
    with reading(path, OLDER_ONE):
        return int(state["global_step"])


def read_state(path: str | os.PathLike, place: str | torch.device) -> Any:
    """Loads a file of a checkpoint that torch wrote, onto a device."""
    with reading(path, OLDER_ONE):
        return torch.load(path, map_location=place, weights_only=True)


@contextmanager
def taken_over(checkpoint: Path, *names: str, errors: tuple[type[Exception], ...] = (Exception,)) -> Iterator[None]:
    """Wraps what fails while the content of a checkpoint, which can be read, is put into a run.

    Args:
        checkpoint: the folder.
        names: of the files in it.
        errors: that content raises which is not of this run.

    Raises:
        ValueError: in place of `errors`; exhausted memory passes unchanged.
    """
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except errors as error:
        raise ValueError(
            f"cannot resume from '{checkpoint}': its {' and '.join(names)} do not fit this run, they belong to "
            f"another model or to another version; {OLDER_ONE}"
        ) from error


def _processes(checkpoint: Path) -> int:
    """Number of processes that wrote it; without a record the files tell."""
    counted = len(list(checkpoint.glob("rng_state_*.pth")))
    return _record(checkpoint).get("processes", max(counted, 1))


def _record(checkpoint: Path) -> dict:
    """The file of `write_record`; empty when there is none."""
    path = checkpoint / RECORD_FILE
    if not path.is_file():
        return {}
    with reading(path, OLDER_ONE):
        return dict(**json.loads(path.read_text(encoding="utf-8")))  # refuses what is no object


# The run


def write_record(record: RunRecord, folder: str | os.PathLike) -> None:
    """Writes what identifies the run, for `check_resumes`."""
    write_text(Path(folder) / RECORD_FILE, json.dumps(asdict(record), ensure_ascii=False, indent=2))


def check_resumes(record: RunRecord, checkpoint: Path) -> None:
    """Refuses a checkpoint of another run, and logs what has changed since.

    Args:
        record: of the run that is to be resumed.
        checkpoint: that it is to be resumed from.

    Raises:
        FileNotFoundError, ValueError: when the run cannot be resumed from it.
    """
    check_complete(checkpoint)
    was = _record(checkpoint)
    for key, what, now, advice in (
        ("training", "a run of", record.training, "resume with that one, or name another output_dir"),
        (
            "learns",
            "a run in which these modules learn:",
            list(record.learns),
            "leave `frozen` and whatever else decides it as it was, or name another output_dir",
        ),
    ):
        if was.get(key, now) != now:
            raise ValueError(
                f"cannot resume from '{checkpoint}': it belongs to {what} {_listed(was[key])}, and this is {what} "
                f"{_listed(now)}; {advice}"
            )
    if (processes := _processes(checkpoint)) != record.processes:
        logger.warning(
            "'%s' is of %d process(es), and this run has %d: batches and random draws differ from those of the "
            "original run",
            checkpoint,
            processes,
            record.processes,
        )
    before = was.get("course", {})
    for name, value in record.course.items():
        if name in before and before[name] != value:
            logger.warning("%s was %s and is %s: %s", name, before[name], value, _which_holds(name))


def _listed(value: str | list[str]) -> str:
    return f"'{value}'" if isinstance(value, str) else f"[{', '.join(value)}]"


def _which_holds(name: str) -> str:
    if name == "seed":
        return "the new value holds for what is drawn of the data; other random draws continue as they were"
    return "the new value holds from here on"


def restore_optimizer(optimizer, scheduler: LambdaLR, optimizer_state: dict, scheduler_state: dict) -> None:
    """Restores the moments of an optimizer and the place in its schedule; rates, betas and weight decay stay those of
    this run.
    """
    given = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
    rates = scheduler.base_lrs
    optimizer.load_state_dict(optimizer_state)
    scheduler.load_state_dict(scheduler_state)
    scheduler.base_lrs = rates
    for group, options, rate, share in zip(optimizer.param_groups, given, rates, scheduler.lr_lambdas, strict=True):
        group.update({**options, "lr": rate * share(scheduler.last_epoch)})
    scheduler._last_lr = [group["lr"] for group in optimizer.param_groups]


__all__ = [
    "EXTRA_FILE",
    "OLDER_ONE",
    "RunRecord",
    "check_resumes",
    "check_complete",
    "checkpoints",
    "last_checkpoint",
    "random_state_file",
    "read_state",
    "restore_optimizer",
    "taken_over",
    "updates_of",
    "write_record",
]
