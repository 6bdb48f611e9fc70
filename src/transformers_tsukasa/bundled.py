# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The model and the configs that the package includes."""

import logging
import os
from pathlib import Path


logger = logging.getLogger(__name__)

DEFAULT_MODEL = "default"
"""Stands for the model that comes with the package, wherever a model is named."""

_PACKAGE = Path(__file__).parent
_FOLDER = _PACKAGE / "default_model"
# A built package includes the folder; in the repository, from which an editable install runs, it lies at the top.
_ABOVE_CONFIGS = _PACKAGE if (_PACKAGE / "configs").is_dir() else _PACKAGE.parents[1]
CONFIGS = _ABOVE_CONFIGS / "configs"
"""The folder of the package's own presets and training configs."""


def default_model() -> str:
    """The folder of the small model that comes with the package, for `from_pretrained` and `pipeline`.

    Raises:
        FileNotFoundError: when this copy of the package was built without it.
    """
    if not (_FOLDER / "model.safetensors").is_file():
        raise FileNotFoundError(
            f"this copy of transformers-tsukasa comes without a model ('{_FOLDER}' is missing): name a model "
            "folder, which `tsukasa convert` makes from a published checkpoint"
        )
    return str(_FOLDER)


def default_voice() -> str:
    """The former name of `default_model`, for programs that still use it."""
    return default_model()


def find_config(path: str | os.PathLike, what: str = "config", *, quiet: bool = False) -> Path:
    """The YAML file of a run or of a preset: the one at `path`, or else the package's own of the same name, such as
    `configs/mini.yaml` or `configs/train/aligner.yaml`.

    Args:
        path: relative to the current folder.
        what: for the message, the kind of file that is looked for.
        quiet: not to log that the file is the package's.

    Raises:
        FileNotFoundError: when there is neither.
    """
    if os.path.isfile(path):
        return Path(path)
    packaged = _ABOVE_CONFIGS / path
    if Path(path).parts[:1] == (CONFIGS.name,) and packaged.is_file():
        if not quiet:
            logger.warning("'%s' is not in the current folder: using the one of the package", path)
        return packaged
    own = [*CONFIGS.glob("*.yaml"), *CONFIGS.glob("train/*.yaml")]
    raise FileNotFoundError(
        f"there is no {what} '{path}': paths are relative to the current folder, '{Path.cwd()}'; the package has "
        f"{', '.join(sorted(str(file.relative_to(_ABOVE_CONFIGS)) for file in own)) or 'none'}"
    )


__all__ = [
    "CONFIGS",
    "DEFAULT_MODEL",
    "default_model",
    "default_voice",
    "find_config",
]
