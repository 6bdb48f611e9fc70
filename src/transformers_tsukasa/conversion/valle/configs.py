# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The config of a checkpoint: what its shapes tell, and what training saved beside them."""

from collections.abc import Mapping
from typing import Any

import torch

from ...models.valle.configuration_valle import VallEConfig
from ..errors import ConversionError


_LANGUAGES = "ar_language_embedding.word_embeddings.weight"
# Constants of VALL-E X's program, which saves none of them.
_VALL_E_X = {"nhead": 16, "prefix_mode": 1, "share_embedding": True, "scale_factor": 1.0}


def is_vall_e_x(state: Mapping[str, torch.Tensor]) -> bool:
    """Whether a checkpoint is of VALL-E X: it has languages."""
    return _LANGUAGES in state


def config_of(state: Mapping[str, torch.Tensor], arguments: Mapping[str, Any]) -> VallEConfig:
    """The config of a checkpoint.

    Args:
        state: tensors by published names.
        arguments: of training, saved beside them; VALL-E X has none.

    Raises:
        ConversionError: when tensors or arguments are missing that decide, or contradict each other.
    """
    values = {**(_VALL_E_X if is_vall_e_x(state) else {}), **arguments}
    missing = [name for name in ("nhead", "prefix_mode", "share_embedding") if name not in values]
    if missing:
        raise ConversionError(
            f"the checkpoint lacks its training arguments {', '.join(missing)}, which no shape tells: convert the "
            "file that training wrote, not an export of its weights"
        )
    text, codes = _shape(state, "ar_text_embedding"), _shape(state, "ar_audio_embedding")
    heads, scale = int(values["nhead"]), float(values.get("scale_factor", 1.0))
    predicted = state["ar_predict_layer.weight"].shape[0] if "ar_predict_layer.weight" in state else codes[0]
    prefix_mode: Any = int(values["prefix_mode"])  # the config refuses what is no mode
    try:
        return VallEConfig(
            text_vocab_size=text[0],
            codebook_size=predicted - 1,
            num_codebooks=_count(state, "nar_audio_embeddings."),
            hidden_size=text[1],
            num_hidden_layers=_count(state, "ar_decoder.layers."),
            num_attention_heads=heads,
            nar_hidden_size=_shape(state, "nar_text_embedding")[1],
            nar_num_hidden_layers=_count(state, "nar_decoder.layers."),
            nar_num_attention_heads=int(heads * scale),
            norm_first="ar_decoder.norm.weight" in state,
            add_prenet=any(name.startswith("ar_text_prenet.") for name in state),
            prepend_bos=codes[0] == predicted + 1,
            num_languages=state[_LANGUAGES].shape[0] if is_vall_e_x(state) else 0,
            share_embedding=bool(values["share_embedding"]),
            prefix_mode=prefix_mode,
            stop_at_argmax=not is_vall_e_x(state),
        )
    except ValueError as error:
        raise ConversionError(f"the shapes of the checkpoint make no model: {error}") from error


def _shape(state: Mapping[str, torch.Tensor], module: str) -> torch.Size:
    name = f"{module}.word_embeddings.weight"
    if name not in state:
        raise ConversionError(f"the checkpoint lacks {name}: it is not one of VALL-E with both networks")
    return state[name].shape


def _count(state: Mapping[str, torch.Tensor], prefix: str) -> int:
    """The number of modules of a list."""
    return len({name[len(prefix) :].split(".")[0] for name in state if name.startswith(prefix)})


__all__ = ["config_of", "is_vall_e_x"]
