# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Full disks: in whatever words a library reports one, the error becomes a sentence that says what to do."""

import errno
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager


logger = logging.getLogger(__name__)

# safetensors and pyarrow quote the operating system; torch's archives only notice that a file does not grow.
_FULL_WORDS = ("no space left on device", "disk quota exceeded", "os error 28", "inline_container", "iostream error")
_LIMIT_WORDS = ("file too large", "os error 27")

_FULL = "the disk is full: "
_LIMIT = "a file may not grow any further (see `ulimit -f`): "


def is_full_disk(error: BaseException) -> bool:
    """Whether an error of writing means that no space is left."""
    return _cause(error) is not None


def _cause(error: BaseException) -> tuple[int, str] | None:
    """Return the system's error number and the beginning of our sentence; None for any other error."""
    number, words = getattr(error, "errno", None), str(error).lower()
    if number in (errno.ENOSPC, errno.EDQUOT) or any(full in words for full in _FULL_WORDS):
        return errno.ENOSPC, _FULL
    if number == errno.EFBIG or any(limit in words for limit in _LIMIT_WORDS):
        return errno.EFBIG, _LIMIT
    return None


@contextmanager
def full_disk_explained(advice: str) -> Iterator[None]:
    """Replace errors that mean that no space is left. One that was explained further inside passes unchanged.

    Args:
        advice: what is kept and what to do.

    Raises:
        OSError: with `errno.ENOSPC` or `EFBIG`: "the disk is full: " or the like, and the advice.
    """
    try:
        yield
    except Exception as error:
        cause = _cause(error)
        if cause is None or str(getattr(error, "strerror", "")).startswith((_FULL, _LIMIT)):
            raise
        raise OSError(cause[0], cause[1] + advice) from error


@contextmanager
def full_disk_in_threads_explained() -> Iterator[None]:
    """Log one line, without a traceback, when a library's thread (TensorBoard's writer) finds the disk full."""
    usual = threading.excepthook

    def report(failure: threading.ExceptHookArgs) -> None:
        if failure.exc_value is None or not is_full_disk(failure.exc_value):
            usual(failure)
            return
        logger.error("the log for TensorBoard is not written any more: %s", failure.exc_value)

    threading.excepthook = report
    try:
        yield
    finally:
        threading.excepthook = usual


__all__ = ["full_disk_explained", "full_disk_in_threads_explained", "is_full_disk"]
