# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Recorded results of the original, and the synthetic weights that they were recorded with, by module."""

import functools
import importlib.util
import json

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from support.shared_data import shared_path
from transformers_tsukasa.conversion.norm_folding import fold


@functools.cache
def _synthetic_checkpoint():
    spec = importlib.util.spec_from_file_location(
        "synthetic_checkpoint", shared_path("parity", "synthetic_checkpoint.py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def original_state(module: str, manifest: str = "manifest_tsukasa.json") -> dict[str, torch.Tensor]:
    """Tensors of one module of the original by their own names, with norms folded."""
    names = json.loads(shared_path("parity", manifest).read_text())[module]
    folded = fold(_synthetic_checkpoint().fill_state_dict(module, names))
    return {name: stored.make() for name, stored in folded.items()}


def recorded(name: str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors and metadata of a recorded file, by its name without ending."""
    path = shared_path("parity", f"{name}.safetensors")
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
    return load_file(path), metadata


def relative_difference(ours: torch.Tensor, expected: torch.Tensor) -> float:
    """`||ours - expected|| / ||expected||`, in float64."""
    assert ours.shape == expected.shape
    ours, expected = ours.detach().double(), expected.detach().double()
    return float((ours - expected).norm() / expected.norm())
