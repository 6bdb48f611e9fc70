# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Voice packs of Kokoro and its ports: files of one voice or many, each a table with a style for every length of text.

Five forms are read, told apart by their content: a tensor or a dictionary of tensors of torch (`af_heart.pt`), an
archive of numpy (`voices-v1.0.bin`, `voices.npz`), JSON (`voices.json`), rows of little-endian float32 without any
header (`af_heart.bin`), and the voices of another model folder (`voices.safetensors`). A file without names holds the
voice of its own name.
"""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from ....utils.damaged_files import reading
from ....utils.file_names import composed
from .voices import rows_of_styles


_ENDINGS = (".pt", ".npz", ".bin", ".json", ".safetensors")  # of packs in a folder
_DOWNLOAD_AGAIN = "download the voice pack again"
_ZIP, _OLD_TORCH = b"PK\x03\x04", b"\x80\x02\x8a\n"  # rows of styles begin with any bytes, but not with these four
_LARGEST = 100.0  # styles are around 0.2: larger numbers are the bytes of something else


def read_voice_pack(path: str | os.PathLike, style_size: int = 256) -> dict[str, torch.Tensor]:
    """Read the voices of a pack, or of a folder of packs.

    Args:
        path: of the file; its name and ending do not matter, but for the name of a single voice.
        style_size: values of a style.

    Returns:
        Tables (rows, style_size) float32 by name, for `TsukasaVoices.add`.

    Raises:
        FileNotFoundError: when there is no such file, or the folder has no packs.
        ValueError: when it is no voice pack, or damaged, or of another style size; the message names it.
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path, style_size)
    voices = {name: _table(path, name, value, style_size) for name, value in _read_file(path, style_size).items()}
    if not voices:
        raise ValueError(f"'{path}' is a voice pack without voices: {_DOWNLOAD_AGAIN}")
    return voices


def choose_voices(
    voices: Mapping[str, torch.Tensor], names: Sequence[str], path: str | os.PathLike
) -> dict[str, torch.Tensor]:
    """The voices of these names, or all of them when there are no names; a single voice takes any single name.

    Args:
        voices: of the pack, by name.
        names: of the wanted ones.
        path: of the pack, for errors.

    Raises:
        KeyError: for a voice that the pack lacks.
    """
    if len(voices) == 1 and len(names) == 1:
        return {names[0]: next(iter(voices.values()))}
    by_name = {composed(name): name for name in voices}
    for name in names:
        if composed(name) not in by_name:
            raise KeyError(f"the voice pack '{path}' has no voice '{name}'; it has {', '.join(voices)}")
    return {name: voices[by_name[composed(name)]] for name in names or voices}


def _read_folder(folder: Path, style_size: int) -> dict[str, torch.Tensor]:
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in _ENDINGS]
    if not paths:
        raise FileNotFoundError(f"the folder '{folder}' has no voice packs ({', '.join(_ENDINGS)})")
    voices: dict[str, torch.Tensor] = {}
    for path in paths:
        for name, table in read_voice_pack(path, style_size).items():
            if name in voices:
                raise ValueError(f"the folder '{folder}' has two voices '{name}', the second in '{path.name}'")
            voices[name] = table
    return voices


def _read_file(path: Path, style_size: int) -> dict[str, Any]:
    """The voices of a file by name, whatever they are."""
    with path.open("rb") as file:
        head = file.read(64)
    members = _members(path) if head.startswith(_ZIP) else []
    if members and not any(member.endswith((".npy", "data.pkl")) for member in members):
        raise ValueError(f"'{path}' is no voice pack: it is an archive of other files")
    with reading(path, _DOWNLOAD_AGAIN):
        if _is_safetensors(head):
            return load_file(path)
        if any(member.endswith(".npy") for member in members):
            with np.load(path, allow_pickle=False) as archive:
                return {name: torch.from_numpy(archive[name]) for name in archive.files}
        if members or head.startswith(_OLD_TORCH):
            return _named(path, torch.load(path, map_location="cpu", weights_only=True))
        if head.isascii() and head.lstrip().startswith((b"{", b"[")):
            return _named(path, json.loads(path.read_text(encoding="utf-8")))
    return {path.stem: _raw_rows(path, style_size)}


def _is_safetensors(head: bytes) -> bool:
    """Whether a file begins with the length of its header, 8 bytes of which the last are zero, and a brace."""
    return len(head) > 8 and head[5:8] == b"\0\0\0" and head[8:9] == b"{"


def _members(path: Path) -> list[str]:
    with reading(path, _DOWNLOAD_AGAIN), zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _named(path: Path, content: Any) -> dict[str, Any]:
    return dict(content) if isinstance(content, Mapping) else {path.stem: content}


def _raw_rows(path: Path, style_size: int) -> torch.Tensor:
    size = path.stat().st_size
    if size == 0 or size % (4 * style_size):
        raise ValueError(
            f"'{path}' is no voice pack, or one that is cut off: its {size:,} bytes are no rows of {style_size} "
            f"float32 numbers; {_DOWNLOAD_AGAIN}"
        )
    rows = torch.from_numpy(np.fromfile(path, dtype="<f4").astype(np.float32)).reshape(-1, style_size)
    if not rows.abs().max() <= _LARGEST:
        raise ValueError(f"'{path}' is no voice pack: read as float32, its bytes are no styles")
    return rows


def _table(path: Path, name: Any, value: Any, style_size: int) -> torch.Tensor:
    """A voice as a table (rows, style_size), from (rows, 1, style_size), (rows, style_size) or (style_size,)."""
    if not isinstance(value, torch.Tensor):
        try:
            value = torch.tensor(value)
        except (ValueError, TypeError, RuntimeError) as error:
            raise ValueError(f"'{path}' is no voice pack: its '{name}' is no table of numbers") from error
    if not value.is_floating_point() or value.numel() == 0:
        raise ValueError(f"'{path}' is no voice pack: its '{name}' is no table of numbers")
    rows = rows_of_styles(value.float(), style_size)
    if rows is None:
        raise ValueError(
            f"the voice '{name}' of '{path}' does not fit the model: it is {tuple(value.shape)}, and a table of this "
            f"model is (rows, 1, {style_size})"
        )
    if not torch.isfinite(rows).all():
        raise ValueError(f"the voice '{name}' of '{path}' holds NaN or infinity: {_DOWNLOAD_AGAIN}")
    return rows


__all__ = ["choose_voices", "read_voice_pack"]
