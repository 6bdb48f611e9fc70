# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files and folders that appear under their names when they are complete, and not before.

Everything is written beside its target, on the same file system, flushed to the disk and then renamed. Readers see the
old content or the new, never a part of it, and a process that is killed leaves the old content where it was. A link is
followed: it stays, and what it leads to is replaced. Devices and pipes, which must not be replaced, get the complete
content written into them.
"""

import hashlib
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


PARTIAL_PATTERN = ".*.part"
"""Matches the unfinished files that a killed process may have left."""

_LONGEST_NAME = 255  # bytes, of the file systems of Linux, macOS and Windows
_SHOWN_CHARACTERS = 20  # of a shortened name


@contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[Path]:
    """Give a path to write to, and rename its file to `path` when the block ends without an error.

    The file gets the permissions that the umask allows, also where a library wrote it for its owner alone.

    Args:
        path: the file to make or replace; its folder must exist.

    Raises:
        OSError: when it cannot be written there.
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        with _copied_into(path) as partial:
            yield partial
        return
    path = _target(path)
    partial = hidden_sibling(path, f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        mode = _new_file_mode(partial, path)
        yield partial
        _settle(partial, mode)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def hidden_sibling(path: Path, ending: str) -> Path:
    """Return a hidden name beside `path`: its name between a dot and `ending`, shortened where it would be too long.

    File systems take names of up to 255 bytes; a shortened name has a digest, so that long names stay different.
    """
    if len(os.fsencode(f".{path.name}{ending}")) <= _LONGEST_NAME:
        return path.with_name(f".{path.name}{ending}")
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    return path.with_name(f".{path.name[:_SHOWN_CHARACTERS]}.{digest}{ending}")


def check_place(path: Path) -> None:
    """Refuse a place where no file can be written: a folder, or in a folder that does not exist."""
    if path.is_dir():
        raise IsADirectoryError(f"cannot write '{path}': it is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot write '{path}': the folder '{path.parent}' does not exist")


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a UTF-8 text file, completely or not at all."""
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def settle_files(folder: str | os.PathLike, pattern: str) -> None:
    """Settle the files of a folder that a library has just written by names of its own, and not atomically.

    They get the permissions that the umask allows, where they were written for their owner alone.

    Args:
        folder: its sub-folders are left alone.
        pattern: of the files' names.
    """
    _settle_all(Path(folder), Path(folder).glob(pattern))


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
    folder = _target(Path(folder))
    staging = hidden_sibling(folder, ".unfinished") if staging is None else Path(staging).absolute()
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
    replaced = hidden_sibling(folder, ".replaced")
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


def _target(path: Path) -> Path:
    """Return the absolute path that is replaced: where a link leads, also one that leads to nothing yet."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path.absolute()


@contextmanager
def _copied_into(device: Path) -> Iterator[Path]:
    """Give a temporary file to write, and copy it into a device or pipe when the block ends without an error."""
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder) / device.name
        yield partial
        with partial.open("rb") as complete, device.open("wb") as target:
            shutil.copyfileobj(complete, target)


def _new_file_mode(path: Path, target: Path) -> int:
    """Return the permissions of a new file: create one at `path` and remove it.

    `os.umask` tells them only by changing them for a moment, for all threads. An error names `target`, the file that
    is wanted.
    """
    try:
        path.touch()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    try:
        return stat.S_IMODE(path.stat().st_mode)
    finally:
        path.unlink()


def _settle_folder(folder: Path) -> None:
    """Settle every file in a folder and its sub-folders."""
    _settle_all(folder, (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()))


def _settle_all(folder: Path, paths: Iterable[Path]) -> None:
    """Settle files of a folder, with the permissions of a new file there."""
    mode = _new_file_mode(folder / ".permissions.part", folder)
    for path in paths:
        _settle(path, mode)


def _settle(path: Path, mode: int) -> None:
    """Give a written file its permissions, and wait until it is on the disk, which a rename may reach sooner."""
    own = stat.S_IMODE(path.stat().st_mode)
    if own | mode != own:
        path.chmod(own | mode)
    with path.open("r+b") as file:
        os.fsync(file.fileno())


__all__ = [
    "PARTIAL_PATTERN",
    "atomic_file",
    "atomic_folder",
    "check_place",
    "hidden_sibling",
    "put_in_place",
    "settle_files",
    "write_text",
]
