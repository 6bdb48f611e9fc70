# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The recorded results of the original, and the drawn weights that they belong to."""

import json

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from support.shared_data import recorded_path
from support.synthetic_checkpoint import draw_state_dict
from transformers_tsukasa.conversion.norm_folding import fold


def original_state(module: str, manifest: str = "manifest_tsukasa.json") -> dict[str, torch.Tensor]:
    """Tensors of one module of the original by their own names, with norms folded."""
    names = json.loads(recorded_path("parity", manifest).read_text())[module]
    folded = fold(draw_state_dict(module, names))
    return {name: stored.make() for name, stored in folded.items()}


def recorded(name: str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors and metadata of a recorded file, by its name without ending."""
    path = recorded_path("parity", f"{name}.safetensors")
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
    return load_file(path), metadata


def relative_difference(ours: torch.Tensor, expected: torch.Tensor) -> float:
    """`||ours - expected|| / ||expected||`, in float64."""
    assert ours.shape == expected.shape
    ours, expected = ours.detach().double(), expected.detach().double()
    return float((ours - expected).norm() / expected.norm())
