# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A damaged file, whatever its library raises, becomes a sentence that names it and says what to do."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch


# These say by themselves what is wrong, and it is not what stands in the file.
_OTHER_TROUBLE = (FileNotFoundError, PermissionError, MemoryError, ImportError, torch.OutOfMemoryError)


@contextmanager
def reading(path: str | os.PathLike, advice: str) -> Iterator[None]:
    """Goes around what reads a file (or a folder), and nothing else.

    Args:
        path: of the file.
        advice: what to do when it is damaged.

    Raises:
        ValueError: instead of anything that a damaged file raises.
    """
    try:
        yield
    except _OTHER_TROUBLE:
        raise
    except Exception as error:
        raise ValueError(f"'{path}' cannot be read: it is damaged, or was not written to its end; {advice}") from error


def read_json(path: str | os.PathLike, advice: str) -> Any:
    """What stands in a JSON file; see `reading`."""
    with reading(path, advice):
        return json.loads(Path(path).read_text(encoding="utf-8"))


__all__ = ["read_json", "reading"]
