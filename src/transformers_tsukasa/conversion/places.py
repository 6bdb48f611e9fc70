# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Places that a conversion reads and writes, checked before torch is imported."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..utils.atomic_files import atomic_folder, hidden_sibling
from ..utils.file_lock import one_at_a_time
from ..utils.full_disk import full_disk_explained
from .errors import ConversionError


TENSORS_ALONE = "none"
"""Given as the config of a checkpoint, to decide by its tensors."""


def check_given(config: str | os.PathLike | None, voices: str | os.PathLike | None) -> None:
    """Refuses a config, or clips and voice packs, that are not there.

    Raises:
        ConversionError: then.
    """
    if config is not None and config != TENSORS_ALONE and not Path(config).is_file():
        raise ConversionError(f"{config}: there is no such config file of the checkpoint")
    if voices is not None and not Path(voices).exists():
        raise ConversionError(f"{voices}: there is no such folder of clips or voice pack")


def check_output(output: Path, overwrite: bool) -> None:
    """Refuses a place that a model folder cannot be written to.

    Raises:
        ConversionError: for a file, and for a folder that is not empty, unless `overwrite`.
    """
    if output.exists() and not output.is_dir():
        raise ConversionError(f"{output} is a file: name a folder to write to")
    if output.is_dir() and any(output.iterdir()) and not overwrite:
        raise ConversionError(f"{output} is not empty: name another folder, or replace it with `overwrite=True`")


@contextmanager
def new_folder(output: Path, overwrite: bool) -> Iterator[Path]:
    """A folder to write into, which takes the place of `output` when everything is written."""
    check_output(output, overwrite)
    target = output.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    busy = f"another process is writing '{output}': wait until it ends, or name another folder"
    full = f"nothing was written to '{output}'; free some space and convert again"
    with full_disk_explained(full), one_at_a_time(hidden_sibling(target, ".lock"), busy):
        with atomic_folder(target) as folder:
            yield folder


__all__ = ["TENSORS_ALONE", "check_given", "check_output", "new_folder"]
