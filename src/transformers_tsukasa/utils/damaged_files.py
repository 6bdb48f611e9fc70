# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Damaged files: whatever a library raises for one becomes a sentence that names the file and says what to do."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


# The messages of these are clear, and the content of the file is not to blame.
_OTHER_TROUBLE = (FileNotFoundError, PermissionError, MemoryError, ImportError)


@contextmanager
def reading(
    path: str | os.PathLike, advice: str, *, errors: tuple[type[Exception], ...] = (Exception,)
) -> Iterator[None]:
    """Wrap the reading of one file or folder: whatever it raises becomes a ValueError that names the file.

    Args:
        path: of the file or folder.
        advice: what to do when it is damaged.
        errors: what a damaged file raises. Narrow it where the block does more than read, and can fail for reasons
            that are not the file's.

    Raises:
        ValueError: in place of `errors`; a missing file, missing permission and exhausted memory pass unchanged.
    """
    try:
        yield
    except _OTHER_TROUBLE:
        raise
    except errors as error:
        if _is_exhausted_memory(error):
            raise
        raise ValueError(f"'{path}' cannot be read: it is damaged or incomplete; {advice}") from error


def _is_exhausted_memory(error: Exception) -> bool:
    """Whether it is torch's error of a GPU, which is there once torch is imported."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(error, torch.OutOfMemoryError)


def read_json(path: str | os.PathLike, advice: str) -> Any:
    """Return the content of a JSON file; see `reading`."""
    with reading(path, advice):
        return json.loads(Path(path).read_text(encoding="utf-8"))


__all__ = ["read_json", "reading"]
