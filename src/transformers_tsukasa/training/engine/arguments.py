# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Arguments of every training: transformers' `TrainingArguments` with our own defaults and additions."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from transformers import TrainingArguments


logger = logging.getLogger(__name__)

# Arguments of transformers' Trainer that these trainers would ignore or fail on, and what to use instead.
_UNSUPPORTED = {
    "torch_compile": "batches differ in length and modules freeze and unfreeze, each of which needs another graph; "
    "set compile_parts instead, which compiles what all lengths share",
    "deepspeed": "",
    "fsdp": "",
    "optim": "it is fused AdamW; learning_rates, weight_decay, adam_beta1, adam_beta2 and adam_epsilon change it",
    "optim_args": "",
    "label_smoothing_factor": "the losses are the recipe's own; loss_weights changes how much they count",
    "neftune_noise_alpha": "",
    "train_sampling_strategy": "batches are always made by length; max_frames_per_batch limits it",
    "auto_find_batch_size": "`tsukasa doctor` reports the memory of a batch; max_frames_per_batch limits its size",
    "dataloader_drop_last": "",
    "torch_empty_cache_steps": "",
    "use_liger_kernel": "",
    "gradient_checkpointing_kwargs": "",
    "activation_checkpointing_kwargs": "",
}
# Endings of the names of figures that are better when they are greater; all losses are better when they are smaller.
_GREATER_IS_BETTER = ("accuracy", "cosine", "explained")
_PLATEAUS = ("reduce_lr_on_plateau", "greedy")


