# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which modules learn when in stage 2 and in fine-tuning, from which losses (docs/spec/training.md, Stage 2)."""

from ...engine.phases import DISCRIMINATORS, Loss, Phase, losses_from
from ..aligned_models import ALIGNER_LOSSES
from ..speech_adversaries import (
    ADVERSARIAL_LOSSES,
    SLM_ADVERSARIAL_LOSSES,
    SLM_DISCRIMINATOR,
    SLM_FEATURES,
    SPEECH,
)
from ..speech_adversaries import TAUGHT_BY as ADVERSARIES_TAUGHT_BY
from ..spoken_crops import CONTOURS, DURATIONS, SPOKEN_LOSSES


_PROSODIC = ("plbert", "plbert_projection", "prosody_predictor", "prosodic_style_encoder")
_ACOUSTIC = ("acoustic_style_encoder", "decoder")
_TEXT = ("text_encoder", "text_aligner")

_STYLE = (Loss("style", needs=frozenset({"sampled_style"})), Loss("diffusion", needs=frozenset({"diffusion"})))
_ADVERSARIAL = (*ADVERSARIAL_LOSSES, SLM_FEATURES)

OUT_OF_DOMAIN = Phase(
    "out of domain",
    learns=("plbert", "plbert_projection", "prosody_predictor", "style_diffusion", SLM_DISCRIMINATOR),
    losses=SLM_ADVERSARIAL_LOSSES,
)
"""The extra update of the joint phases; it is in no schedule."""

# Stage 2
PROSODY = Phase("prosody", learns=_PROSODIC, losses=SPOKEN_LOSSES)
DIFFUSION = Phase(
    "diffusion",
    learns=(*_PROSODIC, "style_diffusion", DISCRIMINATORS),
    losses=(*SPOKEN_LOSSES, *_STYLE, *_ADVERSARIAL),
)
JOINT = Phase("joint", learns=(*DIFFUSION.learns, *_ACOUSTIC), losses=DIFFUSION.losses, extra=OUT_OF_DOMAIN)

# Fine-tuning
FINETUNE = Phase(
    "finetune",
    learns=(*_PROSODIC, *_ACOUSTIC, *_TEXT, DISCRIMINATORS),
    losses=(*SPOKEN_LOSSES, *ALIGNER_LOSSES, *_ADVERSARIAL),
)
FINETUNE_DIFFUSION = Phase(
    "finetune with diffusion", learns=(*FINETUNE.learns, "style_diffusion"), losses=(*FINETUNE.losses, *_STYLE)
)
FINETUNE_JOINT = Phase(
    "finetune jointly", learns=FINETUNE_DIFFUSION.learns, losses=FINETUNE_DIFFUSION.losses, extra=OUT_OF_DOMAIN
)

DIFFUSION_LOSSES = tuple(loss.name for loss in (*_STYLE, *OUT_OF_DOMAIN.losses))
"""Names of the losses that need style diffusion, from which out-of-domain texts have their style too."""

_OF_SPEECH = losses_from([JOINT], SPEECH)
_OF_PROSODY = losses_from([JOINT], SPEECH | DURATIONS | CONTOURS)
_OF_STYLE = frozenset({"style", "diffusion"})

TAUGHT_BY = {
    **ADVERSARIES_TAUGHT_BY,
    **dict.fromkeys(_PROSODIC, _OF_PROSODY),
    "plbert": _OF_PROSODY | _OF_STYLE,  # the style sampler reads its states
    "style_diffusion": _OF_STYLE | {"slm_adversarial"},
    **dict.fromkeys((*_ACOUSTIC, "text_encoder"), _OF_SPEECH),
}
"""Modules that learn from certain losses only -> the names of those."""


__all__ = [
    "DIFFUSION",
    "DIFFUSION_LOSSES",
    "FINETUNE",
    "FINETUNE_DIFFUSION",
    "FINETUNE_JOINT",
    "JOINT",
    "OUT_OF_DOMAIN",
    "PROSODY",
    "TAUGHT_BY",
]
