# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A disk without room, in whatever words a library reports it, becomes a sentence that says what to do."""

import errno
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager


logger = logging.getLogger(__name__)

# safetensors and pyarrow quote the system; torch's archives only notice that a file does not grow.
_FULL_WORDS = ("no space left on device", "disk quota exceeded", "os error 28", "inline_container", "iostream error")
_LIMIT_WORDS = ("file too large", "os error 27")

_FULL = "the disk is full: "
_LIMIT = "a file may not grow any further (see `ulimit -f`): "


def is_full_disk(error: BaseException) -> bool:
    """Whether an error of writing says that there is no room."""
    return _cause(error) is not None


def _cause(error: BaseException) -> tuple[int, str] | None:
    """The system's number and our words of what there is no room for."""
    number, says = getattr(error, "errno", None), str(error).lower()
    if number in (errno.ENOSPC, errno.EDQUOT) or any(words in says for words in _FULL_WORDS):
        return errno.ENOSPC, _FULL
    if number == errno.EFBIG or any(words in says for words in _LIMIT_WORDS):
        return errno.EFBIG, _LIMIT
    return None


@contextmanager
def full_disk_explained(sentence: str) -> Iterator[None]:
    """Replaces errors that say that there is no room. What was explained inside goes through as it is.

    Args:
        sentence: what stays and what to do.

    Raises:
        OSError: with `errno.ENOSPC` or `EFBIG`, "the disk is full: " or the like, and the sentence.
    """
    try:
        yield
    except Exception as error:
        cause = _cause(error)
        if cause is None or str(getattr(error, "strerror", "")).startswith((_FULL, _LIMIT)):
            raise
        raise OSError(cause[0], cause[1] + sentence) from error


@contextmanager
def full_disk_in_threads_explained() -> Iterator[None]:
    """Threads of libraries, which write for TensorBoard, say in a line that there is no room, without a traceback."""
    usual = threading.excepthook

    def say(failure: threading.ExceptHookArgs) -> None:
        if failure.exc_value is None or not is_full_disk(failure.exc_value):
            usual(failure)
            return
        logger.error("what is logged for TensorBoard is not written any more: %s", failure.exc_value)

    threading.excepthook = say
    try:
        yield
    finally:
        threading.excepthook = usual


__all__ = ["full_disk_explained", "full_disk_in_threads_explained", "is_full_disk"]
