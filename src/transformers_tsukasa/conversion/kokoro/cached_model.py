# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The model folder that is made of Kokoro's installed packages: once, in this user's cache."""

import hashlib
import logging
import os
import shutil
from pathlib import Path

from filelock import FileLock

from ...version import __version__
from .installed_packages import KOKORO_MODEL, KokoroPackages, installed_kokoro


logger = logging.getLogger(__name__)

_FORM = 1  # raised whenever folders are written differently by the same version


def kokoro_model() -> str:
    """The folder of Kokoro v1.0 with its Japanese voices, for `from_pretrained` and `pipeline`.

    The first call makes it of the packages of the extra `kokoro`, in about ten seconds, and logs each step. It takes
    330 MB of the cache, which is `transformers-tsukasa` in XDG_CACHE_HOME (`~/.cache` by default). Processes that ask
    at the same time wait for the one that makes it. With other versions of the packages, or of this one, it is made
    again.

    Raises:
        ImportError: when a package is not installed.
        ConversionError: when the packages are damaged.
        OSError: when the cache cannot be written, or the disk is full.
    """
    packages = installed_kokoro()
    folder = _place() / _identity(packages)
    if not _is_made(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent.with_suffix(".lock")):
            if not _is_made(folder):
                _make(packages, folder)
    return str(folder)


def is_cached(folder: str | os.PathLike) -> bool:
    """Whether a folder is, or was, the one that `kokoro_model` makes."""
    return Path(folder).absolute().is_relative_to(_place().absolute())


def _make(packages: KokoroPackages, folder: Path) -> None:
    # torch and transformers, which a program that finds the folder made may not need.
    from ..convert import convert

    logger.warning("making the model '%s' of the installed packages, once, in '%s'", KOKORO_MODEL, folder)
    convert(packages, folder, overwrite=True, progress=lambda step: logger.warning("%s ...", step))
    for other in folder.parent.iterdir():  # those of other versions
        if other != folder and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)


def _is_made(folder: Path) -> bool:
    return (folder / "config.json").is_file()  # a folder appears when it is complete


def _identity(packages: KokoroPackages) -> str:
    return hashlib.sha256(f"{packages.identity()} {__version__} {_FORM}".encode()).hexdigest()[:16]


def _place() -> Path:
    """The folder of the cache that holds the model."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "transformers-tsukasa" / KOKORO_MODEL


__all__ = ["is_cached", "kokoro_model"]
