# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What is evaluated and what measures it, by their places alone, before what loads them is imported."""

import os
from pathlib import Path

from ..model_names import model_path


def find_evaluated(model: str | os.PathLike) -> str:
    """Return the absolute path of a model folder or folder with speech, by its name.

    A path must mean the same in workers, and when the evaluation is resumed from another folder.

    Raises:
        FileNotFoundError: when there is none.
    """
    path = model_path(model)
    if not os.path.isdir(path):
        raise FileNotFoundError(f"there is no model folder, and no folder with speech, at '{model}'")
    return str(Path(path).absolute())


def check_networks(**folders: str | os.PathLike | None) -> dict[str, str | None]:
    """Return the absolute paths of networks by the name of their argument; None for one that is not wanted.

    Raises:
        FileNotFoundError: for a folder that is not there, which would fail only after the sentences are spoken.
    """
    for name, folder in folders.items():
        if folder is not None and not os.path.isdir(folder):
            raise FileNotFoundError(f"there is no folder '{folder}' (`{name}`)")
    return {name: None if folder is None else str(Path(folder).absolute()) for name, folder in folders.items()}


__all__ = ["check_networks", "find_evaluated"]
