# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Discriminators with their optimizer and their schedule.

In every update both sides take their gradients against the same weights of the other, and then both step. So a batch
in parts gives what the complete batch gives, one forward pass of the discriminators serves both sides, and an update
is skipped by both or by neither (docs/decisions/0009).
"""

import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainingArguments, get_scheduler

from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminatorOutput
from .checkpoints import restore_optimizer
from .loss_scale import LossScale


PairLoss = Callable[[TsukasaDiscriminatorOutput, TsukasaDiscriminatorOutput], torch.Tensor]
"""A loss of what discriminators return for recordings and for generated speech."""


class PairedDiscriminators(nn.Module):
    """Discriminators that get recordings and generated speech in one forward pass, each by itself.

    A module that is wrapped for several processes may go forward once before it goes backward.

    Args:
        parts: discriminators of the same input, whose outputs are joined.
    """

    def __init__(self, parts: Iterable[nn.Module]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(
        self, real: torch.Tensor, generated: torch.Tensor
    ) -> tuple[TsukasaDiscriminatorOutput, TsukasaDiscriminatorOutput]:
        """Outputs of all parts for recordings and for generated speech."""
        return self._joined(real), self._joined(generated)

    def _joined(self, inputs: torch.Tensor) -> TsukasaDiscriminatorOutput:
        return sum((part(inputs) for part in self.parts), TsukasaDiscriminatorOutput())


class Adversary:
    """Discriminators, and all that learns and steps with them.

    Args:
        discriminators: of one input. They learn in the phases that name the adversary.
        accelerator: of the run.
        loss_scale: of the run.
        own_loss: name and function of the loss that the discriminators learn from.
        losses: by name, those that the generator side learns from.

    Attributes:
        network: the discriminators as one module.
        wrapped: the network as it runs, for several processes and under autocast.
        optimizer: None before `prepare`.
        schedule: of the learning rate, over the updates of the run from `first_update` on; None before
            `make_schedule`.
        first_update: of the run, from which the schedule counts.
    """

    def __init__(
        self,
        discriminators: Iterable[nn.Module],
        accelerator: Accelerator,
        loss_scale: LossScale,
        own_loss: tuple[str, PairLoss],
        losses: Mapping[str, PairLoss],
    ) -> None:
        self.network = PairedDiscriminators(discriminators).to(accelerator.device)
        self.wrapped: nn.Module = self.network
        self._accelerator, self._loss_scale = accelerator, loss_scale
        self.own_name, self._own_loss = own_loss
        self._losses = dict(losses)
        self.optimizer: Any = None
        self.schedule: LambdaLR | None = None
        self.first_update = 0

    def prepare(self, **adamw: Any) -> None:
        """Makes the optimizer, and wraps the network; a second call changes nothing.

        Args:
            adamw: arguments of `torch.optim.AdamW`.
        """
        if self.optimizer is None:
            self.network.requires_grad_(True)
            optimizer = torch.optim.AdamW(self.network.parameters(), **adamw)
            self.wrapped, self.optimizer = self._accelerator.prepare(self.network, optimizer)

    def make_schedule(self, first_update: int, updates: int, arguments: TrainingArguments) -> None:
        """Lays the schedule of the learning rate over the updates that are left.

        It drives the bare optimizer: a schedule that accelerate prepares would step once for every process.

        Args:
            first_update: of the run, that the schedule begins with.
            updates: of the complete run.
            arguments: of the run.
        """
        self.first_update, steps = first_update, max(updates - first_update, 1)
        options = arguments.lr_scheduler_kwargs  # parsed by the arguments themselves
        self.schedule = get_scheduler(
            arguments.lr_scheduler_type,
            optimizer=self.optimizer.optimizer,
            num_warmup_steps=arguments.get_warmup_steps(steps),
            num_training_steps=steps,
            scheduler_specific_kwargs=options if isinstance(options, dict) else None,
        )

    @property
    def learning_rate(self) -> float:
        """Of the next update."""
        return self.optimizer.param_groups[0]["lr"]

    def backward(
        self,
        real: torch.Tensor,
        generated: torch.Tensor,
        weights: Mapping[str, float | torch.Tensor],
        is_last: bool = True,
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Both sides' backward passes through one forward pass of the discriminators, which keep their gradients.

        Args:
            real: what the discriminators get of recordings; no gradient goes there.
            generated: the same of generated speech.
            weights: of every loss that is computed, by its name, the discriminators' own among them.
            is_last: whether gradients are reduced over processes: with the last batch of an update.

        Returns:
            The losses by name, without gradients, and the gradient of the generator side's weighted sum at
            `generated`, in float32.
        """
        # A copy that ends the discriminators' graph: both sides go back through it, and neither into the other.
        leaf = generated.detach().float().requires_grad_()
        with nullcontext() if is_last else self._accelerator.no_sync(self.wrapped):
            of_real, of_generated = self.wrapped(real.detach().float(), leaf)
            own = self._own_loss(of_real, of_generated)
            losses = {name: loss(of_real, of_generated) for name, loss in self._losses.items() if name in weights}
            weighted_own = own * weights[self.own_name]
            self._accelerator.backward(weighted_own, inputs=list(self.network.parameters()), retain_graph=True)
            total = torch.stack([loss * weights[name] for name, loss in losses.items()]).sum()
            gradient = self._loss_scale.gradient(total, leaf)
        return {self.own_name: own.detach(), **{name: loss.detach() for name, loss in losses.items()}}, gradient

    def step(self) -> None:
        """Steps by the gradients, and drops them."""
        self._loss_scale.step(self.optimizer)
        self.optimizer.zero_grad()

    def skip(self) -> None:
        """Drops the gradients, if there are any."""
        self.network.zero_grad()

    def advance(self) -> None:
        """Takes the schedule one update of the run on, whether the discriminators step in that update or not."""
        if self.schedule is not None:
            with warnings.catch_warnings():
                # torch warns when a schedule moves before its optimizer has stepped, as it does here on purpose.
                warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")
                self.schedule.step()

    def state_dict(self) -> dict[str, Any]:
        """Weights and, once they are made, optimizer and schedule."""
        return {
            "network": self.network.state_dict(),
            "optimizer": None if self.optimizer is None else self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes `state_dict` back, strictly by name; rates and betas stay those of this run."""
        self.network.load_state_dict(state["network"])
        if self.schedule is not None and state["schedule"] is not None:
            restore_optimizer(self.optimizer, self.schedule, state["optimizer"], state["schedule"])


__all__ = ["Adversary", "PairLoss", "PairedDiscriminators"]
