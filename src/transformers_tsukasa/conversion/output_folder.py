# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A folder that appears whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..utils.atomic_files import put_in_place
from .errors import ConversionError


@contextmanager
def appearing_folder(output: Path, overwrite: bool = False) -> Iterator[Path]:
    """A new folder beside `output`, which takes its place when the block ends well and vanishes when it does not.

    Args:
        output (`Path`): the folder to make.
        overwrite (`bool`, *optional*, defaults to `False`): whether an `output` with files in it is replaced.

    Raises:
        ConversionError: when `output` is a file, or a folder with files in it and `overwrite` is not given.
    """
    if output.exists() and not output.is_dir():
        raise ConversionError(f"{output} is a file: name a folder to write to")
    if output.is_dir() and any(output.iterdir()) and not overwrite:
        raise ConversionError(f"{output} is not empty: name another folder, or replace it with --overwrite")
    output = output.absolute()
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        temporary.chmod(0o755)
        yield temporary
        put_in_place(temporary, output)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
