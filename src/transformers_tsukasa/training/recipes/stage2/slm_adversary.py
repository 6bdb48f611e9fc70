# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The extra update of joint phases, against a discriminator on a speech language model (StyleTTS 2, section 3.2.4).

Every few updates of the joint phase an update of its own follows the usual one, over the same batches: out-of-domain
texts are synthesized, the discriminator and the synthesizer take their gradients against the same weights of each
other, and both step. It has its own forward and backward passes, so that each wrapped module goes forward once before
it goes backward, and all processes take part, whether they have clips in the window or not (docs/decisions/0014).
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import nn

from ....models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ....models.tsukasa.training_models.discriminators import TsukasaDiscriminators, stack_hidden_states
from ...engine.adversary import Adversary
from ...engine.batches import Batch
from ...engine.phases import Phase
from ...engine.update import BatchRecord
from ...speech_models.speech_language_model import SpeechLanguageModel


KIND = "slm_"
"""In front of "update" and of modules in the log."""


@dataclass(frozen=True)
class GradientScale:
    """How the gradients of this update are made small.

    Args:
        largest: norm of the predictor's gradient above which all are divided by it.
        gentle: factor for the duration head, the recurrence in front of it and the style sampler, which move easily.
    """

    largest: float
    gentle: float

    def apply(
        self, tts: TsukasaModelForConditionalGeneration, modules: Iterable[nn.Module], clips: int, processes: int
    ) -> None:
        """Takes the mean over clips, and then scales.

        Args:
            tts: the synthesizer.
            modules: that have gradients of sums over clips, averaged over processes.
            clips: of all processes.
            processes: how many there are.
        """
        predictor = tts.prosody_predictor
        _multiply(modules, processes / clips)
        norm = nn.utils.get_total_norm([weight.grad for weight in predictor.parameters() if weight.grad is not None])
        _multiply([tts], torch.where(norm > self.largest, 1 / norm, 1.0))
        _multiply((predictor.duration_projection, predictor.duration_recurrence, tts.style_sampler), self.gentle)


class OutOfDomainPass:
    """The forward and backward pass of a batch in the extra update.

    Args:
        adversary: on the states.
        speech_language_model: frozen.
        sampling_rate: of the waveforms, in Hz.
        backward: lets gradients flow back from a scalar.
        autocast: a context for the speech language model.
    """

    def __init__(
        self,
        adversary: Adversary,
        speech_language_model: SpeechLanguageModel,
        sampling_rate: int,
        backward: Callable[[torch.Tensor], None],
        autocast: Callable[[], AbstractContextManager],
    ) -> None:
        self.adversary, self.speech_language_model = adversary, speech_language_model
        self._sampling_rate, self._backward, self._autocast = sampling_rate, backward, autocast

    def __call__(self, outputs: Batch, batch: Batch, phase: Phase, is_last: bool) -> tuple[BatchRecord, torch.Tensor]:
        """Leaves gradients of sums over clips; the mean over batches and processes is taken when all are counted.

        Args:
            outputs: of `synthesize_out_of_domain`.
            batch: that they are of.
            phase: the extra one.
            is_last: whether the update ends with this batch.

        Returns:
            The losses, none without a clip in the window, and the counts of `synthesize_out_of_domain`.
        """
        clips = outputs["counts"][0]
        with self._autocast():
            states = self.states_of(outputs["generated"].float())
            with torch.no_grad():
                recorded = self.states_of(outputs["recorded"])
        weights = {name: weight * clips for name, weight in phase.weights.items()}
        weights[self.adversary.own_name] = clips
        losses, gradient = self.adversary.backward(recorded, states, weights, is_last)
        self._backward((states.float() * gradient).sum())
        return BatchRecord(losses if clips else {}, batch.get("indices") if clips else None), outputs["counts"]

    def states_of(self, waveform: torch.Tensor) -> torch.Tensor:
        """Stacked hidden states of waveforms (batch, samples)."""
        states, _ = self.speech_language_model(waveform, self._sampling_rate)
        return stack_hidden_states(states)


def check_discriminator(discriminators: TsukasaDiscriminators, model: SpeechLanguageModel) -> None:
    """Refuses a discriminator that is made for another speech language model.

    Raises:
        ValueError: naming the keys of its config.
    """
    channels, expected = model.hidden_size * model.num_hidden_states, discriminators.speech_language_model.in_channels
    if channels != expected:
        raise ValueError(
            f"the speech language model has {channels} values a frame and the discriminator on it takes {expected}: "
            f"set slm_hidden_size and slm_num_layers of discriminator_config to {model.hidden_size} and "
            f"{model.num_hidden_states}"
        )


def _multiply(modules: Iterable[nn.Module], factor: torch.Tensor | float) -> None:
    for module in modules:
        for weight in module.parameters():
            if weight.grad is not None:
                weight.grad.mul_(factor)


__all__ = ["KIND", "GradientScale", "OutOfDomainPass", "check_discriminator"]
