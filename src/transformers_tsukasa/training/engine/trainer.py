# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' Trainer for models of several modules that learn in phases, with named losses.

What is common to every training here: which module learns when, clipping of each by itself, losses by name in the
log, updates that are skipped together when anything is not finite, a running mean of the weights, and checkpoints
from which a run goes on as if it had never stopped. Trainers with discriminators build on it in `gan_trainer`.
"""

import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
from torch import nn
from transformers import TrainerCallback

from ...utils.wording import counted
from .arguments import TsukasaTrainingArguments
from .batches import make_loader
from .checkpointing_trainer import ResumedTrainer
from .compilation import compile_parts
from .logged_samples import MediaCallback, samples_of
from .loss_meter import LossMeter, clip_gradients, joint_norm
from .loss_scale import LossScale, scale_on_cpu
from .phases import DISCRIMINATORS, Phase, Schedule, set_learning
from .run_log import check_phases, say_phase, say_plan, say_what_is_unused
from .run_plan import LossStart, loss_starts
from .trained_modules import TrainedModels
from .weight_average import WeightAverage


logger = logging.getLogger(__name__)

_ARGUMENTS_FILE = "training_args.bin"
# Named with the losses when it is not finite; what is logged of it is the Trainer's own "loss".
_SUM = "their weighed sum"


class TsukasaTrainer(ResumedTrainer):
    """Base of all trainers. A subclass says what is below, and what the losses are.

    Args:
        model: the models as one module, on which `MODULES` names parts.
        args: the run.
        train_dataset, eval_dataset: `TsukasaDataset` or anything with `frame_counts` and items for the collator.
        data_collator: makes a batch, a dict of tensors; `indices` in it name the utterances in messages.
        callbacks: transformers' own kind.

    Raises:
        ValueError: on unknown names in `learning_rates`, `frozen` and `loss_weights`.
    """

    MODULES: dict[str, str] = {}
    """Name of every part that may learn -> its dotted path in the model. Each is a parameter group."""

    LOSS_WEIGHTS: dict[str, float] = {}
    """Weight of every loss of the generator side, by its name."""

    OPTIMIZER_OPTIONS: dict[str, dict] = {}
    """Options of AdamW (`lr`, `betas`, `weight_decay`) of single parts, which go before those of the arguments; only
    `learning_rates` goes before an `lr` here."""

    LENGTH_UNIT = "mel frames"
    """What `batch_lengths` counts."""

    MIN_FRAMES = 0
    """Utterances with fewer mel frames are left out of the run, which is said at the start."""

    args: TsukasaTrainingArguments

    def __init__(self, model: TrainedModels, args: TsukasaTrainingArguments, **arguments) -> None:
        super().__init__(model=model, args=args, **arguments)
        if args.compile_parts:
            logger.info("%d parts of the models are compiled when they first run", compile_parts(self.model))
        if args.gradient_checkpointing:  # the Trainer's own call comes behind the doctor's rehearsal
            self.model.activation_checkpointing_enable()
        if args.fp16 and self.accelerator.scaler is None:
            scale_on_cpu(self.accelerator)
        self.loss_scale = LossScale(self.accelerator)
        # Every process draws crops and noise of its own; random state is then kept by the checkpoints.
        torch.manual_seed(args.seed + args.process_index)
        self.loss_weights = _merged("loss_weights", self.LOSS_WEIGHTS, args.loss_weights)
        self._check_part_names()
        self._schedule: Schedule | None = None
        self._announced: Phase | None = None
        self._losses, self._eval_losses = LossMeter(), LossMeter()
        self._update: list[tuple[dict[str, torch.Tensor], list[int]]] = []
        self._norms: dict[str, torch.Tensor] = {}
        self._rates: dict[str, float] = {}
        self._skipped: dict[str, int] = {}
        self.was_skipped = False
        self.begin_counts()
        self.average = WeightAverage(self.model, args.ema_decay) if args.ema_decay else None
        self.add_callback(_AfterUpdate(self))
        self.add_callback(MediaCallback(self))
        say_what_is_unused(self)

    # What a subclass says

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """The phases of the run."""
        raise NotImplementedError

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """Losses by name, float32 scalars, unweighted; called outside of autocast, in training and in evaluation."""
        raise NotImplementedError

    def adversary_losses(self, outputs: dict, phase: Phase) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Losses that need discriminators; only in training, in adversarial phases.

        Returns:
            The losses by name, without gradient, and a scalar whose gradient is that of their weighted sum.
        """
        raise NotImplementedError

    def figures(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """Values to log beside the losses, in training and in evaluation. A query: it changes nothing."""
        return {}

    def accumulate(self, outputs: dict) -> None:
        """Takes in what a run gathers over its training batches; evaluation never calls it."""

    def modules(self) -> dict[str, nn.Module]:
        """Every part that may learn, by name."""
        return {name: self.model.get_submodule(path) for name, path in self.MODULES.items()}

    def obstacle(self, loss: str, updates: range) -> str | None:
        """Why a loss whose phases run over these updates is never computed with this data; None when it is."""
        return None

    def rehearse(self, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """A batch forward and backward without an update, as it is in a phase. Returns losses and figures by name."""
        self.create_optimizer()
        self.accelerator.prepare(self.model)  # under autocast, as in a run
        self.current_gradient_accumulation_steps = 1
        self.accelerator.gradient_state._set_sync_gradients(False)
        schedule, self._schedule = self.schedule, Schedule([0], [phase])
        try:
            self.training_step(self.model, inputs)
        finally:
            self._schedule = schedule
            self.accelerator.gradient_state._set_sync_gradients(True)
        recorded, self._update = self._update, []
        return {name: loss for losses, _ in recorded for name, loss in losses.items()}

    # Phases

    @property
    def schedule(self) -> Schedule:
        """The phases, once it is known how long an epoch is."""
        if self._schedule is None:
            self.get_train_dataloader()
        return self._schedule

    @property
    def planned_updates(self) -> int:
        """How many updates the run will make."""
        if self.args.max_steps > 0:
            return self.args.max_steps
        _ = self.schedule
        return math.ceil(self.args.num_train_epochs * self.updates_per_epoch)

    def loss_starts(self) -> list[LossStart]:
        """When each loss of the run begins, or why it never does."""
        return loss_starts(self.schedule, self.planned_updates, self.loss_weights, self.obstacle)

    def plan(self, batches: int) -> None:
        """Lays out the phases for epochs of so many batches on every process."""
        self.batches_per_epoch = batches
        self.updates_per_epoch = math.ceil(batches / self.args.gradient_accumulation_steps)
        self._schedule = self.make_schedule(self.updates_per_epoch).without(set(self.args.frozen or ()))
        check_phases(self)
        say_plan(self)

    def _enter_phase(self) -> Phase:
        phase = self.schedule.at(self.state.global_step)
        modules = self.modules()
        self.model.eval()  # parts that never learn stay so
        set_learning(modules, phase)
        self.model.training = True  # the flag of the whole alone: what is drawn in training is drawn
        if phase is not self._announced:
            say_phase(self, phase)
            self._announced = phase
        return phase

    # Data

    def get_train_dataloader(self):
        """Batches by the frame budget; accelerate must not deal them out again."""
        if self.train_dataset is None:
            raise ValueError("training needs a train_dataset")
        loader = self._make_loader(self.train_dataset, shuffle=True)
        if self._schedule is None:
            self.plan(len(loader))
            if loader.batch_sampler.left_out:
                logger.warning(
                    "left out of training: %s with fewer than %d mel frames",
                    counted(loader.batch_sampler.left_out, "utterance"),
                    self.MIN_FRAMES,
                )
        return loader

    def get_eval_dataloader(self, eval_dataset=None):
        """The longest utterances first, always the same order."""
        dataset = self.eval_dataset if eval_dataset is None else eval_dataset
        if dataset is None:
            raise ValueError("evaluation needs an eval_dataset")
        return self._make_loader(dataset, shuffle=False)

    def _make_loader(self, dataset, shuffle: bool):
        lengths, budget = self.batch_lengths(dataset)
        return make_loader(dataset, lengths, budget, self.data_collator, self.args, self.MIN_FRAMES, shuffle)

    def batch_lengths(self, dataset) -> tuple[Sequence[int], int]:
        """How long every item is, and how long a batch may be, padding included: mel frames here."""
        return dataset.frame_counts, self.args.max_frames_per_batch

    # Optimizer

    def create_optimizer(self, *arguments, **keywords):
        """One AdamW with a group for every part: weights without a gradient stay untouched."""
        if self.optimizer is None:
            learners = self.schedule.learners
            self.model.requires_grad_(False)
            groups = []
            for name, module in self.modules().items():
                if name in learners and name != DISCRIMINATORS:
                    # Also what learns later: several processes agree on the weights to reduce only now.
                    module.requires_grad_(True)
                    options = {**self.OPTIMIZER_OPTIONS.get(name, {}), "lr": self.learning_rate_of(name)}
                    groups.append({"params": list(module.parameters()), **options, "name": name})
            self.optimizer = torch.optim.AdamW(groups, **self.adamw_arguments())
        return self.optimizer

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """All that step in a run."""
        return [self.optimizer]

    def adamw_arguments(self) -> dict:
        """What every AdamW of the run is made with, rates apart."""
        return {
            "lr": self.args.learning_rate,
            "betas": (self.args.adam_beta1, self.args.adam_beta2),
            "eps": self.args.adam_epsilon,
            "weight_decay": self.args.weight_decay,
            "fused": True,
        }

    def learning_rate_of(self, name: str) -> float:
        """The learning rate of a part."""
        default = self.OPTIMIZER_OPTIONS.get(name, {}).get("lr", self.args.learning_rate)
        return float((self.args.learning_rates or {}).get(name, default))

    def _check_part_names(self) -> None:
        for key, known in (("learning_rates", [*self.MODULES, DISCRIMINATORS]), ("frozen", list(self.MODULES))):
            for name in getattr(self.args, key) or ():
                if name not in known:
                    raise ValueError(f"{key} names '{name}', but the parts here are {', '.join(known)}")

    # The step

    def training_step(self, model: nn.Module, inputs: dict, num_items_in_batch=None) -> torch.Tensor:
        """Forward through the wrapped model, losses, backward; with the last batch of an update, what follows it."""
        phase = self._enter_phase()
        inputs = self._prepare_inputs(inputs)
        with self.compute_loss_context_manager():
            outputs = model(phase=phase.name, batch=inputs)
        losses = self.compute_losses(outputs, inputs, phase)
        total = learned_from = self.weigh(losses)
        if phase.is_adversarial:
            extra, adversary = self.adversary_losses(outputs, phase)
            learned_from = total + adversary
            total, losses = total + self.weigh(extra), {**losses, **extra}
        self.accelerator.backward(learned_from / self.current_gradient_accumulation_steps)
        self.record({**losses, **self.figures(outputs, inputs, phase), _SUM: total}, inputs)
        self.accumulate(outputs)
        self.utterances += len(inputs["indices"])
        if self.accelerator.sync_gradients:
            self._end_update()
        return total.detach() / self.current_gradient_accumulation_steps

    def weigh(self, losses: dict[str, torch.Tensor]) -> torch.Tensor:
        """The weighted sum of the generator side's losses."""
        return torch.stack([self.loss_weights[name] * loss for name, loss in losses.items()]).sum()

    def record(self, losses: dict[str, torch.Tensor], inputs: dict | None = None) -> None:
        """Keeps losses for the log and, until the update ends, for the message if one is not finite."""
        losses = {name: loss.detach() for name, loss in losses.items()}
        self._update.append((losses, None if inputs is None else inputs.get("indices")))

    def _end_update(self) -> None:
        is_skipped = not self.finish_gradients()
        self.updates += 1
        self.skipped_updates += is_skipped
        self._rates = self.current_learning_rates()  # of this update; the schedules step before they are logged
        self.end_update(is_skipped)

    def begin_counts(self) -> None:
        """Counts anew, from here on and on this process: `utterances` that were heard, usual `updates`, and those of
        them that were skipped (`skipped_updates`)."""
        self.utterances = self.updates = self.skipped_updates = 0

    def finish_gradients(self, what: str = "", change: Callable[[], None] | None = None) -> bool:
        """Clips, and lets all processes drop their gradients together when anything anywhere is not finite.

        Args:
            what: name of an update that is made beside the usual ones, in the log.
            change: what is done to the gradients before they are clipped.

        Returns:
            Whether the optimizers may step.

        Raises:
            FloatingPointError: when too many updates of this kind in a row were dropped.
        """
        self.loss_scale.divide(self.optimizers())
        if change is not None:
            change()
        self._norms = clip_gradients(self.modules(), self.args.max_grad_norm)
        losses_bad, gradients_bad = self._not_finite()
        if losses_bad or gradients_bad:
            # A scale that is too large shows in the gradients alone; the scaler looks for the right one.
            self._skip_update(what, is_search=not losses_bad and self.loss_scale.is_searched)
        else:
            self._skipped[what] = 0
            for losses, _ in self._update:
                self._losses.add({name: loss for name, loss in losses.items() if name != _SUM})
            self._losses.add({f"grad_norm/{what}{name}": norm for name, norm in self._norms.items()})
        self._update = []
        return not (losses_bad or gradients_bad)

    def _not_finite(self) -> tuple[bool, bool]:
        """Whether any loss and any gradient is not finite, in any process."""
        losses = [loss for losses, _ in self._update for loss in losses.values()]
        # A process may have no loss of its own in an update that all make.
        zero = torch.zeros((), device=self.args.device)
        values = [torch.stack([zero, *(value.float() for value in part)]) for part in (losses, self._norms.values())]
        is_bad = torch.stack([~torch.isfinite(part).all() for part in values])
        if self.args.world_size > 1:
            is_bad = self.accelerator.reduce(is_bad.float(), reduction="sum") > 0
        losses_bad, gradients_bad = is_bad.tolist()
        return losses_bad, gradients_bad

    def end_update(self, is_skipped: bool) -> None:
        """Called when an update's gradients are ready, before the optimizer of the model steps."""
        self.was_skipped = is_skipped

    def after_update(self) -> None:
        """Called when the optimizers have stepped, before anything is logged, evaluated or saved."""

    def _skip_update(self, what: str, is_search: bool) -> None:
        """Without gradients the optimizers do nothing."""
        names = [name for name, norm in self._norms.items() if not torch.isfinite(norm)]
        for module in self.modules().values():
            module.zero_grad()
        self._norms = {}
        if is_search:
            logger.info(
                "%supdate %d is skipped on all processes: with a scale of %g, fp16 cannot hold the gradients of [%s]; "
                "the scale is halved",
                what,
                self.state.global_step,
                self.loss_scale.value,
                ", ".join(names),
            )
        else:
            self._count_failure(what, names)

    def _count_failure(self, what: str, names: list[str]) -> None:
        """names: of the parts whose gradients are not finite."""
        skipped = self._skipped[what] = self._skipped.get(what, 0) + 1
        losses = sorted({name for part, _ in self._update for name, loss in part.items() if not torch.isfinite(loss)})
        utterances = [index for _, part in self._update if part is not None for index in part.tolist()]
        logger.warning(
            "%supdate %d is skipped on all processes (%d in a row): not finite are the losses [%s] and the gradients "
            "of [%s]; utterances of this process: %s",
            what,
            self.state.global_step,
            skipped,
            ", ".join(losses),
            ", ".join(names),
            utterances,
        )
        if skipped >= self.args.max_nonfinite_steps:
            which = f"{counted(skipped, f'{what}update')} in a row {'was' if skipped == 1 else 'were'}"
            raise FloatingPointError(
                f"{which} not finite (losses: {', '.join(losses) or 'none'}; gradients "
                f"of: {', '.join(names) or 'none'}; last utterances: {utterances}): look at these recordings, lower "
                "learning_rate, or train without bf16 and fp16"
            )

    def _clip_grad_norm(self, *arguments, **keywords) -> float:
        return joint_norm(self._norms.values())  # clipped already

    def _get_grad_norm(self, *arguments, **keywords) -> float:
        return joint_norm(self._norms.values())

    # Log and evaluation

    def log(self, logs: dict[str, float], *arguments, **keywords) -> None:
        """Adds the named losses, gradient norms and learning rates to what the Trainer logs of its training."""
        if "train_samples_per_second" in logs:
            # The Trainer's figure is of a batch size that is not used. It returns this very dict.
            logs["train_samples_per_second"] = round(self._utterances_of_all() / max(logs["train_runtime"], 1e-4), 3)
        if "loss" in logs:
            logs = {**logs, **self._losses.read(self.accelerator), **self._rates}
            if self.loss_scale.value is not None:
                logs["loss_scale"] = self.loss_scale.value
        super().log(logs, *arguments, **keywords)

    def _utterances_of_all(self) -> int:
        count = torch.tensor(self.utterances, device=self.args.device)
        return (self.accelerator.reduce(count, reduction="sum") if self.args.world_size > 1 else count).item()

    def current_learning_rates(self) -> dict[str, float]:
        """By name, as they are logged; `learning_rate` is that of modules without one of their own."""
        groups = self.optimizer.param_groups
        factors = [group["lr"] / group["initial_lr"] for group in groups if group.get("initial_lr")]
        default = self.args.learning_rate * (factors[0] if factors else 1.0)
        return {"learning_rate": default, **{f"learning_rate/{group['name']}": group["lr"] for group in groups}}

    def prediction_step(self, model, inputs, prediction_loss_only, ignore_keys=None):
        """The losses of a batch that is not learned from."""
        phase = self.schedule.at(self.state.global_step)
        inputs = self._prepare_inputs(inputs)
        with torch.no_grad():
            outputs = model(phase=phase.name, batch=inputs)
            losses = self.compute_losses(outputs, inputs, phase)
            self._eval_losses.add({**losses, **self.figures(outputs, inputs, phase)})
        return self.weigh(losses).detach(), None, None

    def evaluation_loop(self, *arguments, metric_key_prefix: str = "eval", **keywords):
        """Evaluates the mean of the weights when there is one; what is drawn is the same every time."""
        self._eval_losses = LossMeter()
        means = nullcontext() if self.average is None else self.average.in_place(self.model)
        with means, torch.random.fork_rng():
            torch.manual_seed(self.args.seed)
            output = super().evaluation_loop(*arguments, metric_key_prefix=metric_key_prefix, **keywords)
        losses = self._eval_losses.read(self.accelerator)
        output.metrics.update({f"{metric_key_prefix}_{name}": value for name, value in losses.items()})
        return output

    @torch.no_grad()
    def samples(self, count: int) -> Iterator[dict[str, torch.Tensor]]:
        """What can be heard and seen of `count` utterances of the validation part, spread over it; see `samples_of`.

        Every call takes the same utterances and draws the same. Call it on one process.
        """
        indices = self._make_loader(self.eval_dataset, shuffle=False).batch_sampler.indices
        phase = self.schedule.at(self.state.global_step)
        self.model.eval()
        with self.exported_weights(), torch.random.fork_rng():
            torch.manual_seed(self.args.seed)
            count = min(count, len(indices))
            for place in range(count):
                item = self.eval_dataset[int(indices[place * len(indices) // count])]
                batch = self._prepare_inputs(self.data_collator([item]))
                yield samples_of(self.model(phase=phase.name, batch=batch))

    # Checkpoints

    def _save(self, output_dir: str | None = None, state_dict: dict | None = None) -> None:
        """Every model in its folder."""
        output_dir = output_dir or self.args.output_dir
        if self.args.should_save:
            os.makedirs(output_dir, exist_ok=True)
            self.model.save(output_dir)
            torch.save(self.args, os.path.join(output_dir, _ARGUMENTS_FILE))

    def extra_state(self) -> dict:
        """What a checkpoint holds beyond models, optimizer, schedule and random state."""
        return {"skipped": self._skipped, "average": None if self.average is None else self.average.state_dict()}

    def load_extra_state(self, state: dict) -> None:
        """Takes `extra_state` back."""
        self._skipped = state["skipped"]
        if self.average is not None and state["average"] is None:
            logger.warning("the checkpoint has no mean of the weights: it begins anew from its weights")
            self.average = WeightAverage(self.model, self.args.ema_decay)
        elif self.average is not None:
            self.average.load_state_dict(state["average"])

    # The result

    @contextmanager
    def exported_weights(self):
        """The weights that the result is made of: their mean when there is one."""
        with nullcontext() if self.average is None else self.average.in_place(self.model):
            yield

    def export(self, folder: str | os.PathLike) -> Path:
        """Writes the models as they are used, into folders that `from_pretrained` loads. Returns the folder."""
        raise NotImplementedError


class _AfterUpdate(TrainerCallback):
    """What follows an update; then the new weights go into their mean, before anything is evaluated or saved."""

    def __init__(self, trainer: TsukasaTrainer) -> None:
        self.trainer = trainer

    def on_train_begin(self, args, state, control, **keywords) -> None:
        self.trainer.begin_counts()

    def on_step_end(self, args, state, control, **keywords) -> None:
        trainer = self.trainer
        trainer.after_update()
        if trainer.average is not None and not trainer.was_skipped:
            trainer.average.update(trainer.model)


def _merged(what: str, defaults: dict[str, float], given: dict | None) -> dict[str, float]:
    for name in given or {}:
        if name not in defaults:
            raise ValueError(f"{what} names '{name}', but the losses here are {', '.join(defaults)}")
    return {**defaults, **{name: float(value) for name, value in (given or {}).items()}}


__all__ = ["TsukasaTrainer"]
