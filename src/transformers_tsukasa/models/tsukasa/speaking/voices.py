# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Named voices: style vectors with a name and a description, in a file beside the model's weights."""

import json
import os
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ....utils.atomic_files import atomic_file
from .voice_names import VOICES_NAME, check_voice_name, no_such_voice, reading_voices, voice_names


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
            ValueError: when the name cannot be one (see `check_voice_name`), the description cannot be written, or the
                vector has another shape or values that are not finite.
        """
        name = check_voice_name(name)
        if not _is_unicode(description):
            raise ValueError(f"the description of voice '{name}' holds half a character: write it again")
        self._put(name, style_vector, description)

    def _put(self, name: str, style_vector: torch.Tensor, description: str) -> None:
        vector = torch.as_tensor(style_vector).detach().float().cpu().flatten().clone()
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
        known = self._known(name)
        del self._vectors[known], self._descriptions[known]

    def describe(self, name: str) -> str:
        """The description of a voice.

        Raises:
            KeyError: for a name that the model does not have.
        """
        return self._descriptions[self._known(name)]

    def __getitem__(self, name: str) -> torch.Tensor:
        return self._vectors[self._known(name)]

    def _known(self, name: str) -> str:
        """The name as it is kept here; names that look alike are one, however they are encoded."""
        known = unicodedata.normalize("NFC", name) if isinstance(name, str) else name
        if known not in self._vectors:
            raise KeyError(no_such_voice(name, self._vectors))
        return known

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

    def save_or_remove(self, folder: str | os.PathLike) -> None:
        """Writes the voices file of a model folder, or removes it when there are no voices."""
        if self:
            self.save(folder)
        else:
            (Path(folder) / VOICES_NAME).unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike, style_size: int) -> "TsukasaVoices":
        """Reads a voices file.

        Raises:
            ValueError: when it is damaged or its vectors do not fit the model.
        """
        voices = cls(style_size)
        with reading_voices(path), safe_open(path, framework="pt") as file:
            styles = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            described = json.loads((file.metadata() or {}).get(_METADATA_KEY, "{}"))
            descriptions = {name: str(described.get(name, {}).get("description", "")) for name in styles}
        for name, style in styles.items():
            # Names of older folders are taken as they are.
            voices._put(unicodedata.normalize("NFC", name), style, descriptions[name])
        return voices


def _is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8; halves of surrogate pairs cannot."""
    return not any(unicodedata.category(character) == "Cs" for character in text)


__all__ = ["VOICES_NAME", "TsukasaVoices", "check_voice_name", "voice_names"]
