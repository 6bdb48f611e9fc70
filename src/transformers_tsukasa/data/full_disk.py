# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A full disk, in whatever words a library reports it, becomes a sentence that says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager


# safetensors and pyarrow quote the system; torch's archives only notice that a file does not grow.
_WORDS = ("no space left on device", "disk quota exceeded", "os error 28", "inline_container", "iostream error")


def is_full_disk(error: BaseException) -> bool:
    """Whether an error of writing says that there is no room."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(words in str(error).lower() for words in _WORDS)


@contextmanager
def full_disk_explained(sentence: str) -> Iterator[None]:
    """Replaces errors that say that the disk is full.

    Args:
        sentence: what stays and what to do.

    Raises:
        OSError: with `errno.ENOSPC`, "the disk is full: " and the sentence.
    """
    try:
        yield
    except Exception as error:
        if not is_full_disk(error):
            raise
        raise OSError(errno.ENOSPC, f"the disk is full: {sentence}") from error


__all__ = ["full_disk_explained", "is_full_disk"]
