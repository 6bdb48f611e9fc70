# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Named voices: styles with a name and a description, in a file beside the model's weights.

A voice is one style vector, or, as in Kokoro's voice packs, a table with a style for every length of text. Styles are
kept as arrays, so that voices are listed and changed without torch, which is imported for a style that speaks.
"""

import json
import os
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from ....utils.atomic_files import atomic_file
from ....utils.file_names import composed
from .voice_names import VOICES_NAME, NoSuchVoiceError, check_voice_name, reading_voices, voice_names


if TYPE_CHECKING:
    import torch

_Styles = TypeVar("_Styles", "torch.Tensor", np.ndarray)

_METADATA_KEY = "voices"

RowsCount = Literal["phonemes", "symbols"]
"""Which row of a table a text of n tokens (without pads) takes: n - 1 ("phonemes", Kokoro v1.0's) or n ("symbols",
v0.19's). Longer texts take the last row."""

_ROWS_OF_SYMBOLS = 511  # of Kokoro v0.19's tables: for 0 to 510 symbols


class TsukasaVoices(Mapping[str, "torch.Tensor"]):
    """Named voices, with a description each: `voices[name]` is a vector (style_size,) or a table (rows, style_size).

    Styles are float32, on the CPU, of `style_size` = 2 * style_dim values, acoustic then prosodic.
    """

    def __init__(self, style_size: int):
        self.style_size = style_size
        self._styles: dict[str, np.ndarray] = {}
        self._descriptions: dict[str, str] = {}
        self._rows_counts: dict[str, RowsCount] = {}  # of tables only

    def add(
        self,
        name: str,
        style_vector: "torch.Tensor | np.ndarray",
        description: str = "",
        rows_count: RowsCount | None = None,
    ) -> None:
        """Adds or replaces a voice.

        Args:
            name: of the voice.
            style_vector: (style_size,), or a table (rows, style_size), of which `read_voice_pack` reads files.
            description: for people.
            rows_count: of a table, which row a text takes, see `RowsCount`; without it "symbols" for tables of 511
                rows, as Kokoro v0.19 has, and "phonemes" for others.

        Raises:
            ValueError: when the name cannot be one (see `check_voice_name`), the description cannot be written, or the
                style has another shape or values that are not finite.
        """
        name = check_voice_name(name)
        if not _is_unicode(description):
            raise ValueError(f"the description of voice '{name}' holds half a character: write it again")
        self._put(name, style_vector, description, rows_count)

    def _put(self, name: str, style: Any, description: str, rows_count: RowsCount | None) -> None:
        given, size = _float32(style), self.style_size
        rows = rows_of_styles(given, size)
        if rows is None and given.ndim < 2:
            raise ValueError(f"the style of voice '{name}' must have {size} values, got {given.size}")
        if rows is None:
            raise ValueError(f"the table of voice '{name}' must be (rows, {size}), got {tuple(given.shape)}")
        style = rows[0] if rows.shape[0] == 1 else rows
        if not np.isfinite(style).all():
            raise ValueError(f"the style of voice '{name}' holds NaN or infinity")
        if rows_count is not None and rows_count not in get_args(RowsCount):
            known = " or ".join(f"'{kind}'" for kind in get_args(RowsCount))
            raise ValueError(f"rows_count of voice '{name}' must be {known}, got {rows_count!r}")
        self._styles[name] = np.array(style, order="C")
        self._descriptions[name] = description
        self._rows_counts.pop(name, None)
        if style.ndim == 2:
            self._rows_counts[name] = rows_count or ("symbols" if len(style) == _ROWS_OF_SYMBOLS else "phonemes")

    def remove(self, name: str) -> None:
        """Removes a voice.

        Raises:
            KeyError: for a name that the model does not have.
        """
        known = self._known(name)
        del self._styles[known], self._descriptions[known]
        self._rows_counts.pop(known, None)

    def describe(self, name: str) -> str:
        """The description of a voice.

        Raises:
            KeyError: for a name that the model does not have.
        """
        return self._descriptions[self._known(name)]

    def __getitem__(self, name: str) -> "torch.Tensor":
        import torch

        return torch.from_numpy(self.array(name))

    def array(self, name: str) -> np.ndarray:
        """The style of a voice as an array of the same shape and values, without torch.

        Raises:
            KeyError: for a name that the model does not have.
        """
        return self._styles[self._known(name)]

    def rows_count(self, name: str) -> RowsCount | None:
        """Which row of the voice's table a text takes; `None` when the voice is one vector.

        Raises:
            KeyError: for a name that the model does not have.
        """
        return self._rows_counts.get(self._known(name))

    def by_length(self, name: str) -> "torch.Tensor":
        """The styles of a voice by the length of the text, (rows, style_size).

        Row n is for n tokens without pads, the last row for every longer text; a voice of one vector has one row.

        Raises:
            KeyError: for a name that the model does not have.
        """
        import torch

        style, rows_count = self[name], self.rows_count(name)
        if rows_count is None:
            return style[None]
        return torch.cat([style[:1], style]) if rows_count == "phonemes" else style

    def style(self, name: str, tokens: int) -> "torch.Tensor":
        """The style (style_size,) of a voice for a text of so many tokens, not counting pads.

        Raises:
            KeyError: for a name that the model does not have.
        """
        return row_of_length(self.by_length(name), tokens)[0]

    def vector(self, name: str) -> "torch.Tensor":
        """The style (style_size,) of a voice where only one is accepted: the mean of a table's rows.

        Raises:
            KeyError: for a name that the model does not have.
        """
        return self[name].reshape(-1, self.style_size).mean(dim=0)

    def _known(self, name: str) -> str:
        """The name as it is kept here; names that look alike are one, however they are encoded."""
        known = composed(name) if isinstance(name, str) else name
        if known not in self._styles:
            raise NoSuchVoiceError(name, list(self._styles))
        return known

    def __contains__(self, name: object) -> bool:  # that of a mapping would get the style
        return isinstance(name, str) and composed(name) in self._styles

    def __iter__(self) -> Iterator[str]:
        return iter(self._styles)

    def __len__(self) -> int:
        return len(self._styles)

    def save(self, folder: str | os.PathLike) -> None:
        """Writes `voices.safetensors` into a model folder, atomically."""
        path = Path(folder) / VOICES_NAME
        about: dict[str, dict[str, str]] = {name: {"description": text} for name, text in self._descriptions.items()}
        for name, rows_count in self._rows_counts.items():
            about[name]["rows_count"] = rows_count
        with atomic_file(path) as partial:
            save_file(self._styles, partial, metadata={_METADATA_KEY: json.dumps(about)})

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
            ValueError: when it is damaged or its styles do not fit the model.
        """
        voices = cls(style_size)
        with reading_voices(path), safe_open(path, framework="np") as file:
            styles = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            described = json.loads((file.metadata() or {}).get(_METADATA_KEY, "{}"))
            about = {name: described.get(name, {}) for name in styles}
            descriptions = {name: str(about[name].get("description", "")) for name in styles}
        for name, style in styles.items():
            # Names of older folders are taken as they are.
            voices._put(composed(name), style, descriptions[name], about[name].get("rows_count"))
        return voices


def rows_of_styles(styles: _Styles, style_size: int) -> _Styles | None:
    """A vector (style_size,) or a table (rows, style_size) or (rows, 1, style_size) as (rows, style_size).

    `None` for another shape.
    """
    if styles.ndim == 0 or 0 in styles.shape:
        return None
    rows = styles.shape[0]
    fits = styles.shape in ((style_size,), (rows, style_size), (rows, 1, style_size))
    return styles.reshape(-1, style_size) if fits else None


def row_of_length(styles: _Styles, tokens: int) -> _Styles:
    """The style (1, style_size) for a text of so many tokens, of styles by length (rows, style_size)."""
    row = min(tokens, styles.shape[0] - 1)
    return styles[row : row + 1]


def _float32(style: Any) -> np.ndarray:
    """A tensor, array or list as float32; numpy has no type for bfloat16."""
    if hasattr(style, "detach"):
        style = style.detach().float().cpu().numpy()
    return np.asarray(style, dtype=np.float32)


def _is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8; halves of surrogate pairs cannot."""
    return not any(unicodedata.category(character) == "Cs" for character in text)


__all__ = [
    "VOICES_NAME",
    "RowsCount",
    "TsukasaVoices",
    "check_voice_name",
    "row_of_length",
    "rows_of_styles",
    "voice_names",
]
