# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A trainer with discriminators: a second module with an optimizer and a schedule of its own.

In every update both sides take their gradients against the same weights of the other, and then both step. So a batch
in parts gives what the whole batch gives, one forward pass of the discriminators serves both sides, and an update is
skipped by both or by neither (docs/decisions/0009).
"""

from contextlib import nullcontext

import torch
from torch import nn
from transformers import get_scheduler

from ..losses import adversarial_loss, discriminator_loss, feature_matching_loss
from .checkpoints import go_on
from .phases import DISCRIMINATORS, Phase
from .trainer import TsukasaTrainer


ADVERSARY_WEIGHTS = {"adversarial": 1.0, "feature_matching": 2.0}
"""Together `losses.generator_loss`."""


class TsukasaGanTrainer(TsukasaTrainer):
    """Base of trainers with discriminators.

    Args:
        discriminators: scores a pair of (batch, samples), recorded and generated, and returns a
            `TsukasaDiscriminatorOutput` of each. It learns in the phases that name "discriminators".
        The rest goes to `TsukasaTrainer`.
    """

    def __init__(self, *arguments, discriminators: nn.Module, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.discriminators = discriminators.to(self.args.device)
        self._wrapped_discriminators = self.discriminators
        self.discriminator_optimizer = None
        self.discriminator_scheduler = None

    def waveforms(self, outputs: dict) -> tuple[torch.Tensor, torch.Tensor]:
        """Recorded and generated waveforms (batch, samples) of what the model returned."""
        return outputs["recorded"], outputs["generated"]

    def modules(self) -> dict[str, nn.Module]:
        """Every part that may learn, the discriminators with them."""
        return {**super().modules(), DISCRIMINATORS: self.discriminators}

    def create_optimizer(self, *arguments, **keywords):
        """First the discriminators, prepared by accelerate, then the Trainer's own."""
        if self.discriminator_optimizer is None:
            self.discriminators.requires_grad_(True)
            options = {**self.adamw_arguments(), "lr": self.learning_rate_of(DISCRIMINATORS)}
            optimizer = torch.optim.AdamW(self.discriminators.parameters(), **options)
            self._wrapped_discriminators, self.discriminator_optimizer = self.accelerator.prepare(
                self.discriminators, optimizer
            )
        return super().create_optimizer(*arguments, **keywords)

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """The discriminators' too."""
        return [*super().optimizers(), self.discriminator_optimizer]

    def create_scheduler(self, num_training_steps: int, optimizer=None):
        """The discriminators' schedule runs over their own updates, on the bare optimizer.

        A schedule that accelerate prepares would step once for every process.
        """
        start = next(
            (s for s, p in zip(self.schedule.starts, self.schedule.phases, strict=True) if p.is_adversarial), 0
        )
        steps = max(num_training_steps - start, 1)
        self.discriminator_scheduler = get_scheduler(
            self.args.lr_scheduler_type,
            optimizer=self.discriminator_optimizer.optimizer,
            num_warmup_steps=self.args.get_warmup_steps(steps),
            num_training_steps=steps,
            scheduler_specific_kwargs=self.args.lr_scheduler_kwargs,
        )
        return super().create_scheduler(num_training_steps, optimizer)

    def adversary_losses(self, outputs: dict, phase: Phase) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """The discriminators' backward pass, and what they hold against the generated speech."""
        recorded, generated = self.waveforms(outputs)
        # A copy that ends the discriminators' graph: both sides go back through it, and neither into the other.
        heard = generated.detach().float().requires_grad_()
        is_last = self.accelerator.sync_gradients
        with nullcontext() if is_last else self.accelerator.no_sync(self._wrapped_discriminators):
            real, fake = self._wrapped_discriminators((recorded.float(), heard))
            loss = discriminator_loss(real, fake)
            losses = {
                "adversarial": adversarial_loss(real, fake),
                "feature_matching": feature_matching_loss(real, fake),
            }
            share = loss / self.current_gradient_accumulation_steps
            gradient = self.judge_backward(share, self.weigh(losses), heard)
        self.record({"discriminator": loss})
        return {name: loss.detach() for name, loss in losses.items()}, (generated.float() * gradient).sum()

    def judge_backward(self, judge_loss: torch.Tensor, loss: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        """Both sides' backward passes through one forward pass of the discriminators.

        Args:
            judge_loss: whose gradients the discriminators keep.
            loss: what they hold against what they heard; they get no gradient of it.
            heard: the leaf that they heard.

        Returns:
            The gradient of `loss` at `heard`.
        """
        self.accelerator.backward(judge_loss, inputs=list(self.discriminators.parameters()), retain_graph=True)
        return self.loss_scale.gradient(loss, heard)

    def end_update(self, is_skipped: bool) -> None:
        """The discriminators' update; the Trainer makes the model's right behind."""
        super().end_update(is_skipped)
        phase = self.schedule.at(self.state.global_step)
        if phase.is_adversarial:
            if not is_skipped:
                self.loss_scale.step(self.discriminator_optimizer)
                self.discriminator_scheduler.step()
            self.discriminator_optimizer.zero_grad()

    def current_learning_rates(self) -> dict[str, float]:
        """By name, the discriminators' with them."""
        rate = self.discriminator_optimizer.param_groups[0]["lr"]
        return {**super().current_learning_rates(), f"learning_rate/{DISCRIMINATORS}": rate}

    def extra_state(self) -> dict:
        """The discriminators, their optimizer and their schedule too."""
        return {
            **super().extra_state(),
            "discriminators": self.discriminators.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            "discriminator_scheduler": self.discriminator_scheduler.state_dict(),
        }

    def load_extra_state(self, state: dict) -> None:
        """Takes them back, strictly by name."""
        super().load_extra_state(state)
        self.discriminators.load_state_dict(state["discriminators"])
        states = state["discriminator_optimizer"], state["discriminator_scheduler"]
        go_on(self.discriminator_optimizer, self.discriminator_scheduler, *states)


__all__ = ["ADVERSARY_WEIGHTS", "TsukasaGanTrainer"]
