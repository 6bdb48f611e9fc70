# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The modules of a published checkpoint: their places in our model, and the tensors that are dropped."""

from functools import partial

from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ...models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..source import Leftover, ModulePlace, TrainingPart
from .decoder_keys import decoder_key
from .prosody_keys import predictor_key, text_encoder_key
from .style_keys import bert_encoder_key, diffusion_key, plbert_key, style_encoder_key
from .training_keys import mpd_key, msd_key, pitch_extractor_key, text_aligner_key, wd_key


STORED_POSITIONS = "positions that older transformers stored"
"""Why `position_ids` of a transformers model are dropped."""

_PLBERT_LEFTOVERS = (
    Leftover(r"embeddings\.position_ids", STORED_POSITIONS),
    Leftover(r"(mask_predictor|word_predictor|predictions|sop_classifier|cls)\..*", "head of PL-BERT's own training"),
)


def speaking_modules(config: TsukasaConfig) -> dict[str, ModulePlace]:
    """The modules that make one model, without which it cannot speak."""
    # The original numbers the residual stacks of all stages in one sequence.
    stacks = len(config.decoder_config.resblock_kernel_sizes)
    return {
        "text_encoder": ModulePlace(text_encoder_key),
        "bert": ModulePlace(plbert_key, "plbert", _PLBERT_LEFTOVERS),
        "bert_encoder": ModulePlace(bert_encoder_key, "plbert_projection"),
        "style_encoder": ModulePlace(style_encoder_key, "acoustic_style_encoder"),
        "predictor_encoder": ModulePlace(style_encoder_key, "prosodic_style_encoder"),
        "predictor": ModulePlace(predictor_key),
        "diffusion": ModulePlace(diffusion_key, "style_diffusion"),
        "decoder": ModulePlace(partial(decoder_key, num_stacks=stacks)),
    }


SPEAKING_MODULES = tuple(speaking_modules(TsukasaConfig()))
"""Their published names."""

TRAINING_PARTS = (
    TrainingPart(
        "text_aligner", TsukasaTextAligner, "text_aligner_config", {"text_aligner": ModulePlace(text_aligner_key)}
    ),
    TrainingPart(
        "pitch_extractor",
        TsukasaPitchExtractor,
        "pitch_extractor_config",
        {"pitch_extractor": ModulePlace(pitch_extractor_key)},
    ),
    TrainingPart(
        "discriminators",
        TsukasaDiscriminators,
        "discriminator_config",
        {"mpd": ModulePlace(mpd_key), "msd": ModulePlace(msd_key), "wd": ModulePlace(wd_key)},
    ),
)
"""Networks that only training needs; each goes to its own sub-folder."""
