# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which modules learn when in stage 2 and in fine-tuning, from which losses (spec/training.md, Stage 2)."""

from collections.abc import Mapping

from ...engine.phases import DISCRIMINATORS, Phase


_PROSODIC = ("plbert", "plbert_projection", "prosody_predictor", "prosodic_style_encoder")
_ACOUSTIC = ("acoustic_style_encoder", "decoder")
_HEARING = ("text_encoder", "text_aligner")

_SPOKEN = ("mel", "duration", "duration_ce", "f0", "energy")
_DRAWN = ("style", "diffusion")
_ADVERSARIAL = ("adversarial", "feature_matching", "discriminator")
_JUDGED = (*_ADVERSARIAL, "slm_features")
_ALIGNED = ("monotonic", "s2s", "ctc")
_HEARD = ("mel", "adversarial", "feature_matching", "slm_features")
_OUT_OF_DOMAIN = ("slm_adversarial", "slm_discriminator")

# Stage 2
PROSODY = Phase("prosody", learns=_PROSODIC, losses=_SPOKEN)
DIFFUSION = Phase(
    "diffusion", learns=(*_PROSODIC, "style_diffusion", DISCRIMINATORS), losses=(*_SPOKEN, *_DRAWN, *_JUDGED)
)
JOINT = Phase("joint", learns=(*DIFFUSION.learns, *_ACOUSTIC), losses=(*DIFFUSION.losses, *_OUT_OF_DOMAIN))

# Fine-tuning
FINETUNE = Phase(
    "finetune",
    learns=(*_PROSODIC, *_ACOUSTIC, *_HEARING, DISCRIMINATORS),
    losses=(*_SPOKEN, *_ALIGNED, *_JUDGED),
)
FINETUNE_DIFFUSION = Phase(
    "finetune with diffusion", learns=(*FINETUNE.learns, "style_diffusion"), losses=(*FINETUNE.losses, *_DRAWN)
)
FINETUNE_JOINT = Phase(
    "finetune jointly", learns=FINETUNE_DIFFUSION.learns, losses=(*FINETUNE_DIFFUSION.losses, *_OUT_OF_DOMAIN)
)

SLM_ADVERSARY = Phase(
    "slm adversary",
    learns=("plbert", "plbert_projection", "prosody_predictor", "style_diffusion", DISCRIMINATORS),
    losses=_OUT_OF_DOMAIN,
)
"""The extra update of the joint phases; no part of a schedule."""

SLM_LOSSES = ("slm_features", *_OUT_OF_DOMAIN)
"""What cannot be computed without a speech language model."""


def available(
    phase: Phase,
    has_speech_language_model: bool,
    aligner_obstacle: str | None = None,
    has_adversary: bool = True,
    judges_texts: bool = True,
) -> Phase:
    """The phase as it runs: what needs a model that is not there, or an aligner that does not learn, and adversaries
    to whom nobody listens are left out and announced.
    """
    losses, learns, absent = phase.losses, phase.learns, []
    for is_there, needing, reason in (
        (has_speech_language_model, SLM_LOSSES, "no speech_language_model is given"),
        (aligner_obstacle is None, _ALIGNED, aligner_obstacle),
        (has_adversary, _ADVERSARIAL, "the weights of adversarial and feature_matching are 0"),
        (judges_texts, _OUT_OF_DOMAIN, "the weight of slm_adversarial is 0"),
    ):
        missing = [] if is_there else [name for name in losses if name in needing]
        if missing:
            losses = tuple(name for name in losses if name not in missing)
            absent.append(f"{', '.join(missing)} ({reason})")
    has = {"text_aligner": aligner_obstacle is None, DISCRIMINATORS: has_adversary}
    learns = tuple(name for name in learns if has.get(name, True))
    return Phase(phase.name, learns, losses, tuple(absent))


def hears_speech(phase: Phase, weights: Mapping[str, float]) -> bool:
    """Whether any loss of a phase that counts is of the speech itself."""
    return any(name in phase.losses and weights[name] != 0 for name in _HEARD)


__all__ = [
    "DIFFUSION",
    "FINETUNE",
    "FINETUNE_DIFFUSION",
    "FINETUNE_JOINT",
    "JOINT",
    "PROSODY",
    "SLM_ADVERSARY",
    "SLM_LOSSES",
    "available",
    "hears_speech",
]
