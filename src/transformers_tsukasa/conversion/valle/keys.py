# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From the names of published tensors of VALL-E to ours."""

import re
from collections.abc import Mapping
from functools import partial

import torch

from ...models.valle.configuration_valle import VallEConfig
from ..errors import ConversionError, shorten
from ..norm_folding import StoredTensor


Tensors = Mapping[str, torch.Tensor]

_NETWORKS = {"ar": "autoregressive", "nar": "refiner"}
# Patterns of names after `ar_` or `nar_`, and what takes their place.
_RULES = (
    (r"text_embedding\.word_embeddings\.weight", r"inputs.text_embedding.weight"),
    (r"language_embedding\.word_embeddings\.weight", r"inputs.language_embedding.weight"),
    (r"(text|audio)_position\.alpha", r"inputs.\1_position.alpha"),
    (r"audio_prenet\.(\d+)\.(\w+)", r"inputs.audio_prenet.\1.\2"),
    (r"text_prenet\.14\.(\w+)", r"inputs.text_prenet.projection.\1"),
    (r"audio_embedding\.word_embeddings\.weight", r"code_embedding.weight"),
    (r"audio_embeddings\.(\d+)\.word_embeddings\.weight", r"code_embeddings.\1.weight"),
    (r"predict_layer\.weight", r"head.weight"),
    (r"decoder\.(.*)", r"transformer.\1"),
)
# The places of convolutions and of their norms in the published text prenet.
_CONVOLUTIONS = {"1": "convolutions.0", "5": "convolutions.1", "9": "convolutions.2"}
_PRENET_PLACES = {**_CONVOLUTIONS, "2": "norms.0", "6": "norms.1", "10": "norms.2"}
_LAYER_PARTS = (
    ("self_attn.in_proj_", "self_attn.qkv_proj."),
    ("self_attn.out_proj.", "self_attn.o_proj."),
    ("linear1.", "up_proj."),
    ("linear2.", "down_proj."),
    ("norm1.", "attention_norm."),
    ("norm2.", "feed_forward_norm."),
    ("project_layer.", "projection."),
)
_STAGES = re.compile(r"nar_stage_embeddings\.(\d+)\.word_embeddings\.weight")
_HEADS = re.compile(r"nar_predict_layers\.(\d+)\.weight")


def translate(state: Tensors, config: VallEConfig) -> tuple[dict[str, StoredTensor], list[str]]:
    """The tensors of a checkpoint by our names.

    Args:
        state: by published names.
        config: of our model.

    Returns:
        The tensors, and the published names of tied heads, which are another name of an embedding.

    Raises:
        ConversionError: for names that no rule knows, and heads that are not what they should be tied to.
    """
    tensors: dict[str, StoredTensor] = {}
    tied, stages, unknown = [], {}, []
    for name, tensor in state.items():
        if stage := _STAGES.fullmatch(name):
            stages[int(stage[1])] = name
        elif head := _HEADS.fullmatch(name):
            place = _head_place(int(head[1]), name, state, config)
            if place is None:
                tied.append(name)
            else:
                tensors[place] = _stored(name, tensor)
        elif (ours := our_name(name)) is not None:
            tensors[ours] = _stored(name, tensor)
        else:
            unknown.append(name)
    if unknown:
        raise ConversionError(
            f"the checkpoint has {len(unknown)} tensors of unknown names: {shorten(unknown)}; it is another "
            "architecture, or a newer one than this converter knows"
        )
    if stages:
        tensors["refiner.stage_embedding.weight"] = _stacked([stages[index] for index in sorted(stages)], state)
    return tensors, tied


def our_name(name: str) -> str | None:
    """Our name of a tensor that has one of its own; None for an unknown one, a head, and a stage's embedding."""
    prefix, _, rest = name.partition("_")
    if prefix not in _NETWORKS:
        return None
    place = re.fullmatch(r"text_prenet\.(\d+)\.(\w+)", rest)
    if place is not None and place[1] in _PRENET_PLACES:
        return f"{_NETWORKS[prefix]}.inputs.text_prenet.{_PRENET_PLACES[place[1]]}.{place[2]}"
    for pattern, replacement in _RULES:
        if (match := re.fullmatch(pattern, rest)) is not None:
            ours = match.expand(replacement)
            if rest.startswith("decoder."):
                for theirs, part in _LAYER_PARTS:
                    ours = ours.replace(theirs, part)
            return f"{_NETWORKS[prefix]}.{ours}"
    return None


def _head_place(index: int, name: str, state: Tensors, config: VallEConfig) -> str | None:
    """The place of the head of stage `index + 1`; None for one that is the table of the codebook after it."""
    if not config.share_embedding:
        return f"refiner.heads.{index}.weight"
    if index == config.num_codebooks - 2:
        return "refiner.heads.0.weight"
    table = f"nar_audio_embeddings.{index + 2}.word_embeddings.weight"
    if table not in state or not torch.equal(state[name], state[table]):
        raise ConversionError(
            f"{name} should be the same as {table}, as embeddings are shared (`share_embedding`), but differs: the "
            "checkpoint is broken, or was trained without sharing"
        )
    return None


def _stored(name: str, tensor: torch.Tensor) -> StoredTensor:
    return StoredTensor((name,), tuple(tensor.shape), tensor.dtype, partial(_itself, tensor))


def _itself(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


def _stacked(names: list[str], state: Tensors) -> StoredTensor:
    """Tables of a single row as one."""
    rows = [state[name] for name in names]
    shape = (sum(row.shape[0] for row in rows), *rows[0].shape[1:])
    return StoredTensor(tuple(names), shape, rows[0].dtype, partial(torch.cat, rows))


__all__ = ["our_name", "translate"]
