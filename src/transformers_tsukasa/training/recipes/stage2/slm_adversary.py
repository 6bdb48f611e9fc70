# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A GAN trainer with a second adversary: a judge of what a speech language model hears (StyleTTS 2, section 3.2.4).

Every few updates of the joint phase an update of its own follows the usual one, over the same batches: out-of-domain
texts are spoken, the judge and the speakers take their gradients against the same weights of each other, and both
step. It has its own forward and backward passes, so that each wrapped module sees one forward before one backward,
and all processes go through all of it, whether they have clips in the window or not.
"""

import logging
from contextlib import ExitStack

import torch
from torch import nn

from ....models.tsukasa.training_models.discriminators import stack_hidden_states
from ...engine.adversary import TsukasaGanTrainer
from ...engine.phases import Phase, set_learning
from ...losses import slm_discriminator_loss, slm_generator_loss
from ...speech_models.speech_language_model import SpeechLanguageModel
from .phases import SLM_ADVERSARY


logger = logging.getLogger(__name__)

_NAME = "slm_"


class SlmAdversaryTrainer(TsukasaGanTrainer):
    """Base of stage 2 and fine-tuning.

    Args:
        speech_language_model: frozen; None runs without everything that needs it.
        The rest goes to `TsukasaGanTrainer`. `args` is `Stage2Arguments`, the model has a `voice` and speaks the phase
        `SLM_ADVERSARY`.

    Raises:
        ValueError: when the judge is made for another speech language model.
    """

    def __init__(self, *arguments, speech_language_model: SpeechLanguageModel | None = None, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.speech_language_model = speech_language_model
        self._kept_batches: list[dict] = []
        if speech_language_model is not None:
            speech_language_model.to(self.args.device)
            channels = speech_language_model.hidden_size * speech_language_model.num_hidden_states
            judged = self.discriminators.speech_language_model.in_channels
            if channels != judged:
                raise ValueError(
                    f"the speech language model has {channels} values a frame and the discriminator on it takes "
                    f"{judged}: set slm_hidden_size and slm_num_layers of discriminator_config to "
                    f"{speech_language_model.hidden_size} and {speech_language_model.num_hidden_states}"
                )

    def obstacle(self, loss: str, updates: range) -> str | None:
        """The adversary is heard every few updates, and only where recordings are long enough."""
        if loss not in SLM_ADVERSARY.losses:
            return super().obstacle(loss, updates)
        shortest, longest = self.args.slm_min_frames, int(max(self.train_dataset.frame_counts))
        if longest < shortest:
            return f"no recording has slm_min_frames ({shortest}) mel frames, the longest {longest}: lower it"
        if not any((update + 1) % self.args.slm_every == 0 for update in updates):
            return f"none of the {len(updates)} updates of its phase is one of every slm_every ({self.args.slm_every})"
        return None

    def rehearse(self, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """The adversary's own forward and backward too, where the phase has it."""
        losses = super().rehearse(inputs, phase)
        self._kept_batches = []
        if "slm_adversarial" in phase.losses:
            set_learning(self.modules(), SLM_ADVERSARY)
            self._adversary_backward(self._prepare_inputs(inputs))
            losses.update({name: loss for recorded, _ in self._update for name, loss in recorded.items()})
            self._update = []
        return losses

    def training_step(self, model: nn.Module, inputs: dict, num_items_in_batch=None) -> torch.Tensor:
        """The usual step; the batches of an update that the adversary follows are kept for it."""
        inputs = self._prepare_inputs(inputs)
        loss = super().training_step(model, inputs, num_items_in_batch)
        phase = self.schedule.at(self.state.global_step)
        is_due = (self.state.global_step + 1) % self.args.slm_every == 0
        if is_due and "slm_adversarial" in phase.losses:
            self._kept_batches.append(inputs)
        return loss

    def after_update(self) -> None:
        """The adversary's update; it is left out together with an update that was skipped."""
        super().after_update()
        batches, self._kept_batches = self._kept_batches, []
        if batches and not self.was_skipped:
            self._adversary_update(batches)

    def _adversary_update(self, batches: list[dict]) -> None:
        set_learning(self.modules(), SLM_ADVERSARY)
        counts = []
        for place, batch in enumerate(batches):
            with ExitStack() as stack:
                if place + 1 < len(batches):
                    for wrapped in (self.model_wrapped, self._wrapped_discriminators):
                        stack.enter_context(self.accelerator.no_sync(wrapped))
                counts.append(self._adversary_backward(batch))
        total = torch.stack(counts).sum(dim=0)
        if self.args.world_size > 1:
            total = self.accelerator.reduce(total, reduction="sum")
        inside, outside = total.tolist()
        self._losses.add({"slm_clips": total[0], "slm_clips_outside": total[1]})
        if inside == 0:
            logger.warning(
                "the adversary on the speech language model has nothing to judge behind update %d: in each of %d "
                "pairs of a text and a recording one is shorter than slm_min_frames (%d mel frames)",
                self.state.global_step,
                outside,
                self.args.slm_min_frames,
            )
            self._update = []
        else:
            if self.finish_gradients(_NAME, lambda: self._scale_gradients(inside)):
                for optimizer in self.optimizers():
                    self.loss_scale.step(optimizer)
            self.loss_scale.move()
        for module in self.modules().values():
            module.zero_grad()

    def _adversary_backward(self, batch: dict) -> torch.Tensor:
        """Gradients of the sums over clips; the mean over all batches and processes is taken when all are counted.

        Returns:
            `counts` of `speak_out_of_domain`.
        """
        with self.compute_loss_context_manager():
            outputs = self.model_wrapped(phase=SLM_ADVERSARY.name, batch=batch)
        generated, counts = outputs["generated"].float(), outputs["counts"]
        clips = counts[0]
        with self.accelerator.autocast():
            states = self._hear(generated)
            with torch.no_grad():
                recorded = self._hear(outputs["recorded"])
        heard = states.detach().float().requires_grad_()
        real, fake = (judgement.scores[0] for judgement in self._wrapped_discriminators(None, (recorded, heard)))
        judge_loss = slm_discriminator_loss(real, fake)
        loss = slm_generator_loss(fake)
        weighed = self.loss_weights["slm_adversarial"] * loss * clips
        gradient = self.judge_backward(judge_loss * clips, weighed, heard)
        self.accelerator.backward((states.float() * gradient).sum())
        if clips:
            self.record({"slm_adversarial": loss, "slm_discriminator": judge_loss}, batch)
        return counts

    def _hear(self, waveform: torch.Tensor) -> torch.Tensor:
        states, _ = self.speech_language_model(waveform, self.model.voice.config.sampling_rate)
        return stack_hidden_states(states)

    def _scale_gradients(self, clips: int) -> None:
        """The mean over clips; then down to norm one if it is too large, and little of it for what moves easily."""
        predictor = self.model.voice.prosody_predictor
        mean = self.args.world_size / clips  # gradients were averaged over processes
        _multiply(self.modules().values(), mean)
        norm = nn.utils.get_total_norm([weight.grad for weight in predictor.parameters() if weight.grad is not None])
        _multiply([self.model], torch.where(norm > self.args.slm_max_gradient, 1 / norm, 1.0))
        gentle = (predictor.duration_projection, predictor.duration_mlstm, self.model.voice.style_diffusion)
        _multiply(gentle, self.args.slm_gradient_scale)


def _multiply(modules, factor: torch.Tensor | float) -> None:
    for module in modules:
        for weight in module.parameters():
            if weight.grad is not None:
                weight.grad.mul_(factor)


__all__ = ["SlmAdversaryTrainer"]