@dataclass
class TsukasaTrainingArguments(TrainingArguments):
    """`transformers.TrainingArguments`, and the arguments that the trainers here add.

    Defaults are those of the released run (docs/spec/training.md, Optimisation): AdamW, learning rate 1e-4, weight
    decay 1e-4, epsilon 1e-9, a constant schedule. Its betas were meant to be (0, 0.99) and were (0.85, 0.99); the
    known figures were reached with the latter, so they are the default (docs/decisions/0009).

    Args:
        max_frames_per_batch: most mel frames of a batch on one process, padding included.
        max_batch_size: most utterances of a batch; no limit when None. `per_device_*_batch_size` are not used.
        learning_rates: learning rate of single modules, by the names in the log (also "discriminators"); the others
            have `learning_rate`.
        frozen: modules, by the same names, that learn in no phase and cost no gradients; a single one need not be a
            list. Losses that teach nothing but a frozen module are not computed either.
        max_grad_norm: gradients of every module by itself are scaled down to this norm; 0 does not clip.
        ema_decay: decay of the running mean of the weights that is evaluated and exported; 0 keeps none.
        max_nonfinite_steps: so many updates in a row may be skipped for non-finite values before the run stops.
        loss_weights: weights of single losses, by the names in the log; the others keep the trainer's own.
        compile_parts: let torch compile the parts that are many small operations, see `engine.trained_modules`.
        num_logged_samples: utterances of the validation part whose sounds and pictures are logged in TensorBoard at
            every evaluation; 0 logs only figures.

    Raises:
        ValueError: on values that cannot be used, on a run without any update, and on what is not supported (FSDP,
            DeepSpeed, other optimizers than AdamW, ...).
    """

    length_unit: ClassVar[str] = "mel frames"
    """What the length of a batch counts."""

    learning_rate: float = 1e-4
    weight_decay: float = 1e-4
    adam_beta1: float = 0.85
    adam_beta2: float = 0.99
    adam_epsilon: float = 1e-9
    max_grad_norm: float = 10.0
    lr_scheduler_type: str = "constant"
    # A NaN must be seen, not replaced in the log.
    logging_nan_inf_filter: bool = False
    remove_unused_columns: bool = False
    label_names: list[str] | None = field(default_factory=list)
    ddp_find_unused_parameters: bool | None = True
    ddp_broadcast_buffers: bool | None = False

    max_frames_per_batch: int = field(default=8000, metadata={"help": "most mel frames of a batch"})
    max_batch_size: int | None = field(default=None, metadata={"help": "most utterances of a batch"})
    learning_rates: dict | None = field(default=None, metadata={"help": "learning rates of single modules"})
    frozen: list[str] | None = field(default=None, metadata={"help": "modules that learn in no phase"})
    ema_decay: float = field(default=0.0, metadata={"help": "decay of the mean of the weights; 0 keeps none"})
    max_nonfinite_steps: int = field(default=10, metadata={"help": "skipped updates in a row that end the run"})
    loss_weights: dict | None = field(default=None, metadata={"help": "weights of single losses"})
    compile_parts: bool = field(default=False, metadata={"help": "compile parts of many small operations"})
    num_logged_samples: int = field(default=4, metadata={"help": "utterances in TensorBoard at evaluation"})

    def __post_init__(self) -> None:
        if not self.output_dir:
            raise ValueError("output_dir is missing: name a folder for the run")
        self._refuse_unsupported()
        self._check_numbers()
        self._check_length()
        self._check_frozen()
        self._check_best()
        super().__post_init__()
        self._use_one_gpu()

    def _refuse_unsupported(self) -> None:
        """Comes before the checks of transformers, whose messages would explain how to use them."""
        if self.torch_compile_backend or self.torch_compile_mode:
            self.torch_compile = True
        for one in fields(TrainingArguments):
            value = getattr(self, one.name)
            if one.name in _UNSUPPORTED and value and value != one.default:
                reason = _UNSUPPORTED[one.name] or "leave it out"
                raise ValueError(f"{one.name} is not supported: {reason}")
        if self.lr_scheduler_type in _PLATEAUS:
            raise ValueError(
                f"lr_scheduler_type must not be one of {' and '.join(_PLATEAUS)}, which wait for an evaluation to "
                "stop improving: losses come and go with the phases here. Take constant, linear or cosine"
            )

    def _check_numbers(self) -> None:
        """Refuses rates and weights that are negative or not finite."""
        values = {name: getattr(self, name) for name in ("learning_rate", "weight_decay", "max_grad_norm")}
        for name in ("learning_rates", "loss_weights"):
            values |= {f"{name}.{part}": value for part, value in (getattr(self, name) or {}).items()}
        for name, value in values.items():
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
                raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}")
        for name in ("ema_decay", "adam_beta1", "adam_beta2"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} must be at least 0 and below 1, got {getattr(self, name)}")
        if self.num_logged_samples < 0:
            raise ValueError(f"num_logged_samples must not be negative, got {self.num_logged_samples}")
        counts = ("max_nonfinite_steps", "max_frames_per_batch", "max_batch_size", "gradient_accumulation_steps")
        for name in counts:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")

    def _check_length(self) -> None:
        """Refuses a run without any update."""
        if self.max_steps < 1 and self.max_steps != -1:
            raise ValueError(f"max_steps must be at least 1, or -1 to go by num_train_epochs, got {self.max_steps}")
        if self.max_steps == -1 and not 0 < self.num_train_epochs < math.inf:
            raise ValueError(
                f"num_train_epochs must be above 0 where max_steps does not say how long the run is, got "
                f"{self.num_train_epochs}"
            )

    def _check_frozen(self) -> None:
        """One name is a list of one."""
        if isinstance(self.frozen, str):
            self.frozen = [self.frozen]
        names = self.frozen if isinstance(self.frozen, (list, tuple)) else [self.frozen]
        if self.frozen is not None and not all(isinstance(name, str) for name in names):
            raise ValueError(f"frozen must be a list of names of modules, as in [decoder], got {self.frozen!r}")

    def _check_best(self) -> None:
        """The sum of all losses is another sum in every phase, and says nothing of which checkpoint is best."""
        metric = self.metric_for_best_model
        if metric is None:
            if self.load_best_model_at_end:
                raise ValueError(
                    "load_best_model_at_end needs metric_for_best_model, a loss that runs in every phase, such as "
                    "mel: the sum of all is another in every phase"
                )
        elif self.greater_is_better is None:
            self.greater_is_better = metric.endswith(_GREATER_IS_BETTER)

    @property
    def drawing_seed(self) -> int:
        """Seed of everything that is drawn of the data."""
        return self.seed if self.data_seed is None else self.data_seed

    @property
    def run_folder(self) -> str:
        """`output_dir`, which these arguments require."""
        return self.output_dir or ""

    @property
    def absent_modules(self) -> dict[str, str]:
        """Modules that learn in no phase, with the reason."""
        return {name: f"{name} is frozen" for name in self.frozen or ()}

    def batch_lengths(self, dataset: Any) -> tuple[Sequence[int], int]:
        """Length of every item of a data set, and of a batch with its padding, in `length_unit`."""
        return dataset.frame_counts, self.max_frames_per_batch

    def _use_one_gpu(self) -> None:
        """Keeps transformers from splitting batches over all GPUs of one process, which has no phases."""
        if self.n_gpu > 1:
            logger.warning(
                "one process trains on one of the %d GPUs: start it with `accelerate launch` to use all", self.n_gpu
            )
            self._n_gpu = 1


__all__ = ["TsukasaTrainingArguments"]
