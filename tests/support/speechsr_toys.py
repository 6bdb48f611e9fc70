# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A SpeechSR of a few channels, a checkpoint in the published format, and a plain form of its activation."""

from pathlib import Path

import torch
import torch.nn.functional as F

from transformers_tsukasa.models.layers.snake_beta import AntiAliasedSnakeBeta, lowpass_filter
from transformers_tsukasa.models.speechsr.configuration_speechsr import SpeechSRConfig
from transformers_tsukasa.models.speechsr.feature_extraction_speechsr import SpeechSRFeatureExtractor
from transformers_tsukasa.models.speechsr.modeling_speechsr import SpeechSRModel


def tiny_speechsr(rate: int = 48000, **changes) -> SpeechSRModel:
    """A network with random weights, whose activations differ between channels."""
    torch.manual_seed(0)
    config = SpeechSRConfig(output_sampling_rate=rate, hidden_size=4, **changes)
    model = SpeechSRModel(config).eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, AntiAliasedSnakeBeta):
                module.alpha.normal_(std=0.3)
                module.beta.normal_(std=0.3)
    return model


def save_speechsr(folder: Path, rate: int = 48000) -> Path:
    """Write a model folder; return it."""
    tiny_speechsr(rate).save_pretrained(folder)
    SpeechSRFeatureExtractor().save_pretrained(folder)
    return folder


def published_speechsr(model: SpeechSRModel) -> dict[str, torch.Tensor]:
    """The weights of a network by their published names, with weight norm and filters as buffers."""
    published: dict[str, torch.Tensor] = {}
    for name, value in model.state_dict().items():
        published |= _published(name, value)
    return published


def _published(name: str, value: torch.Tensor) -> dict[str, torch.Tensor]:
    parts = name.split(".")
    if parts[0] != "stage":
        stem = {"input_conv": "conv_pre", "activation": "activation_post.act", "output_conv": "conv_post"}[parts[0]]
    else:
        _, _, block, layer, number, _ = parts
        activation = 2 * int(number) + (layer == "activations")
        inner = {"dilated_convs": f"convs1.{number}", "convs": f"convs2.{number}"}
        stem = f"resblocks.{block}.{inner.get(layer, f'activations.{activation}.act')}"
    if parts[-1] == "weight" and stem != "conv_post":
        norm = value.flatten(1).norm(dim=1)[:, None, None]
        return {f"dec.{stem}.weight_g": norm, f"dec.{stem}.weight_v": 3 * value}
    entries = {f"dec.{stem}.{parts[-1]}": value}
    if parts[-1] == "beta":
        around = stem.removesuffix(".act")
        for filter_name in ("upsample.filter", "downsample.lowpass.filter"):
            entries[f"dec.{around}.{filter_name}"] = lowpass_filter()[None, None]
    return entries


def plain_snake_beta(activation: AntiAliasedSnakeBeta, states: torch.Tensor) -> torch.Tensor:
    """The activation as its paper writes it, by convolutions: (batch, steps, channels) -> the same."""
    channels = states.shape[2]
    taps = lowpass_filter().expand(channels, 1, -1)
    padded = F.pad(states.transpose(1, 2), (5, 5), mode="replicate")
    raised = 2 * F.conv_transpose1d(padded, taps, stride=2, groups=channels)[..., 15:-15]
    frequency, magnitude = activation.alpha.exp()[:, None], activation.beta.exp()[:, None] + 1e-9
    bent = raised + torch.sin(raised * frequency).square() / magnitude
    return F.conv1d(F.pad(bent, (5, 6), mode="replicate"), taps, stride=2, groups=channels).transpose(1, 2)
