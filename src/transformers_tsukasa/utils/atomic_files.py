# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files and folders that appear under their names when they are complete, and not before.

Everything is written beside its target, on the same file system, flushed to the disk and then renamed. Readers see the
old content or the new, never a part of it, and a process that is killed leaves the old content where it was.
"""

import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


PARTIAL_PATTERN = ".*.part"
"""Matches the unfinished files that a killed process may have left."""


@contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[Path]:
    """Give a path to write to, and rename its file to `path` when the block ends without an error.

    The file gets the permissions that the umask allows, also where a library wrote it for its owner alone.

    Args:
        path: the file to make or replace; its folder must exist.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        mode = _new_file_mode(partial)
        yield partial
        _settle(partial, mode)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a UTF-8 text file, completely or not at all."""
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def atomic_folder(
    folder: str | os.PathLike,
    *,
    staging: str | os.PathLike | None = None,
    is_main: bool = True,
    wait: Callable[[], None] = lambda: None,
) -> Iterator[Path]:
    """Give a new folder to write into, which takes the place of `folder` when the block ends without an error.

    Several processes may fill one folder together: each enters the block, with the same arguments but for `is_main`.
    Nothing here keeps unrelated processes from writing the same folder: hold a lock (`file_lock`) where they might.

    Args:
        folder: the folder to make or replace; what is there now stays until then.
        staging: where the new folder grows, on the same file system; by default a hidden folder beside `folder`. It is
            removed at the end, and at the start, with all that a killed process left in it.
        is_main: whether this process prepares, moves and removes; true for one process of several.
        wait: returns when all processes have called it.
    """
    folder = Path(folder).absolute()
    staging = folder.with_name(f".{folder.name}.unfinished") if staging is None else Path(staging).absolute()
    staged = staging / folder.name
    if is_main:
        shutil.rmtree(staging, ignore_errors=True)
    wait()
    try:
        staged.mkdir(parents=True, exist_ok=True)
        yield staged
        wait()
        if is_main:
            _settle_folder(staged)
            put_in_place(staged, folder)
    finally:
        if is_main:
            shutil.rmtree(staging, ignore_errors=True)
    wait()


def put_in_place(new: Path, folder: Path) -> None:
    """Rename the folder `new` to `folder`. A folder of that name is removed afterwards, and restored on failure.

    For a moment the old folder has a hidden name. One that a process left there, killed in this moment, is restored or
    removed like any other.
    """
    replaced = folder.with_name(f".{folder.name}.replaced")
    if folder.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        os.replace(folder, replaced)
    try:
        os.replace(new, folder)
    except OSError:
        if replaced.exists():
            os.replace(replaced, folder)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


def _new_file_mode(path: Path) -> int:
    """Return the permissions of a new file: create one at `path` and remove it.

    `os.umask` tells them only by changing them for a moment, for all threads.
    """
    path.touch()
    try:
        return stat.S_IMODE(path.stat().st_mode)
    finally:
        path.unlink()


def _settle_folder(folder: Path) -> None:
    """Settle every file in a folder and its sub-folders."""
    mode = _new_file_mode(folder / ".permissions.part")
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            _settle(path, mode)


def _settle(path: Path, mode: int) -> None:
    """Give a written file its permissions, and wait until it is on the disk, which a rename may reach sooner."""
    own = stat.S_IMODE(path.stat().st_mode)
    if own | mode != own:
        path.chmod(own | mode)
    with path.open("r+b") as file:
        os.fsync(file.fileno())


__all__ = ["PARTIAL_PATTERN", "atomic_file", "atomic_folder", "put_in_place", "write_text"]
