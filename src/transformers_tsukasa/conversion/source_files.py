# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the original's files lie: a folder or a hub repository, seen as names that are fetched when needed."""

import re
from pathlib import Path

from .errors import ConversionError


_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


class LocalFiles:
    """The files under a folder.

    Args:
        root (`Path`): the folder.
    """

    def __init__(self, root: Path):
        self.root = root
        self.names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())

    def fetch(self, name: str) -> Path:
        """The path of one of `names`."""
        return self.root / name

    def __str__(self) -> str:
        return str(self.root)


class HubFiles:
    """The files of a hub repository; only those that are asked for are downloaded.

    Args:
        repository (`str`): `owner/name`.

    Raises:
        ConversionError: when the hub cannot be reached or has no such repository.
    """

    def __init__(self, repository: str):
        from huggingface_hub import HfApi

        self.repository = repository
        self.names = sorted(self._ask(lambda: HfApi().list_repo_files(repository)))

    def fetch(self, name: str) -> Path:
        """Downloads one of `names`, unless the hub's cache has it, and returns its path."""
        from huggingface_hub import hf_hub_download

        return Path(self._ask(lambda: hf_hub_download(self.repository, name)))

    def _ask(self, question):
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

        try:
            return question()
        except (OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ConversionError(
                f"there is no folder '{self.repository}' here, and the hub repository of that name cannot be read "
                f"({reason}): give a folder or a .pth file, check the name, or go online (HF_HUB_OFFLINE)"
            ) from error

    def __str__(self) -> str:
        return self.repository


def open_source(source: str | Path) -> tuple[LocalFiles | HubFiles, str | None]:
    """The files of SOURCE, and the name of the checkpoint among them if SOURCE is one.

    A .pth file under `Models` of a folder laid out like the published repository (`Utils` beside `Models`) is taken
    with that folder; any other .pth file stands alone, with the YAML files beside it.

    Raises:
        ConversionError: when SOURCE is neither a file, nor a folder, nor a hub id.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return LocalFiles(path), None
    if path.is_file():
        path = path.absolute()
        roots = [r for r in path.parents[1:4] if (r / "Utils").is_dir() and path.is_relative_to(r / "Models")]
        root = next(iter(roots), None)
        if root is None:
            return SingleFile(path), path.name
        return LocalFiles(root), path.relative_to(root).as_posix()
    if _HUB_ID.fullmatch(str(source)):
        return HubFiles(str(source)), None
    raise ConversionError(f"{source}: there is no such file or folder, and it is not a hub id (owner/name)")


class SingleFile(LocalFiles):
    """One checkpoint, and the YAML files beside it.

    Args:
        path (`Path`): the file.
    """

    def __init__(self, path: Path):
        self.root = path.parent
        self.names = [path.name, *sorted(file.name for file in path.parent.glob("*.y*ml"))]
