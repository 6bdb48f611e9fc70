# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' Trainer for models of several modules that learn in phases, with named losses and adversaries.

Common to every training: which module learns when, losses by name in the log, updates that are skipped together when
anything is not finite, a running mean of the weights, and checkpoints from which a run resumes.
"""

import logging
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import PrinterCallback, ProgressCallback
from transformers.trainer_utils import EvalLoopOutput

from ..logs.log_lines import Bars, LogLines
from ..logs.logged_samples import LoggedSamples, samples_of
from ..logs.run_log import log_phase, log_plan, log_unused_arguments
from .adversary import Adversary
from .arguments import TsukasaTrainingArguments
from .batches import Batch, EpochDataLoader, make_loader
from .checkpointing_trainer import CheckpointingTrainer
from .checkpoints import RunRecord
from .evaluation import fixed_draws, spread_items
from .loss_meter import LossMeter, joint_norm
from .loss_scale import LossScale, scale_on_cpu
from .optimizers import adamw_arguments, current_learning_rates, learning_rate_of, make_optimizer
from .phases import DISCRIMINATORS, Absence, Phase, Schedule, set_learning
from .run_plan import RunPlan, check_names, make_plan, resolve
from .trained_modules import TrainedModels, compile_parts
from .update import (
    SUM,
    AfterStep,
    BatchRecord,
    FailureCount,
    GradientFinisher,
    UpdateCounts,
    UpdateResult,
    module_label,
)
from .weight_average import WeightAverage, restore_average


logger = logging.getLogger(__name__)


class PhasedTrainer(CheckpointingTrainer):
    """Base of all trainers. A subclass defines phases, modules, and how losses are computed.

    Args:
        model: the models as one module, on which `MODULES` names parts.
        args: the run.
        train_dataset, eval_dataset: `TsukasaDataset` or anything with `frame_counts` and items for the collator.
        data_collator: makes a batch, a dict of tensors; `indices` in it name the utterances in messages.
        callbacks: transformers' own kind.

    Attributes:
        adversaries (`dict[str, Adversary]`): discriminators by the name under which phases let them learn; a subclass
            puts them here.

    Raises:
        ValueError: on unknown names in `learning_rates`, `frozen` and `loss_weights`.
    """

    PHASES: tuple[Phase, ...] = ()
    """The phases of the method, with all their losses."""

    MODULES: dict[str, str] = {}
    """Name of every part of the models that may learn -> its dotted path. Each is a parameter group."""

    OPTIMIZER_OPTIONS: dict[str, dict[str, Any]] = {}
    """Options of AdamW (`lr`, `betas`, `weight_decay`) of single parts, which precede those of the arguments; only
    `learning_rates` precedes an `lr` here."""

    MIN_FRAMES = 0
    """Utterances with fewer mel frames are left out of the run, which is logged at the start."""

    args: TsukasaTrainingArguments

    def __init__(self, model: TrainedModels, args: TsukasaTrainingArguments, **arguments: Any) -> None:
        super().__init__(model=model, args=args, **arguments)
        if args.compile_parts:
            logger.info("%d parts of the models are compiled when they first run", compile_parts(self.model))
        if args.gradient_checkpointing:  # the Trainer's own call comes after the rehearsal of `tsukasa doctor`
            self.model.activation_checkpointing_enable()
        if args.fp16 and self.accelerator.scaler is None:
            scale_on_cpu(self.accelerator)
        self.loss_scale = LossScale(self.accelerator)
        # Every process draws crops and noise of its own; random state is then kept by the checkpoints.
        torch.manual_seed(args.seed + args.process_index)
        self.adversaries: dict[str, Adversary] = {}
        self.counts = UpdateCounts()
        # Of the latest update: transformers asks for its norms, and for what follows it, in calls of their own.
        self.update_result = UpdateResult()
        self._pending: list[BatchRecord] = []  # of the present one, which takes a call for every batch
        self._failures = FailureCount(args.max_nonfinite_steps)
        self._finisher = GradientFinisher(self.accelerator, self.loss_scale, self._failures, args.max_grad_norm)
        self._losses, self._eval_losses = LossMeter(), LossMeter()
        self._logged_phase: Phase | None = None
        self.average = WeightAverage(self.model, args.ema_decay) if args.ema_decay else None
        check_names(args, self.PHASES, self.MODULES)
        self._add_callbacks()
        if self.is_world_process_zero():
            log_unused_arguments(args)

    def _add_callbacks(self) -> None:
        self.add_callback(AfterStep(self.after_step))
        self.add_callback(LoggedSamples(self.samples, self.model.sampling_rate, self.callback_handler))
        self.remove_callback(PrinterCallback)
        if self.pop_callback(ProgressCallback) is not None:
            self.add_callback(Bars())
        self.add_callback(LogLines(self._loss_names))

    # What a subclass defines

    def phase_starts(self, updates_per_epoch: int) -> Sequence[int]:
        """The update from which each of `PHASES` runs."""
        return [0]

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """Losses of a phase by name, float32 scalars, unweighted, without those of adversaries; called outside of
        autocast, in training and in evaluation."""
        raise NotImplementedError

    def figures(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """Values to log beside the losses, in training and in evaluation. A query: it changes nothing."""
        return {}

    def derived_metrics(self, metrics: dict[str, float], prefix: str) -> dict[str, float]:
        """The losses and figures of an evaluation by their names in the log, with what is computed from them."""
        return metrics

    def gathered(self, outputs: Batch) -> Batch:
        """Values of a training batch that `end_update` takes in; evaluation never asks for them."""
        return {}

    def end_update(self, result: UpdateResult) -> None:
        """Called once the gradients of an update are ready, before the optimizer of the model steps."""

    def absences(self) -> list[Absence]:
        """Losses that this run cannot compute, with the reason."""
        return []

    def absent_modules(self) -> dict[str, str]:
        """Modules that never learn in this run, with the reason."""
        return self.args.absent_modules

    def taught_by(self) -> Mapping[str, Set[str]]:
        """Modules that learn from certain losses only -> the names of those."""
        return {}

    def obstacle(self, loss: str, updates: range) -> str | None:
        """Why a loss whose phases run over these updates is never computed with this data; None when it is."""
        return None

    def extra_is_due(self, phase: Phase) -> bool:
        """Whether the present update is followed by an extra one, over the same batches."""
        return False

    def extra_update(self, batches: list[Batch]) -> None:
        """Makes the extra update."""

    # The plan

    @cached_property
    def phases(self) -> list[Phase]:
        """The phases as this run has them."""
        weights = {name: float(weight) for name, weight in (self.args.loss_weights or {}).items()}
        given = self.absences(), self.absent_modules(), self.taught_by(), self.adversaries.keys()
        return [resolve(phase, weights, *given) for phase in self.PHASES]

    @property
    def loss_weights(self) -> dict[str, float]:
        """Weights of all losses that the generator side learns from in this run."""
        losses = [loss for phase in self.phases for loss in phase.all_losses]
        return {loss.name: loss.weight for loss in losses if loss.weight is not None}

    @cached_property
    def plan(self) -> RunPlan:
        """All that is known of the run before its first update.

        Raises:
            ValueError: when a phase would teach nothing.
        """
        return self.plan_for(self.args.world_size)

    def plan_for(self, processes: int) -> RunPlan:
        """The plan of a run on so many processes, of which this is one; for errors see `plan`."""
        sampler = self._make_loader(self.train_dataset, shuffle=True).batch_sampler
        batches = math.ceil(len(sampler) * self.args.world_size / processes)
        per_epoch = math.ceil(batches / self.args.gradient_accumulation_steps)
        plan = make_plan(
            Schedule(self.phase_starts(per_epoch), self.phases),
            self.args,
            batches_per_epoch=batches,
            processes=processes,
            left_out=sampler.left_out,
            adversaries=frozenset(self.adversaries),
            obstacle=self.obstacle,
        )
        plan.check(self.args.frozen or ())
        return plan

    @property
    def schedule(self) -> Schedule:
        """The phases and when they run."""
        return self.plan.schedule

    @property
    def planned_updates(self) -> int:
        """Updates of the complete run."""
        return self.plan.updates

    @property
    def run_record(self) -> RunRecord:
        """Facts that identify the run."""
        training = type(self).__name__.removesuffix("Trainer").lower()
        return RunRecord.of(training, self.schedule.learners, self.args)

    def modules(self) -> dict[str, nn.Module]:
        """Every part that may learn, by name, the discriminators among them."""
        parts = {
            name: self.model.get_submodule(path) for name, path in self.MODULES.items() if self.model.has_part(path)
        }
        return {**parts, **{name: adversary.network for name, adversary in self.adversaries.items()}}

    # Data

    def get_train_dataloader(self) -> EpochDataLoader:
        """Batches by the frame budget; accelerate must not distribute them again."""
        return self._make_loader(self.train_dataset, shuffle=True)

    def get_eval_dataloader(self, eval_dataset: str | Dataset | None = None) -> EpochDataLoader:
        """The longest utterances first, always in the same order."""
        if isinstance(eval_dataset, str):
            raise ValueError(f"evaluation needs a data set itself and not its name, got '{eval_dataset}'")
        return self._make_loader(self.eval_dataset if eval_dataset is None else eval_dataset, shuffle=False)

    def _make_loader(self, dataset: Any, shuffle: bool) -> EpochDataLoader:
        if dataset is None:
            raise ValueError("training needs a train_dataset" if shuffle else "evaluation needs an eval_dataset")
        lengths, budget = self.args.batch_lengths(dataset)
        return make_loader(dataset, lengths, budget, self.data_collator, self.args, self.MIN_FRAMES, shuffle)

    # Optimizers

    def create_optimizer(self, *arguments: Any, **keywords: Any) -> torch.optim.Optimizer:
        """One AdamW with a group for every part, after those of the adversaries: weights without a gradient stay."""
        if self.optimizer is None:
            learners, modules = self.schedule.learners, self.modules()
            for name, adversary in self.adversaries.items():  # in one order on all processes
                if name in learners:
                    adversary.prepare(**adamw_arguments(self.args), lr=learning_rate_of(DISCRIMINATORS, self.args))
            self.model.requires_grad_(False)
            parts = {name: modules[name] for name in self.MODULES if name in learners}
            self.optimizer = make_optimizer(parts, self.args, self.OPTIMIZER_OPTIONS)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> Any:
        """All discriminators share one schedule, which begins when the first of them learn."""
        first = self.schedule.first_update_of(set(self.adversaries))
        for adversary in self.adversaries.values():
            if adversary.optimizer is not None:
                adversary.make_schedule(first, num_training_steps, self.args)
        return super().create_scheduler(num_training_steps, optimizer)

    # The step

    def train(self, *arguments: Any, **keywords: Any) -> Any:
        """Logs the plan, and trains; the mean loss that is returned is that of the updates that were made."""
        if self.is_world_process_zero():
            log_plan(self.plan, self.MIN_FRAMES)
        self.counts, self._pending = UpdateCounts(), []  # an update may have been interrupted
        for adversary in self.adversaries.values():
            adversary.skip()
        with warnings.catch_warnings():
            # Of torch, to whoever leaves the buffers of processes as they are, which its replacement cannot yet.
            warnings.filterwarnings("ignore", "`broadcast_buffers` is deprecated", FutureWarning)
            output = super().train(*arguments, **keywords)
        return output._replace(training_loss=output.metrics["train_loss"])

    def training_step(self, model: nn.Module, inputs: Batch, num_items_in_batch: Any = None) -> torch.Tensor:
        """Forward and backward pass of a batch; with the last one of an update, the end of the update."""
        phase, parts = self.schedule.at(self.state.global_step), self.current_gradient_accumulation_steps
        self._enter(phase)
        inputs, is_last = self._prepare_inputs(inputs), self.accelerator.sync_gradients
        self._pending.append(self.forward_backward(model, inputs, phase, parts, is_last))
        loss = self._pending[-1].losses[SUM] / parts
        self.counts.utterances += len(inputs["indices"])
        if is_last:
            pending, self._pending = self._pending, []
            self.update_result = self._end_update(phase, pending)
        return loss

    def forward_backward(
        self, model: nn.Module, inputs: Batch, phase: Phase, parts: int = 1, is_last: bool = True
    ) -> BatchRecord:
        """A batch forward through the wrapped model, and both sides of the adversarial step backward.

        Args:
            model: the models, wrapped for several processes.
            inputs: the batch, on the device.
            phase: whose losses are computed.
            parts: batches of the update, whose losses are averaged.
            is_last: whether the update ends with this batch.

        Returns:
            Its losses and figures, and what is kept of it for the end of the update.
        """
        with self.compute_loss_context_manager():
            outputs = model(phase=phase, batch=inputs)
        losses = self.compute_losses(outputs, inputs, phase)
        total = phase.weighted_sum(losses)
        learned_from = total
        for adversary in self.adversaries_in(phase):
            weights = {**phase.weights, adversary.own_name: 1 / parts}
            of_adversary, gradient = adversary.backward(outputs["recorded"], outputs["generated"], weights, is_last)
            learned_from = learned_from + (outputs["generated"].float() * gradient).sum()
            total = total + phase.weighted_sum(of_adversary)
            losses.update(of_adversary)
        if not learned_from.requires_grad:
            raise ValueError(
                f"no weight that learns in phase '{phase.name}' ({', '.join(phase.learns)}) is reached by its losses "
                f"({', '.join(phase.loss_names)}): leave a module out of frozen, or raise loss_weights"
            )
        self.accelerator.backward(learned_from / parts)
        values = {**losses, **self.figures(outputs, inputs, phase), SUM: total}
        kept = inputs if self.extra_is_due(phase) else None
        detached = {name: value.detach() for name, value in values.items()}
        return BatchRecord(detached, inputs.get("indices"), kept, self.gathered(outputs))

    def adversaries_in(self, phase: Phase) -> list[Adversary]:
        """Those that learn in the updates of a phase."""
        return [adversary for name, adversary in self.adversaries.items() if name in phase.learns]

    def _enter(self, phase: Phase) -> None:
        """Freezes and unfreezes modules for the phase, and logs its beginning."""
        self.let_learn(phase)
        if phase is not self._logged_phase and self.is_world_process_zero():
            log_phase(phase, self.state.global_step, self.model, self.modules(), self.schedule.learners)
        self._logged_phase = phase

    def let_learn(self, phase: Phase) -> None:
        """Puts every module into the mode that it has in a phase."""
        self.model.train_container()  # parts that never learn stay in evaluation mode
        set_learning(self.modules(), phase)

    def _end_update(self, phase: Phase, batches: list[BatchRecord]) -> UpdateResult:
        """Everything that ends an update but the step of the model's optimizer, which transformers takes."""
        adversaries = self.adversaries_in(phase)
        assert self.optimizer is not None
        # Of this update; the schedules step before they are logged.
        rates = current_learning_rates(self.optimizer, self.args.learning_rate, self.adversaries)
        result = self.finish_gradients(batches, adversaries)
        result.learning_rates = rates
        self.counts.add(result)
        self.end_update(result)
        for adversary in adversaries:
            if result.skipped:
                adversary.skip()
            else:
                adversary.step()
        for adversary in self.adversaries.values():
            if not result.skipped and self.state.global_step >= adversary.first_update:
                adversary.advance()
        return result

    def finish_gradients(
        self,
        batches: list[BatchRecord],
        adversaries: Sequence[Adversary],
        kind: str = "",
        change: Callable[[], None] | None = None,
    ) -> UpdateResult:
        """Clips, and lets all processes drop their gradients together when anything anywhere is not finite.

        Args:
            batches: of the update.
            adversaries: that have gradients beside the model.
            kind: of an extra update, for the log.
            change: of the gradients before they are clipped.

        Raises:
            FloatingPointError: when too many updates of this kind in a row were dropped.
        """
        optimizers = [self.optimizer, *(adversary.optimizer for adversary in adversaries)]
        result = self._finisher.finish(self.modules(), optimizers, batches, kind, self.state.global_step, change)
        if not result.skipped:
            for losses in result.losses:
                self._losses.add({name: value for name, value in losses.items() if name != SUM})
            norms = {module_label(kind, name): norm for name, norm in result.norms.items()}
            self._losses.add({f"grad_norm/{name}": norm for name, norm in norms.items()})
        return result

    def after_step(self) -> None:
        """Called when the optimizers have stepped, before anything is logged, evaluated or saved."""
        if self.update_result.inputs:
            self.extra_update(self.update_result.inputs)
        if self.average is not None and not self.update_result.skipped:
            self.average.update(self.model)

    def rehearse(self, inputs: Batch, phase: Phase) -> Batch:
        """A batch forward and backward without an update, as it is in a phase. Returns losses and figures by name."""
        self.create_optimizer()
        self.accelerator.prepare(self.model)  # under autocast, as in a run
        self.let_learn(phase)
        return self.forward_backward(self.model, self._prepare_inputs(inputs), phase).losses

    def _clip_grad_norm(self, *arguments: Any, **keywords: Any) -> float:
        return joint_norm(self.update_result.norms.values())  # clipped already

    _get_grad_norm = _clip_grad_norm

    # Log and evaluation

    def _loss_names(self) -> list[str]:
        return list(dict.fromkeys(loss.name for phase in self.phases for loss in phase.all_losses))

    def log(self, logs: dict[str, float], *arguments: Any, **keywords: Any) -> None:
        """Adds the named losses, gradient norms and learning rates to what the Trainer logs of its training."""
        if "train_samples_per_second" in logs:
            # The Trainer's figure is of a batch size that is not used. It returns this very dict.
            utterances = self.counts.utterances_of_all(self.accelerator)
            logs["train_samples_per_second"] = round(utterances / max(logs["train_runtime"], 1e-4), 3)
            logs["train_loss"] = self.counts.mean_loss(self.accelerator)
        if "loss" in logs:
            logs = {**logs, **self._losses.read(self.accelerator), **self.update_result.learning_rates}
            if self.loss_scale.value is not None:
                logs["loss_scale"] = self.loss_scale.value
            if self.is_in_train:
                self._tr_loss.zero_()  # the Trainer subtracts it from itself, and NaN less NaN would stay for good
        super().log(logs, *arguments, **keywords)

    def prediction_step(
        self, model: nn.Module, inputs: Batch, prediction_loss_only: bool, ignore_keys: list[str] | None = None
    ) -> tuple[torch.Tensor, None, None]:
        """The losses of a batch that is not learned from."""
        phase = self.schedule.at(self.state.global_step)
        inputs = self._prepare_inputs(inputs)
        with torch.no_grad():
            outputs = model(phase=phase, batch=inputs)
            losses = self.compute_losses(outputs, inputs, phase)
            self._eval_losses.add({**losses, **self.figures(outputs, inputs, phase)})
        return phase.weighted_sum(losses).to(self.args.device), None, None

    def evaluation_loop(self, *arguments: Any, **keywords: Any) -> EvalLoopOutput:
        """Evaluates the mean of the weights when there is one; what is drawn is the same every time."""
        self._eval_losses, prefix = LossMeter(), keywords.get("metric_key_prefix", "eval")
        with self.exported_weights(), fixed_draws(self.args.seed):
            output = super().evaluation_loop(*arguments, **keywords)
        named = {f"{prefix}_{name}": value for name, value in self._eval_losses.read(self.accelerator).items()}
        return output._replace(metrics={**(output.metrics or {}), **self.derived_metrics(named, prefix)})

    @torch.no_grad()
    def samples(self, count: int) -> Iterator[Batch]:
        """Sounds and tables of `count` utterances of the validation part, spread over it; see `samples_of`.

        Every call takes the same utterances and draws the same. Call it on one process.
        """
        if self.eval_dataset is None:
            return
        indices = self._make_loader(self.eval_dataset, shuffle=False).batch_sampler.indices
        phase = self.schedule.at(self.state.global_step)
        self.model.eval()
        with self.exported_weights(), fixed_draws(self.args.seed):
            for item in spread_items(self.eval_dataset, indices, count):
                batch = self._prepare_inputs(self.data_collator([item]))
                yield samples_of(self.model(phase=phase, batch=batch))

    # Checkpoints

    def extra_state(self) -> dict[str, Any]:
        """State that a checkpoint holds beyond models, optimizer, schedule and random state."""
        return {
            "skipped": dict(self._failures.in_a_row),
            "average": None if self.average is None else self.average.state_dict(self.model),
            "adversaries": {name: adversary.state_dict() for name, adversary in self.adversaries.items()},
        }

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Takes `extra_state` back."""
        self._failures.in_a_row = dict(state["skipped"])
        for name, adversary in self.adversaries.items():
            adversary.load_state_dict(state["adversaries"][name])
        restore_average(self.average, state["average"], self.model)


__all__ = ["PhasedTrainer"]
