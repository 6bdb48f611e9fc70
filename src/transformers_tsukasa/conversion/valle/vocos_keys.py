# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From the names of published tensors of Vocos to ours."""

import re
from collections.abc import Mapping
from functools import partial

import torch

from ...models.valle.codecs.vocos import VocosConfig
from ..errors import ConversionError, shorten
from ..norm_folding import StoredTensor


_RULES = (
    (r"feature_extractor\.codebook_weights", "codebooks.weight"),
    (r"backbone\.embed\.(weight|bias)", r"embed.\1"),
    (r"backbone\.norm\.(scale|shift)\.weight", r"norm.\1.weight"),
    (r"backbone\.convnext\.(\d+)\.gamma", r"layers.\1.layer_scale"),
    (r"backbone\.convnext\.(\d+)\.dwconv\.(weight|bias)", r"layers.\1.depthwise.\2"),
    (r"backbone\.convnext\.(\d+)\.norm\.(scale|shift)\.weight", r"layers.\1.norm.\2.weight"),
    (r"backbone\.convnext\.(\d+)\.pwconv1\.(weight|bias)", r"layers.\1.up_proj.\2"),
    (r"backbone\.convnext\.(\d+)\.pwconv2\.(weight|bias)", r"layers.\1.down_proj.\2"),
    (r"backbone\.final_layer_norm\.(weight|bias)", r"final_norm.\1"),
    (r"head\.out\.(weight|bias)", r"head.\1"),
)
_DROPPED = (r"head\.istft\.window", r"feature_extractor\.encodec\..*")
_CODEBOOK_SIZE = 1024
_WINDOW_PER_HOP = 4


def vocos_config(state: Mapping[str, torch.Tensor]) -> VocosConfig:
    """The config of a checkpoint that decodes EnCodec's codes, from its shapes.

    Raises:
        ConversionError: when tensors are missing that decide.
    """
    try:
        codebooks = state["feature_extractor.codebook_weights"]
        bandwidths = state["backbone.norm.scale.weight"].shape[0]
        first, head = state["backbone.convnext.0.pwconv1.weight"], state["head.out.weight"]
    except KeyError as error:
        raise ConversionError(f"the checkpoint lacks {error}: it is no Vocos that decodes EnCodec's codes") from error
    rates = VocosConfig().bandwidths
    if bandwidths != len(rates):
        raise ConversionError(f"the checkpoint has {bandwidths} bandwidths, but {len(rates)} are known: {rates}")
    n_fft = head.shape[0] - 2
    return VocosConfig(
        codebook_size=_CODEBOOK_SIZE,
        num_codebooks=codebooks.shape[0] // _CODEBOOK_SIZE,
        codebook_dim=codebooks.shape[1],
        hidden_size=first.shape[1],
        intermediate_size=first.shape[0],
        num_hidden_layers=len({name.split(".")[2] for name in state if name.startswith("backbone.convnext.")}),
        n_fft=n_fft,
        hop_length=n_fft // _WINDOW_PER_HOP,
    )


def translate_vocos(state: Mapping[str, torch.Tensor]) -> tuple[dict[str, StoredTensor], list[str]]:
    """The tensors by our names, and the published names of those that are not used.

    Raises:
        ConversionError: for names that no rule knows.
    """
    tensors: dict[str, StoredTensor] = {}
    dropped, unknown = [], []
    for name, tensor in state.items():
        ours = next((match.expand(to) for rule, to in _RULES if (match := re.fullmatch(rule, name))), None)
        if ours is not None:
            tensors[ours] = StoredTensor((name,), tuple(tensor.shape), tensor.dtype, partial(_itself, tensor))
        elif any(re.fullmatch(rule, name) for rule in _DROPPED):
            dropped.append(name)
        else:
            unknown.append(name)
    if unknown:
        raise ConversionError(f"the checkpoint of Vocos has tensors of unknown names: {shorten(unknown)}")
    return tensors, dropped


def _itself(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


__all__ = ["translate_vocos", "vocos_config"]
