# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A place that one process works in at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def one_at_a_time(path: str | os.PathLike, sentence: str) -> Iterator[None]:
    """Holds a lock file as long as the context lasts.

    The system itself lets go of it when the process is killed: a file that is left over locks nobody out.

    Args:
        path: of the file, in a folder that is there.
        sentence: what is said when another process holds it.

    Raises:
        BlockingIOError: with the sentence, at once.
    """
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise BlockingIOError(sentence) from error
    try:
        yield
    finally:
        # Before it is let go: afterwards it may be another's. Where open files cannot be removed, it stays.
        with suppress(PermissionError):
            Path(path).unlink(missing_ok=True)
        lock.release()


__all__ = ["one_at_a_time"]
