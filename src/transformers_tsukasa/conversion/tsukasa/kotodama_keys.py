# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of the published Kotodama encoders' tensors, and ours."""

from ..source import Leftover, ModulePlace
from ..styletts2.module_tables import STORED_POSITIONS


_HEAD_PARTS = {"output.0": "dense", "output.2": "out_proj"}


def kotodama_key(original_key: str) -> str:
    """`output.0.weight` -> `dense.weight`; the backbones' names are transformers' own.

    Raises:
        KeyError: for a name that it does not know.
    """
    if original_key.startswith("backbone."):
        return original_key
    stem, _, leaf = original_key.rpartition(".")
    if stem in _HEAD_PARTS:
        return f"{_HEAD_PARTS[stem]}.{leaf}"
    raise KeyError(f"the original's Kotodama encoder has no key '{original_key}'")


_LEFTOVERS = (Leftover(r"backbone\.embeddings\.position_ids", STORED_POSITIONS),)

KOTODAMA_MODULES = {
    "prompt_enc": ModulePlace(kotodama_key, "prompt_encoder", _LEFTOVERS),
    "text_enc": ModulePlace(kotodama_key, "text_sampler", _LEFTOVERS),
}
"""Optional parts of a model, from checkpoints of their own."""
