# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What `tsukasa doctor` says of batches, phases and losses, by the samplers and schedules of the trainer itself."""

import math

import numpy as np

from ...utils.wording import counted
from ..engine.run_plan import LossStart
from ..engine.trainer import TsukasaTrainer
from .findings import OK, PROBLEM, WARNING, Finding


def examine_schedule(trainer: TsukasaTrainer, processes: int) -> list[Finding]:
    """Rows on everything that depends on how many updates there are."""
    sampler = trainer.get_train_dataloader().batch_sampler
    trainer.plan(math.ceil(len(sampler) / processes))
    findings = _batches(trainer, sampler, processes)
    findings.append(_evaluation(trainer))
    findings += _phases(trainer)
    findings += [_loss(start, trainer) for start in trainer.loss_starts()]
    return findings


def largest_batch(trainer: TsukasaTrainer) -> list[int]:
    """The utterances of the batch that takes the most memory, the longest first."""
    lengths, _ = trainer.batch_lengths(trainer.train_dataset)
    batches = list(trainer.get_train_dataloader().batch_sampler)
    largest = max(batches, key=lambda batch: (len(batch) * max(lengths[index] for index in batch), len(batch)))
    return sorted(largest, key=lambda index: -lengths[index])


def _batches(trainer: TsukasaTrainer, sampler, processes: int) -> list[Finding]:
    lengths, budget = trainer.batch_lengths(trainer.train_dataset)
    batches = list(sampler)
    sizes = np.array([len(batch) for batch in batches])
    real = sum(int(lengths[index]) for batch in batches for index in batch)
    padded = sum(len(batch) * int(max(lengths[index] for index in batch)) for batch in batches)
    unit, parts = trainer.LENGTH_UNIT, trainer.args.gradient_accumulation_steps
    updates, shared = trainer.updates_per_epoch, f" on {processes} processes" if processes > 1 else ""
    says = (
        f"{len(batches)} an epoch{shared}, of {sizes.min()} to {sizes.max()} utterances (half of them at least "
        f"{int(np.median(sizes))}), up to {budget} {unit}, {100 * (1 - real / padded):.0f} % padding"
    )
    per_update = f" from {counted(min(parts, len(batches)), 'batch', 'batches')} each" if parts > 1 else ""
    told = f"{updates} an epoch{per_update}, {trainer.planned_updates} in all"
    findings = [Finding(OK, "batches", says), Finding(OK, "updates", told)]
    if parts > trainer.batches_per_epoch:
        says = f"{told}; gradient_accumulation_steps is {parts}, but an update ends with the epoch"
        findings[1] = Finding(WARNING, "updates", says, "lower it, or the budget of a batch")
    if np.median(sizes) < 2:
        says, advice = "most batches are a single utterance", "raise the budget, or gradient_accumulation_steps"
        findings[0] = Finding(WARNING, "batches", f"{findings[0].says}; {says}", advice)
    if sampler.left_out:
        says = f"{sampler.left_out} of {len(lengths)} utterances have fewer than {trainer.MIN_FRAMES} {unit}"
        findings.append(Finding(WARNING, "short utterances", f"{says} and are left out", "join them to longer ones"))
    if len(batches) < processes:
        says = f"{counted(len(batches), 'batch', 'batches')} for {processes} processes: some get the same one"
        findings.append(Finding(WARNING, "processes", says, "lower the budget, or take fewer processes"))
    return findings


def _evaluation(trainer: TsukasaTrainer) -> Finding:
    if trainer.eval_dataset is None:
        return Finding(WARNING, "evaluation", "there is none", "set eval_strategy to epoch or steps")
    batches = len(trainer.get_eval_dataloader().batch_sampler)
    every = trainer.args.eval_strategy.value
    if every == "steps":
        every = f"{trainer.args.eval_steps:g} updates"
        if trainer.args.eval_steps > trainer.planned_updates:
            says = f"every {every}, but the run ends at {trainer.planned_updates}"
            return Finding(WARNING, "evaluation", says, "lower eval_steps")
    says = f"{counted(len(trainer.eval_dataset), 'utterance')} in {counted(batches, 'batch', 'batches')}"
    return Finding(OK, "evaluation", f"every {every}: {says}")


def _phases(trainer: TsukasaTrainer) -> list[Finding]:
    schedule, modules = trainer.schedule, trainer.modules()
    findings = []
    for span, start, phase in zip(
        schedule.spans(trainer.planned_updates), schedule.starts, schedule.phases, strict=True
    ):
        weights = sum(weight.numel() for name in phase.learns for weight in modules[name].parameters())
        learns = f"{weights:,} weights learn ({', '.join(phase.learns)})"
        what = f"phase '{phase.name}'"
        if span:
            epoch = span.start / trainer.updates_per_epoch
            says = f"from update {span.start} (epoch {epoch:g}), {counted(len(span), 'update')}: {learns}"
            findings.append(Finding(OK, what, says))
        elif start >= trainer.planned_updates:
            says = f"never: it would begin at update {start}, and the run ends at {trainer.planned_updates}"
            findings.append(Finding(PROBLEM, what, says, "let it begin earlier, or the run go on longer"))
        else:
            findings.append(Finding(OK, what, f"is left out: the next one begins at the same update {start}"))
    return findings


def _loss(start: LossStart, trainer: TsukasaTrainer) -> Finding:
    what = f"loss {start.name}"
    if start.update is not None:
        epoch = start.update / trainer.updates_per_epoch
        weight = trainer.loss_weights.get(start.name)
        says = f"starts at update {start.update} (epoch {epoch:g})"
        return Finding(OK, what, says if weight is None else f"{says}, weight {weight:g}")
    if start.is_chosen:
        return Finding(WARNING, what, f"never, because {start.reason}")
    return Finding(PROBLEM, what, f"never, because {start.reason}")


__all__ = ["examine_schedule", "largest_batch"]
