# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A small synthesizer of HierSpeech++ with as many layers as the published one, and a checkpoint as published."""

import torch

from transformers_tsukasa.conversion.hierspeech.synthesizer import SYNTHESIZERS
from transformers_tsukasa.models.hierspeech.configuration_hierspeech import HierSpeechConfig
from transformers_tsukasa.models.hierspeech.modeling_hierspeech import HierSpeechForVoiceConversion
from transformers_tsukasa.models.hierspeech.training_parts import HierSpeechTrainingParts
from transformers_tsukasa.models.layers.snake_beta import lowpass_filter


SIZES = {
    "feature_size": 6,
    "hidden_size": 8,
    "speaker_size": 8,
    "source_initial_channels": 8,
    "upsample_initial_channel": 32,
    "source_kernel_sizes": (3, 3, 3),
    "resblock_kernel_sizes": (3, 3, 5),
}
FEWER = {"num_wavenet_layers": 2, "num_couplings": 2, "num_coupling_blocks": 1}


def tiny_hierspeech(**changes) -> HierSpeechForVoiceConversion:
    """A network with random weights, in which every part has something to say."""
    torch.manual_seed(0)
    model = HierSpeechForVoiceConversion(HierSpeechConfig(**{**SIZES, **FEWER, **changes})).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ("modulation" in name or "output_projection" in name) and weight.ndim > 1:
                weight.normal_(std=0.3)  # couplings and gates start at zero
    return model


def hierspeech_inputs(frames: int = 12, batch: int = 1) -> dict[str, torch.Tensor]:
    """Features, F0 and the log-mel of a prompt."""
    draw = torch.Generator().manual_seed(frames)
    return {
        "features": torch.randn(batch, frames, SIZES["feature_size"], generator=draw),
        "log_f0": 5 * torch.rand(batch, 4 * frames, generator=draw),
        "prompt_mel": torch.randn(batch, 9, 80, generator=draw),
    }


def tiny_training_parts() -> HierSpeechTrainingParts:
    """The parts that only training needs, as many layers as published."""
    torch.manual_seed(1)
    return HierSpeechTrainingParts(HierSpeechConfig(**SIZES)).eval()


def published_hierspeech(
    model: HierSpeechForVoiceConversion, published: dict[str, list], parts: HierSpeechTrainingParts | None = None
) -> dict[str, torch.Tensor]:
    """Weights by the names of a manifest; without `parts` the tensors of training are of one value."""
    place, state = SYNTHESIZERS[0].place, {}
    ours = {**model.state_dict(), **(parts.state_dict() if parts is not None else {})}
    for name, (shape, _) in published.items():
        is_spare = parts is None and name.startswith(("enc_p.", "enc_q.", "mel_decoder."))
        if name.endswith(".filter"):
            state[name] = lowpass_filter()[None, None]
        elif is_spare:
            state[name] = torch.zeros([1] * len(shape))
        elif name.endswith(("weight_g", "weight_v")):
            weight = ours[place.name(name[:-2])]
            norm = weight.flatten(1).norm(dim=1).reshape(-1, *[1] * (weight.ndim - 1))
            state[name] = norm if name.endswith("_g") else 2 * weight
        else:
            value = ours[place.name(name)]
            state[name] = value if value.ndim == len(shape) else value[..., None]
    return state
