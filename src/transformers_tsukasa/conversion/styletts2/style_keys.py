# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of the published style encoders', PL-BERT's and style diffusion's tensors, and ours.

Each function takes a key of one published module, with norms folded (`weight_orig` and its vectors are `weight`), and
returns the key inside our module. A key that the original does not have raises KeyError.
"""

import re


# The original stores the same network under two names. It loads both, one over the other, and `unet.` is the one that
# stays: where the two differ (never in a file that training wrote), the original computes with `unet.`.
DIFFUSION_PREFIX = "unet."
DUPLICATE_DIFFUSION_PREFIX = "diffusion.net."

_STYLE_BLOCK_PARTS = {
    "downsample_res.conv": "downsample",
    "conv1": "conv1",
    "conv2": "conv2",
    "conv1x1": "shortcut",
}
_DENOISER_PARTS = {
    "to_time.0.0.weights": "time_embedding.frequencies",
    "to_time.0.1": "time_embedding.proj",
    "to_features.0": "reference_proj",
    "to_mapping.0": "mapping_in",
    "to_mapping.2": "mapping_out",
    "to_out.1": "out_proj",
    "fixed_embedding.embedding": "unconditional_states",
}
_DENOISER_BLOCK_PARTS = {
    "attention.norm.fc": "attention.query_norm.modulation",
    "attention.norm_context.fc": "attention.context_norm.modulation",
    "attention.norm": "attention.query_norm",
    "attention.norm_context": "attention.context_norm",
    "attention.to_q": "attention.q_proj",
    "attention.to_kv": "attention.kv_proj",
    "attention.attention.to_out": "attention.out_proj",
    "feed_forward.0": "up_proj",
    "feed_forward.2": "down_proj",
}


def style_encoder_key(original_key: str) -> str:
    """`shared.1.conv1.weight` -> `blocks.0.conv1.weight`, for both style encoders."""
    stem, leaf = _split_leaf(original_key)
    if stem == "unshared":
        return f"out_proj.{leaf}"
    match = re.fullmatch(r"shared\.(\d+)(?:\.(.+))?", stem)
    if match:
        index, part = int(match[1]), match[2]
        if part is None:
            # The first and the last of one list; the blocks are between them.
            return f"conv_in.{leaf}" if index == 0 else f"conv_out.{leaf}"
        if part in _STYLE_BLOCK_PARTS and index > 0:
            return f"blocks.{index - 1}.{_STYLE_BLOCK_PARTS[part]}.{leaf}"
    raise KeyError(f"the original's style encoder has no key '{original_key}'")


def plbert_key(original_key: str) -> str:
    """PL-BERT's names are transformers' own; `embeddings.position_ids` of older checkpoints must be dropped before."""
    if not original_key.startswith(("embeddings.", "encoder.", "pooler.")):
        raise KeyError(f"the original's PL-BERT has no key '{original_key}'")
    return original_key


def bert_encoder_key(original_key: str) -> str:
    """The linear map from PL-BERT to the predictor keeps its names."""
    if original_key not in ("weight", "bias"):
        raise KeyError(f"the original's bert_encoder has no key '{original_key}'")
    return original_key


def diffusion_key(original_key: str) -> str:
    """`unet.to_out.1.weight` -> `denoiser.out_proj.weight`; its `diffusion.net.` twin gives the same name.

    Where both exist, the converter keeps `unet.` (see `DIFFUSION_PREFIX`) and names the other as a duplicate.
    """
    name = original_key
    for prefix in (DIFFUSION_PREFIX, DUPLICATE_DIFFUSION_PREFIX):
        if original_key.startswith(prefix):
            name = original_key.removeprefix(prefix)
            break
    else:
        raise KeyError(f"the original's diffusion has no key '{original_key}'")
    if name in _DENOISER_PARTS:
        return f"denoiser.{_DENOISER_PARTS[name]}"
    stem, leaf = _split_leaf(name)
    if stem in _DENOISER_PARTS:
        return f"denoiser.{_DENOISER_PARTS[stem]}.{leaf}"
    match = re.fullmatch(r"blocks\.(\d+)\.(.+)", stem)
    if match and match[2] in _DENOISER_BLOCK_PARTS:
        return f"denoiser.blocks.{match[1]}.{_DENOISER_BLOCK_PARTS[match[2]]}.{leaf}"
    raise KeyError(f"the original's diffusion has no key '{original_key}'")


def _split_leaf(key: str) -> tuple[str, str]:
    stem, _, leaf = key.rpartition(".")
    return stem, leaf
