# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The files of a source, which is a folder, a single file or a hub repository, and the main checkpoint among them."""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol, TypeVar

from ..utils.hub_access import first_line, hub_errors
from .errors import ConversionError, shorten


Answer = TypeVar("Answer")

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
# Places of a main checkpoint, the most specific first.
_CHECKPOINTS = ("Models/*/*.pth", "Models/*.pth", "*.pth", "*.onnx", "*.pt", "pytorch_model.bin")
# What is read beside a checkpoint that stands alone: configs, symbol tables and voice packs.
_BESIDE = ("*.y*ml", "*.json", "voices*.npz", "voices*.bin", "voices/*", "README.md", "*.k2symbols")


class SourceFiles(Protocol):
    """Files by their names, relative to the source, with forward slashes."""

    names: list[str]

    def fetch(self, name: str) -> Path:
        """The path of one of `names` on this machine, downloaded if necessary."""
        ...


class LocalFiles:
    """The files under a folder.

    Args:
        root: the folder.
        names: those of its files that belong to the source; all by default.
    """

    def __init__(self, root: Path, names: Sequence[str] | None = None) -> None:
        self.root = root
        if names is None:
            names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
        self.names = sorted(names)

    def fetch(self, name: str) -> Path:
        """The path of one of `names`."""
        return self.root / name

    def __str__(self) -> str:
        return str(self.root)


class HubFiles:
    """The files of a hub repository, all of one revision; only those that are fetched are downloaded.

    Args:
        repository: `owner/name`.

    Raises:
        ConversionError: when the hub cannot be reached or has no such repository.
    """

    def __init__(self, repository: str) -> None:
        from huggingface_hub import HfApi

        self.repository = repository
        information = self._ask(lambda: HfApi().model_info(repository))
        self.revision = information.sha
        self.names = sorted(file.rfilename for file in information.siblings or ())

    def fetch(self, name: str) -> Path:
        """Download one of `names`, unless the hub's cache has it, and return its path."""
        from huggingface_hub import hf_hub_download

        return Path(self._ask(lambda: hf_hub_download(self.repository, name, revision=self.revision)))

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except hub_errors() as error:
            raise ConversionError(
                f"there is no folder '{self.repository}' here, and the hub repository of that name cannot be read "
                f"({first_line(error)}): give a folder or a .pth file, check the name, or go online (HF_HUB_OFFLINE)"
            ) from error

    def __str__(self) -> str:
        return self.repository


def check_source(source: str | Path) -> None:
    """Refuse what is no file, no folder and no hub id.

    Raises:
        ConversionError: then.
    """
    if not Path(source).expanduser().exists() and _HUB_ID.fullmatch(str(source)) is None:
        raise ConversionError(f"{source}: there is no such file or folder, and it is not a hub id (owner/name)")


def open_files(source: str | Path) -> tuple[SourceFiles, str | None]:
    """Open a source.

    A .pth file under `Models` of a folder laid out like the published repository (`Utils` beside `Models`) is taken
    with that folder; any other file stands alone, with the configs, symbol tables and voice packs beside it.

    Args:
        source: a file, a folder or a hub id.

    Returns:
        The files, and the name of the checkpoint among them if the source is a file.

    Raises:
        ConversionError: when the source is none of these.
    """
    check_source(source)
    path = Path(source).expanduser()
    if path.is_dir():
        return LocalFiles(path), None
    if path.is_file():
        path = path.absolute()
        for root in path.parents[1:4]:
            if (root / "Utils").is_dir() and path.is_relative_to(root / "Models"):
                return LocalFiles(root), path.relative_to(root).as_posix()
        beside = [file for pattern in _BESIDE for file in path.parent.glob(pattern) if file.is_file()]
        names = [file.relative_to(path.parent).as_posix() for file in beside if file != path]
        return LocalFiles(path.parent, [path.name, *names]), path.name
    return HubFiles(str(source)), None


def matching(names: Sequence[str], pattern: str) -> list[str]:
    """The names that match, where `*` does not reach into sub-folders."""
    depth = pattern.count("/")
    return [name for name in names if name.count("/") == depth and fnmatch(name, pattern)]


def choose_checkpoint(names: Sequence[str], wanted: str | None = None) -> str:
    """The main checkpoint of a source.

    Args:
        names: all files of the source.
        wanted: the checkpoint's name, the end of its name, or a pattern.

    Raises:
        ConversionError: when there is no checkpoint, or several and none is named.
    """
    candidates = next((found for pattern in _CHECKPOINTS if (found := matching(names, pattern))), [])
    if wanted is not None:
        known = [name for name in names if name == wanted or name.endswith("/" + wanted) or fnmatch(name, wanted)]
        if len(known) == 1:
            return known[0]
        raise ConversionError(
            f"the checkpoint '{wanted}' names {len(known)} files of the source; there are: "
            f"{shorten(candidates) or 'none'}"
        )
    if not candidates:
        raise ConversionError(
            "the source has no checkpoint: expected Models/NAME/*.pth as in the published repository, or a .pth or "
            ".onnx file"
        )
    if len(candidates) > 1:
        raise ConversionError(
            f"the source has {len(candidates)} checkpoints: {shorten(candidates)}; name one in `checkpoint`"
        )
    return candidates[0]
