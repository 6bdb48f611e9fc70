# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From which checkpoint a run goes on, whether it is all there, and whether it is one of this run."""

import json
import logging
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainingArguments
from transformers.trainer import OPTIMIZER_NAME, SCALER_NAME, SCHEDULER_NAME, TRAINER_STATE_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from ...utils.atomic_files import write_text
from ...utils.damaged_files import read_json, reading
from .arguments import TsukasaTrainingArguments


if TYPE_CHECKING:
    from .trainer import TsukasaTrainer

logger = logging.getLogger(__name__)

EXTRA_FILE = "trainer_extra.pt"
RECORD_FILE = "run.json"
"""In a checkpoint, what the run was: its training, the modules that learn, and what decides its course."""

OLDER_ONE = "move this checkpoint away to go on from an older one with --resume, or begin anew in another output_dir"
"""What to do with a checkpoint that is not whole."""

# Of transformers' own arguments and of ours, those that decide the course of a run.
_COURSE = {
    "learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "max_steps", "num_train_epochs",
    "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon", "max_grad_norm", "gradient_accumulation_steps",
    "seed", "data_seed", "bf16", "fp16",
}  # fmt: skip
_NO_COURSE = {"frozen", "max_nonfinite_steps", "compile_parts", "num_logged_samples"}


# The folders


def checkpoints(folder: str | os.PathLike) -> list[Path]:
    """All checkpoints of a run, whole or not, the newest last."""
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


def check_whole(checkpoint: Path) -> None:
    """Refuses a checkpoint without which a run could not go on as it was.

    Raises:
        FileNotFoundError: naming what is missing.
    """
    needed, processes = [TRAINER_STATE_NAME, OPTIMIZER_NAME, SCHEDULER_NAME, EXTRA_FILE], _processes(checkpoint)
    needed += [random_state_file(index, processes) for index in range(processes)]
    if _record(checkpoint).get("course", {}).get("fp16"):
        needed.append(SCALER_NAME)
    missing = [name for name in needed if not (checkpoint / name).is_file()]
    if missing:
        raise FileNotFoundError(f"'{checkpoint}' is not whole, it has no {', no '.join(missing)}: {OLDER_ONE}")


def random_state_file(index: int, processes: int) -> str:
    """Where transformers keeps the random state of a process."""
    return "rng_state.pth" if processes == 1 else f"rng_state_{index}.pth"


def updates_of(checkpoint: Path) -> int:
    """After how many updates it was written."""
    path = checkpoint / TRAINER_STATE_NAME
    state = read_json(path, OLDER_ONE)
    with reading(path, OLDER_ONE):
        return int(state["global_step"])


def read_state(path: str | os.PathLike, place: str | torch.device) -> Any:
    """A file of a checkpoint that torch wrote, onto a device."""
    with reading(path, OLDER_ONE):
        return torch.load(path, map_location=place, weights_only=True)


def _processes(checkpoint: Path) -> int:
    """Of how many processes it is; checkpoints without a record tell by their files."""
    counted = len(list(checkpoint.glob("rng_state_*.pth")))
    return _record(checkpoint).get("processes", max(counted, 1))


def _record(checkpoint: Path) -> dict:
    """What `write_record` wrote; earlier versions wrote nothing."""
    path = checkpoint / RECORD_FILE
    return read_json(path, OLDER_ONE) if path.is_file() else {}


# The run


def write_record(trainer: "TsukasaTrainer", folder: str | os.PathLike) -> None:
    """Writes what the run is, for `check_resumes`."""
    write_text(Path(folder) / RECORD_FILE, json.dumps(_described(trainer), ensure_ascii=False, indent=2))


def check_resumes(trainer: "TsukasaTrainer", checkpoint: Path) -> None:
    """Refuses a checkpoint of another training, and says what has changed since.

    Raises:
        FileNotFoundError, ValueError: when the run cannot go on from it.
    """
    check_whole(checkpoint)
    was, now = _record(checkpoint), _described(trainer)
    for key, what, advice in (
        ("training", "the training", "go on with that one, or name another output_dir"),
        ("learns", "what learns", "leave `frozen` and what else decides it as it was, or name another output_dir"),
    ):
        if was.get(key, now[key]) != now[key]:
            raise ValueError(
                f"'{checkpoint}' cannot be gone on from: {what} was {_listed(was[key])}, and here it is "
                f"{_listed(now[key])}; {advice}"
            )
    if (processes := _processes(checkpoint)) != now["processes"]:
        logger.warning(
            "'%s' is of %d process(es), and this run has %d: batches and random draws are others than they would have "
            "been",
            checkpoint,
            processes,
            now["processes"],
        )
    before = was.get("course", {})
    for name, value in now["course"].items():
        if name in before and before[name] != value:
            logger.warning("%s was %s and is %s: %s", name, before[name], value, _which_holds(name))


def _described(trainer: "TsukasaTrainer") -> dict[str, Any]:
    arguments = trainer.args
    values = {
        "training": type(trainer).__name__.removesuffix("Trainer").lower(),
        "learns": sorted(trainer.schedule.learners),
        "processes": arguments.world_size,
        "course": {name: getattr(arguments, name) for name in _course(arguments)},
    }
    return json.loads(json.dumps(values))


def _course(arguments: TsukasaTrainingArguments) -> list[str]:
    ours = {field.name for field in fields(arguments)} - {field.name for field in fields(TrainingArguments)}
    return sorted((ours | _COURSE) - _NO_COURSE)


def _listed(value: str | list[str]) -> str:
    return f"'{value}'" if isinstance(value, str) else f"[{', '.join(value)}]"


def _which_holds(name: str) -> str:
    if name == "seed":
        return "the new one holds for what is drawn of the data; other random draws go on as they were"
    return "the new one holds from here on"


def go_on(optimizer, scheduler: LambdaLR, optimizer_state: dict, scheduler_state: dict) -> None:
    """Takes back what an optimizer has gathered, and how far its schedule is. What a run is told (rates, betas, weight
    decay) stays as it is told now.
    """
    told = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
    rates = scheduler.base_lrs
    optimizer.load_state_dict(optimizer_state)
    scheduler.load_state_dict(scheduler_state)
    scheduler.base_lrs = rates
    for group, options, rate, share in zip(optimizer.param_groups, told, rates, scheduler.lr_lambdas, strict=True):
        group.update({**options, "lr": rate * share(scheduler.last_epoch)})
    scheduler._last_lr = [group["lr"] for group in optimizer.param_groups]


__all__ = [
    "EXTRA_FILE",
    "OLDER_ONE",
    "check_resumes",
    "check_whole",
    "checkpoints",
    "go_on",
    "last_checkpoint",
    "random_state_file",
    "read_state",
    "updates_of",
    "write_record",
]
