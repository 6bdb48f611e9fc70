# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files and folders that appear under their names when they are whole, and not before."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


PARTIAL_PATTERN = ".*.part"
"""What a process that was killed may have left behind."""


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[Path]:
    """A path to write to, beside `path`, whose file takes that name when the block ends without an error."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes a text file, whole or not at all."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def put_in_place(new: Path, folder: Path) -> None:
    """Gives a folder its name. What had it before goes only then, and stays when that fails."""
    if not folder.exists():
        os.replace(new, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    os.replace(folder, old / "replaced")
    try:
        os.replace(new, folder)
    except OSError:
        os.replace(old / "replaced", folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


__all__ = ["PARTIAL_PATTERN", "put_in_place", "whole_file", "write_text"]
