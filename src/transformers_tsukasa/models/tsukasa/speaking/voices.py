# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Named voices: style vectors with a name and a description, in a file beside the model's weights."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ....utils.atomic_files import atomic_file


VOICES_NAME = "voices.safetensors"
_METADATA_KEY = "voices"


class TsukasaVoices(Mapping[str, torch.Tensor]):
    """Style vectors (2 * style_dim,), float32, by name, with a description each."""

    def __init__(self, style_size: int):
        self.style_size = style_size
        self._vectors: dict[str, torch.Tensor] = {}
        self._descriptions: dict[str, str] = {}

    def add(self, name: str, style_vector: torch.Tensor, description: str = "") -> None:
        """Adds or replaces a voice.

        Raises:
            ValueError: when the name is empty or the vector has another shape or values that are not finite.
        """
        vector = style_vector.detach().float().cpu().flatten().clone()
        if not name:
            raise ValueError("a voice needs a name")
        if vector.numel() != self.style_size:
            raise ValueError(f"the style of voice '{name}' must have {self.style_size} values, got {vector.numel()}")
        if not torch.isfinite(vector).all():
            raise ValueError(f"the style of voice '{name}' holds NaN or infinity")
        self._vectors[name] = vector
        self._descriptions[name] = description

    def remove(self, name: str) -> None:
        """Removes a voice.

        Raises:
            KeyError: for a name that the model does not have.
        """
        if name not in self._vectors:
            raise self._unknown(name)
        del self._vectors[name], self._descriptions[name]

    def describe(self, name: str) -> str:
        """The description of a voice.

        Raises:
            KeyError: for a name that the model does not have.
        """
        if name not in self._descriptions:
            raise self._unknown(name)
        return self._descriptions[name]

    def __getitem__(self, name: str) -> torch.Tensor:
        if name not in self._vectors:
            raise self._unknown(name)
        return self._vectors[name]

    def _unknown(self, name: str) -> KeyError:
        known = ", ".join(self._vectors) or "none: it has no named voices"
        return KeyError(f"the model has no voice '{name}'; it has {known}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._vectors)

    def __len__(self) -> int:
        return len(self._vectors)

    def save(self, folder: str | os.PathLike) -> None:
        """Writes `voices.safetensors` into a model folder, atomically."""
        path = Path(folder) / VOICES_NAME
        metadata = {_METADATA_KEY: json.dumps({n: {"description": d} for n, d in self._descriptions.items()})}
        with atomic_file(path) as partial:
            save_file(self._vectors, partial, metadata=metadata)

    @classmethod
    def load(cls, path: str | os.PathLike, style_size: int) -> "TsukasaVoices":
        """Reads a voices file.

        Raises:
            ValueError: when it is damaged or its vectors do not fit the model.
        """
        voices = cls(style_size)
        try:
            with safe_open(path, framework="pt") as file:
                descriptions = json.loads((file.metadata() or {}).get(_METADATA_KEY, "{}"))
                for name in file.keys():  # noqa: SIM118 - not a mapping
                    voices.add(name, file.get_tensor(name), descriptions.get(name, {}).get("description", ""))
        except SafetensorError as error:
            raise ValueError(f"the voices file {path} is damaged ({error}): convert or download it again") from error
        return voices


def voice_names(path: str | os.PathLike) -> tuple[str, ...]:
    """The names in a voices file, in the order in which `TsukasaVoices.load` has them; no style is read.

    Raises:
        ValueError: when the file is damaged.
    """
    try:
        with safe_open(path, framework="np") as file:
            return tuple(file.keys())
    except SafetensorError as error:
        raise ValueError(f"the voices file {path} is damaged ({error}): convert or download it again") from error


__all__ = ["VOICES_NAME", "TsukasaVoices", "voice_names"]
