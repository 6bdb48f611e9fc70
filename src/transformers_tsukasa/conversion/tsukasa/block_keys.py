# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names inside the AdaIN residual block, which the predictor and the decoder share."""

_NAMES = {
    "conv1": "conv1",
    "conv2": "conv2",
    "norm1.fc": "norm1.projection",
    "norm2.fc": "norm2.projection",
    "conv1x1": "shortcut",
    "pool": "upsample",
}


def adaptive_block_key(original_key: str) -> str:
    """`conv1.weight_v` -> `conv1.weight_v`, `norm1.fc.bias` -> `norm1.projection.bias`, ...; KeyError if unknown."""
    stem, _, leaf = original_key.rpartition(".")
    return f"{_NAMES[stem]}.{leaf}"
