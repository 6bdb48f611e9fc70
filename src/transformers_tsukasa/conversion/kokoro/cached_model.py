# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The model folder that is made of Kokoro's installed packages: once, in this user's cache."""

import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from ...version import __version__
from .installed_packages import KOKORO_MODEL, KokoroPackages, installed_kokoro


logger = logging.getLogger(__name__)

_FORM = 1  # raised whenever folders are written differently by the same version


def kokoro_model(progress: Callable[[str], object] | None = None) -> str:
    """The folder of Kokoro v1.0 with its Japanese voices, made of the packages of the extra `kokoro`.

    The first call converts them, in about half a minute; the folder takes 330 MB of the cache, which is
    `transformers-tsukasa` in XDG_CACHE_HOME (`~/.cache` by default). Processes that ask at the same time wait for the
    one that converts. Another version of the packages, or of this one, replaces the folder.

    Args:
        progress: receives a few words before each step that takes time; without it, one line is logged.

    Raises:
        ImportError: when a package is not installed.
        ConversionError: when the packages are damaged.
        OSError: when the cache cannot be written, or the disk is full.
    """
    packages = installed_kokoro()
    place = _cache() / KOKORO_MODEL
    folder = place / _identity(packages)
    if not _is_made(folder):
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_suffix(".lock")):
            if not _is_made(folder):
                _make(packages, folder, progress)
    return str(folder)


def _make(packages: KokoroPackages, folder: Path, progress: Callable[[str], object] | None) -> None:
    # torch and transformers, which a program that finds the folder made may not need.
    from ..convert import convert

    if progress is None:
        logger.warning("making the model '%s' of the installed packages, which happens once: '%s'", KOKORO_MODEL, folder)
    convert(packages, folder, overwrite=True, progress=progress or (lambda step: None))
    for other in folder.parent.iterdir():
        if other != folder and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)


def _is_made(folder: Path) -> bool:
    return (folder / "config.json").is_file()  # a folder appears when it is complete


def _identity(packages: KokoroPackages) -> str:
    return hashlib.sha256(f"{packages.identity()} {__version__} {_FORM}".encode()).hexdigest()[:16]


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "transformers-tsukasa"


__all__ = ["kokoro_model"]
