# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Findings of `tsukasa doctor` on memory and disk: weights and states are counted, activations are measured."""

import math
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers.trainer_utils import SaveStrategy

from ...utils.wording import counted
from ..engine.evaluation import fixed_draws
from ..engine.phases import Phase
from ..engine.run_plan import RunPlan
from ..engine.trainer import PhasedTrainer
from .findings import OK, PROBLEM, WARNING, Finding
from .memory_meter import MemoryMeter
from .schedule import largest_batch


# Share of the free memory that an estimate may take without a warning. It lacks what operators need inside: a process
# took 9 to 10 % more than estimated, and 37 % more with the memory that the C library keeps in pieces on the CPU.
_COMFORTABLE = 0.7
# Rows of the largest batch that are tried, to estimate the memory of one more.
_FEW = 3
_BYTES = 4  # weights, gradients and states are float32, also under autocast


def examine_resources(trainer: PhasedTrainer, plan: RunPlan, free: int, measure: bool) -> list[Finding]:
    """Rows on memory and disk.

    Args:
        trainer: of the run.
        plan: of the run.
        free: bytes of memory that were free before the trainer was made.
        measure: whether the complete largest batch goes through every phase, and not a few of its utterances.
    """
    findings, activations = [], 0
    for span, phase in plan.phases:
        if span:
            finding, needed = _rehearse(trainer, phase, measure)
            findings.append(finding)
            activations = max(activations, needed)
    return [*findings, _memory(trainer, plan, activations, free), disk_finding(trainer, plan)]


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        entries = dict(line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines())
        return int(entries["MemAvailable"].split()[0]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def activation_bytes(trainer: PhasedTrainer, phase: Phase, indices: Sequence[int], count: int) -> tuple[int, dict]:
    """Memory that `count` rows take beyond weights and gradients, estimated from `indices`.

    Args:
        trainer: of the run.
        phase: that they go through.
        indices: utterances, the longest first.
        count: number of rows. Memory grows by the same amount with every row, which is measured between all of
            `indices` and all but one.

    Returns:
        Bytes, and the losses of the last rehearsal.
    """
    losses, taken = _measured(trainer, phase, indices)
    if count > len(indices):
        # The longest and the shortest stay, so that nothing else changes.
        _, fewer = _measured(trainer, phase, [*indices[:-2], indices[-1]])
        taken += (count - len(indices)) * max(taken - fewer, 0)
    return taken, losses


def _measured(trainer: PhasedTrainer, phase: Phase, indices: Sequence[int]) -> tuple[dict, int]:
    dataset: Any = trainer.train_dataset  # of any kind with items for the collator
    batch = trainer.data_collator([dataset[index] for index in indices])
    with fixed_draws(trainer.args.seed):
        trainer.rehearse(batch, phase)  # leaves gradients, which are counted separately
    with fixed_draws(trainer.args.seed), MemoryMeter(trainer.args.device) as meter:
        losses = trainer.rehearse(batch, phase)
    for module in trainer.modules().values():
        module.zero_grad()
    return losses, meter.bytes


def _rehearse(trainer: PhasedTrainer, phase: Phase, measure: bool) -> tuple[Finding, int]:
    """Runs a batch through a phase, checks that everything is finite, and measures the memory."""
    subject = f"rehearsal of '{phase.name}'"
    largest = largest_batch(trainer)
    indices = largest if measure or len(largest) <= _FEW else [*largest[: _FEW - 1], largest[-1]]
    try:
        taken, losses = activation_bytes(trainer, phase, indices, len(largest))
    except torch.OutOfMemoryError:
        advice = "lower the budget of a batch and raise gradient_accumulation_steps"
        return Finding(
            PROBLEM, subject, f"the device has no memory for {counted(len(indices), 'utterance')}", advice
        ), 0
    except (ValueError, RuntimeError, LookupError) as error:
        return Finding(PROBLEM, subject, f"the step fails: {error}"), 0
    broken = [name for name, loss in losses.items() if not torch.isfinite(loss).all()]
    if broken:
        state = f"not finite in utterances {list(indices)}: {', '.join(broken)}"
        return Finding(PROBLEM, subject, state, "look at these recordings, or train without bf16 and fp16"), taken
    how = "all" if len(indices) == len(largest) else f"{len(indices)} of the {len(largest)} utterances"
    state = f"{how} of the largest batch went through; the batch takes {_size(taken)} of activations"
    return Finding(OK, subject, state), taken


def _memory(trainer: PhasedTrainer, plan: RunPlan, activations: int, free: int) -> Finding:
    held = [value for value in vars(trainer).values() if isinstance(value, nn.Module)]
    held += [tts for tts in [getattr(trainer.model, "tts", None)] if tts is not None]  # maybe not registered in it
    weights = _count(tensor for module in held for tensor in (*module.parameters(), *module.buffers()))
    modules = trainer.modules()
    learning = [_learned(modules, phase.learns) for _, phase in plan.phases]
    parts = {
        "weights": weights,
        "gradients": max(learning),
        "AdamW": 2 * _learned(modules, plan.schedule.learners),
        "mean of the weights": 0 if trainer.average is None else 2 * _count(trainer.model.parameters()),
    }
    needed = _BYTES * sum(parts.values()) + activations
    listed = ", ".join(f"{name} {_size(_BYTES * count)}" for name, count in parts.items() if count)
    device = trainer.args.device
    state = (
        f"{_size(needed)} on one process ({listed}, activations {_size(activations)}); {_size(free)} free on {device}"
    )
    if needed > free:
        advice = "lower the budget of a batch and raise gradient_accumulation_steps, or try bf16"
        return Finding(PROBLEM, "memory", state, advice)
    if needed > _COMFORTABLE * free:
        return Finding(WARNING, "memory", state, "this may not be enough; measure it (`measure=True`)")
    return Finding(OK, "memory", state)


def disk_finding(trainer: PhasedTrainer, plan: RunPlan) -> Finding:
    """The row on the space that checkpoints take."""
    modules, args = trainer.modules(), trainer.args
    parts = _count(trainer.model.parameters()) * (1 if trainer.average is None else 2)
    parts += 2 * _learned(modules, plan.schedule.learners)
    parts += _count(weight for name, module in modules.items() if name not in trainer.MODULES
                    for weight in module.parameters())  # fmt: skip
    folder = Path(args.run_folder).absolute()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free, count = shutil.disk_usage(place).free, _checkpoints(trainer, plan)
    needed, verb = _BYTES * parts * count, "is" if count == 1 else "are"
    there = f"{counted(count, 'checkpoint')} of {_size(_BYTES * parts)} {verb} there at a time"
    state = f"{there}; {_size(free)} free at '{place}'"
    if not os.access(place, os.W_OK):
        return Finding(PROBLEM, "disk", f"'{place}' cannot be written to", "name another output_dir")
    if needed > free:
        return Finding(PROBLEM, "disk", state, "free some space, or lower save_total_limit")
    if trainer.args.save_strategy == SaveStrategy.NO:
        return Finding(WARNING, "disk", "no checkpoints are saved: a run that stops is lost", "set save_strategy")
    return Finding(OK if needed < _COMFORTABLE * free else WARNING, "disk", state)


def _checkpoints(trainer: PhasedTrainer, plan: RunPlan) -> int:
    """How many are on the disk at once; the oldest is deleted when the newest is written."""
    args, updates = trainer.args, plan.updates
    if args.save_strategy == SaveStrategy.NO:
        return 0
    every: float = plan.updates_per_epoch
    if args.save_strategy == SaveStrategy.STEPS:
        every = args.save_steps if args.save_steps >= 1 else math.ceil(args.save_steps * updates)
    saved = math.ceil(updates / every)
    return saved if not args.save_total_limit else min(saved, args.save_total_limit + 1)


def _learned(modules: dict[str, nn.Module], names: Iterable[str]) -> int:
    return sum(_count(modules[name].parameters()) for name in names)


def _count(tensors: Iterable[torch.Tensor]) -> int:
    return sum({id(tensor): tensor.numel() for tensor in tensors}.values())


def _size(count: int) -> str:
    return f"{count / 2**30:.2f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"


__all__ = ["activation_bytes", "disk_finding", "examine_resources", "free_memory"]
