# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Kotodama encoders from their Trainer checkpoints: tensors, backbone config and tokenizer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from ..checkpoint_reading import StateDict, read_module
from ..errors import ConversionError
from ..source_files import SourceFiles
from ..styletts2.repository_layout import latest


_PARTS = ("prompt_enc", "text_enc")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
# Files that a Trainer writes beside the weights, and no tokenizer needs.
_TRAINER_FILES = {
    *_WEIGHTS,
    "config.json",
    "optimizer.pt",
    "scheduler.pt",
    "scaler.pt",
    "trainer_state.json",
    "training_args.bin",
    "generation_config.json",
    "README.md",
}


@dataclass(frozen=True)
class KotodamaEncoder:
    """A published encoder.

    Args:
        state: its tensors.
        config: values for its `TsukasaKotodamaConfig`.
    """

    state: StateDict
    config: dict[str, Any]


def find_kotodama(names: Sequence[str]) -> dict[str, list[str]]:
    """The files of the encoders' checkpoint folders by part, `prompt_enc` and `text_enc`, of those that exist.

    Args:
        names: all files of the source.
    """
    folders = {part: _checkpoint_folder(names, part) for part in _PARTS}
    return {
        part: [name for name in names if PurePosixPath(name).parent.as_posix() == folder]
        for part, folder in folders.items()
        if folder is not None
    }


def _checkpoint_folder(names: Sequence[str], part: str) -> str | None:
    """The checkpoint folder of the highest step, or the part's own folder if it holds the weights."""
    folders = {PurePosixPath(n).parent.as_posix() for n in names if PurePosixPath(n).name in _WEIGHTS}
    below = [folder for folder in folders if fnmatch(folder, f"Utils/KTD/{part}/checkpoint-*")]
    if below:
        return latest(below)
    return f"Utils/KTD/{part}" if f"Utils/KTD/{part}" in folders else None


def read_kotodama(files: SourceFiles, names: Sequence[str]) -> KotodamaEncoder:
    """Read an encoder from the files of its checkpoint folder.

    Raises:
        ConversionError: when the weights are missing or damaged, or are of another architecture.
    """
    by_file = {PurePosixPath(name).name: name for name in names}
    weights = next(by_file[name] for name in _WEIGHTS if name in by_file)
    state = read_module(files.fetch(weights))
    stored = {}
    if "config.json" in by_file:
        path = files.fetch(by_file["config.json"])
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConversionError(f"{path} is not a JSON file ({error}): download or copy it again") from error
    backbone = _backbone_of(state, weights)
    values = {**_from_tensors(state, backbone), **_from_config(stored, backbone)}
    if "output.0.weight" not in state or "output.2.weight" not in state:
        raise ConversionError(f"{weights} has no head (output.0, output.2): it is not a Kotodama encoder")
    config = {
        "head_hidden_size": state["output.0.weight"].shape[0],
        "encoder_config": {"model_type": backbone, **values},
    }
    return KotodamaEncoder(state, config)


def fetch_tokenizer(files: SourceFiles, names: Sequence[str]) -> Path:
    """The folder with the encoder's tokenizer files, downloaded if necessary."""
    for name in names:
        file_name = PurePosixPath(name).name
        if file_name not in _TRAINER_FILES and not file_name.startswith("rng_state"):
            files.fetch(name)
    return files.fetch(next(name for name in names if PurePosixPath(name).name in _WEIGHTS)).parent


def _backbone_of(state: StateDict, weights: str) -> str:
    if any(name.startswith("backbone.transformer.layer.") for name in state):
        return "distilbert"
    if any(name.startswith("backbone.encoder.layer.") for name in state):
        return "deberta-v2"
    raise ConversionError(
        f"{weights} is not a Kotodama encoder: expected a DeBERTa-v2 or DistilBERT under 'backbone.'"
    )


def _count_layers(state: StateDict, stem: str) -> int:
    return 1 + max(int(name[len(stem) :].split(".")[0]) for name in state if name.startswith(stem))


def _from_tensors(state: StateDict, backbone: str) -> dict[str, Any]:
    """Sizes by the shapes of the tensors; attention heads have the published width, 64."""
    vocab_size, hidden_size = state["backbone.embeddings.word_embeddings.weight"].shape
    heads = max(1, hidden_size // 64)
    if backbone == "distilbert":
        stem = "backbone.transformer.layer."
        return {
            "vocab_size": vocab_size,
            "dim": hidden_size,
            "hidden_dim": state[f"{stem}0.ffn.lin1.weight"].shape[0],
            "n_layers": _count_layers(state, stem),
            "n_heads": heads,
            "max_position_embeddings": state["backbone.embeddings.position_embeddings.weight"].shape[0],
            "sinusoidal_pos_embds": True,
        }
    stem = "backbone.encoder.layer."
    values = {
        "vocab_size": vocab_size,
        "hidden_size": hidden_size,
        "intermediate_size": state[f"{stem}0.intermediate.dense.weight"].shape[0],
        "num_hidden_layers": _count_layers(state, stem),
        "num_attention_heads": heads,
        "layer_norm_eps": 1e-7,
        "type_vocab_size": 0,
        "position_biased_input": "backbone.embeddings.position_embeddings.weight" in state,
        "share_att_key": not any("pos_key_proj" in name for name in state),
        "norm_rel_ebd": "layer_norm" if "backbone.encoder.LayerNorm.weight" in state else "none",
        "pos_att_type": ["p2c", "c2p"],
    }
    positions = state.get("backbone.encoder.rel_embeddings.weight")
    if positions is not None:
        values |= {"relative_attention": True, "position_buckets": positions.shape[0] // 2}
    return values


def _from_config(stored: dict[str, Any], backbone: str) -> dict[str, Any]:
    """The backbone's own config, at the top of the file or under a name that the training script chose."""
    for candidate in (stored, *stored.values()):
        if isinstance(candidate, dict) and candidate.get("model_type") == backbone:
            drop = {
                "model_type",
                "architectures",
                "auto_map",
                "_name_or_path",
                "transformers_version",
                "torch_dtype",
                "dtype",
            }
            return {key: value for key, value in candidate.items() if key not in drop and not isinstance(value, dict)}
    return {}
