# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Findings of `tsukasa doctor` on batches, phases and losses, from the trainer's own sampler and plan."""

import numpy as np
from transformers.trainer_utils import IntervalStrategy

from ...utils.wording import counted
from ..engine.run_plan import LossStart, RunPlan
from ..engine.trainer import PhasedTrainer
from .findings import OK, PROBLEM, WARNING, Finding


def examine_schedule(trainer: PhasedTrainer, plan: RunPlan) -> list[Finding]:
    """Rows on everything that depends on the number of updates.

    Args:
        trainer: of the run.
        plan: of the run, on as many processes as it will have.
    """
    findings = _batches(trainer, plan)
    findings.append(_evaluation(trainer, plan))
    findings += _phases(trainer, plan)
    findings += [_loss(start, plan) for start in plan.loss_starts]
    return findings


def largest_batch(trainer: PhasedTrainer) -> list[int]:
    """The utterances of the batch that takes the most memory, the longest first."""
    lengths, _ = trainer.args.batch_lengths(trainer.train_dataset)
    batches = list(trainer.get_train_dataloader().batch_sampler)
    largest = max(batches, key=lambda batch: (len(batch) * max(lengths[index] for index in batch), len(batch)))
    return sorted(largest, key=lambda index: -lengths[index])


def _batches(trainer: PhasedTrainer, plan: RunPlan) -> list[Finding]:
    lengths, budget = trainer.args.batch_lengths(trainer.train_dataset)
    batches, processes = list(trainer.get_train_dataloader().batch_sampler), plan.processes
    sizes = np.array([len(batch) for batch in batches])
    real = sum(int(lengths[index]) for batch in batches for index in batch)
    padded = sum(len(batch) * int(max(lengths[index] for index in batch)) for batch in batches)
    unit, parts = trainer.args.length_unit, plan.accumulation_steps
    updates, shared = plan.updates_per_epoch, f" on {processes} processes" if processes > 1 else ""
    state = (
        f"{len(batches)} an epoch{shared}, of {sizes.min()} to {sizes.max()} utterances (half of them at least "
        f"{int(np.median(sizes))}), up to {budget} {unit}, {100 * (1 - real / padded):.0f} % padding"
    )
    per_update = f" from {counted(min(parts, len(batches)), 'batch', 'batches')} each" if parts > 1 else ""
    counts = f"{updates} an epoch{per_update}, {plan.updates} in all"
    findings = [Finding(OK, "batches", state), Finding(OK, "updates", counts)]
    if parts > plan.batches_per_epoch:
        state = f"{counts}; gradient_accumulation_steps is {parts}, but an update ends with the epoch"
        findings[1] = Finding(WARNING, "updates", state, "lower it, or the budget of a batch")
    if np.median(sizes) < 2:
        state, advice = "most batches are a single utterance", "raise the budget, or gradient_accumulation_steps"
        findings[0] = Finding(WARNING, "batches", f"{findings[0].state}; {state}", advice)
    if plan.left_out:
        state = f"{plan.left_out} of {len(lengths)} utterances have fewer than {trainer.MIN_FRAMES} {unit}"
        findings.append(Finding(WARNING, "short utterances", f"{state} and are left out", "join them to longer ones"))
    if len(batches) < processes:
        state = f"{counted(len(batches), 'batch', 'batches')} for {processes} processes: some get the same one"
        findings.append(Finding(WARNING, "processes", state, "lower the budget, or take fewer processes"))
    return findings


def _evaluation(trainer: PhasedTrainer, plan: RunPlan) -> Finding:
    if trainer.eval_dataset is None:
        return Finding(WARNING, "evaluation", "there is none", "set eval_strategy to epoch or steps")
    batches = len(trainer.get_eval_dataloader().batch_sampler)
    lengths, _ = trainer.args.batch_lengths(trainer.eval_dataset)
    every = IntervalStrategy(trainer.args.eval_strategy).value
    if every == "steps":
        steps = trainer.args.eval_steps or 0
        every = f"{steps:g} updates"
        if steps > plan.updates:
            state = f"every {every}, but the run ends at {plan.updates}"
            return Finding(WARNING, "evaluation", state, "lower eval_steps")
    state = f"{counted(len(lengths), 'utterance')} in {counted(batches, 'batch', 'batches')}"
    return Finding(OK, "evaluation", f"every {every}: {state}")


def _phases(trainer: PhasedTrainer, plan: RunPlan) -> list[Finding]:
    modules, findings = trainer.modules(), []
    for (span, phase), start in zip(plan.phases, plan.schedule.starts, strict=True):
        weights = sum(weight.numel() for name in phase.learns for weight in modules[name].parameters())
        learns = f"{weights:,} weights learn ({', '.join(phase.learns)})"
        subject = f"phase '{phase.name}'"
        if span:
            epoch = span.start / plan.updates_per_epoch
            state = f"from update {span.start} (epoch {epoch:g}), {counted(len(span), 'update')}: {learns}"
            findings.append(Finding(OK, subject, state))
        elif start >= plan.updates:
            state = f"never: it would begin at update {start}, and the run ends at {plan.updates}"
            findings.append(Finding(PROBLEM, subject, state, "let it begin earlier, or the run last longer"))
        else:
            findings.append(Finding(OK, subject, f"is left out: the next one begins at the same update {start}"))
    return findings


def _loss(start: LossStart, plan: RunPlan) -> Finding:
    subject = f"loss {start.name}"
    if start.update is not None:
        state = f"starts at update {start.update} (epoch {start.update / plan.updates_per_epoch:g})"
        return Finding(OK, subject, state if start.weight is None else f"{state}, weight {start.weight:g}")
    return Finding(WARNING if start.is_chosen else PROBLEM, subject, f"never, because {start.reason}")


__all__ = ["examine_schedule", "largest_batch"]
