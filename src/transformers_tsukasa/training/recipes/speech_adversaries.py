# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The adversaries of speech: on waveforms, and on the states of a speech language model; with their losses."""

from collections.abc import Sequence

import torch
from accelerate import Accelerator

from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ..engine.adversary import Adversary
from ..engine.loss_scale import LossScale
from ..engine.phases import DISCRIMINATORS, Absence, Loss
from ..engine.trainer import PhasedTrainer
from ..losses import (
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
    slm_discriminator_loss,
    slm_generator_loss,
)
from ..speech_models.speech_language_model import SpeechLanguageModel


SLM_DISCRIMINATOR = "slm_discriminator"
"""The adversary on a speech language model, among the modules of a run."""

SPEECH = frozenset({"generated"})
"""The output that losses of speech are computed from."""

ADVERSARIAL_LOSSES = (
    # Together `losses.generator_loss`.
    Loss("adversarial", 1.0, needs=SPEECH),
    Loss("feature_matching", 2.0, needs=SPEECH),
    Loss("discriminator", None, needs=SPEECH, serves=("adversarial", "feature_matching")),
)
SLM_FEATURES = Loss("slm_features", needs=SPEECH)
SLM_ADVERSARIAL_LOSSES = (
    Loss("slm_adversarial", needs=SPEECH),
    Loss("slm_discriminator", None, needs=SPEECH, serves=("slm_adversarial",)),
)
SLM_LOSSES = (SLM_FEATURES.name, *(loss.name for loss in SLM_ADVERSARIAL_LOSSES))
"""Names of the losses that cannot be computed without a speech language model."""

TAUGHT_BY = {
    DISCRIMINATORS: frozenset({"adversarial", "feature_matching"}),
    SLM_DISCRIMINATOR: frozenset({"slm_adversarial"}),
}


def speech_adversaries(
    trainer: PhasedTrainer,
    discriminators: TsukasaDiscriminators,
    speech_language_model: SpeechLanguageModel | None,
    names: Sequence[str],
) -> dict[str, Adversary]:
    """The adversaries of a trainer by name; discriminators and speech language model move to its device.

    Args:
        trainer: that they are for.
        discriminators: with weight norm.
        speech_language_model: frozen; None when there is none.
        names: of `DISCRIMINATORS` and `SLM_DISCRIMINATOR`, those that the training has.
    """
    device = trainer.args.device
    # transformers wraps its own `to` without its signature.
    torch.nn.Module.to(discriminators, device)
    if speech_language_model is not None:
        speech_language_model.to(device)
    makers = {DISCRIMINATORS: waveform_adversary, SLM_DISCRIMINATOR: slm_adversary}
    return {name: makers[name](discriminators, trainer.accelerator, trainer.loss_scale) for name in names}


def absent_speech_losses(speech_language_model: SpeechLanguageModel | None, names: tuple[str, ...]) -> list[Absence]:
    """Losses that need a speech language model, where none is given."""
    return [] if speech_language_model is not None else [Absence(names, "no speech_language_model is given")]


def waveform_adversary(
    discriminators: TsukasaDiscriminators, accelerator: Accelerator, loss_scale: LossScale
) -> Adversary:
    """The discriminators of waveforms (batch, samples), by periods and by resolutions."""
    return Adversary(
        [discriminators.multi_period, discriminators.multi_resolution],
        accelerator,
        loss_scale,
        own_loss=("discriminator", discriminator_loss),
        losses={"adversarial": adversarial_loss, "feature_matching": feature_matching_loss},
    )


def slm_adversary(discriminators: TsukasaDiscriminators, accelerator: Accelerator, loss_scale: LossScale) -> Adversary:
    """The discriminator of stacked states (batch, layers * hidden_size, frames) of a speech language model."""
    return Adversary(
        [discriminators.speech_language_model],
        accelerator,
        loss_scale,
        own_loss=("slm_discriminator", lambda real, fake: slm_discriminator_loss(real.scores[0], fake.scores[0])),
        losses={"slm_adversarial": lambda real, fake: slm_generator_loss(fake.scores[0])},
    )


__all__ = [
    "ADVERSARIAL_LOSSES",
    "SLM_ADVERSARIAL_LOSSES",
    "SLM_DISCRIMINATOR",
    "SLM_FEATURES",
    "SLM_LOSSES",
    "SPEECH",
    "TAUGHT_BY",
    "absent_speech_losses",
    "slm_adversary",
    "speech_adversaries",
    "waveform_adversary",
]
