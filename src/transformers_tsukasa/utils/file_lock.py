# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Folders that one process works in at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def one_at_a_time(path: str | os.PathLike, message: str) -> Iterator[None]:
    """Hold a lock file as long as the context lasts.

    The operating system releases the lock when the process is killed: a file that is left over locks nobody out.

    Args:
        path: of the lock file, in a folder that exists.
        message: of the error when another process holds the lock.

    Raises:
        BlockingIOError: at once, when another process holds the lock.
    """
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise BlockingIOError(message) from error
    try:
        yield
    finally:
        # Removed before the release: afterwards it may belong to another process. Where open files cannot be removed,
        # it stays.
        with suppress(PermissionError):
            Path(path).unlink(missing_ok=True)
        lock.release()


@contextmanager
def taking_turns(path: str | os.PathLike) -> Iterator[None]:
    """Hold a lock file as long as the context lasts, after those that hold it now; the file stays.

    Args:
        path: of the lock file, in a folder that exists.
    """
    with FileLock(path):
        yield


__all__ = ["one_at_a_time", "taking_turns"]
