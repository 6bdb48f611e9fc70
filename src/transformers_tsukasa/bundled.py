# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Models and configs by their names: those that the package includes, those of this machine, and models of the hub."""

import difflib
import logging
import os
from pathlib import Path
from typing import Any


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


def model_path(model: str | os.PathLike) -> str:
    """Return the folder or hub id of a model by its name, which may be "default", without looking for it.

    Raises:
        FileNotFoundError: for "default" when the package was built without its model.
    """
    return default_model() if model == DEFAULT_MODEL else os.fspath(model)


def find_model(model: str | os.PathLike, **arguments: Any) -> str:
    """Return the folder or hub id of a model by its name, which may be "default".

    Args:
        model: the name.
        arguments: of `from_pretrained`: `revision`, `token`, `cache_dir`, `subfolder` and the like.

    Raises:
        FileNotFoundError: when there is no such model, with the closest names; for "default" when the package was
            built without its model.
    """
    find_model_file(model, "config.json", **arguments)
    return model_path(model)


def find_model_file(model: str | os.PathLike, name: str, **arguments: Any) -> str:
    """Return the path of a file of a model, downloaded where the model is one of the hub; see `find_model`.

    A folder is not searched: whoever reads the file tells that it is missing.
    """
    path = model_path(model)
    if os.path.isdir(path):
        return os.path.join(path, arguments.get("subfolder") or "", name)
    if os.path.isfile(path):
        raise FileNotFoundError(f"'{path}' is a file and no model: name the folder that holds it")
    # The package imports this module with itself, and a model of the hub is needed by few programs.
    from .hub import hub_arguments
    from .utils.hub_access import HubError, hub_file

    try:
        return hub_file(path, name, subfolder=arguments.get("subfolder"), **hub_arguments(arguments))
    except HubError as error:
        raise FileNotFoundError(
            f"there is no folder '{path}' here, and no model of this name on the hub ({error}){_closest_models(path)}"
        ) from error


def _closest_models(path: str) -> str:
    """A hint at models that are named almost like a path."""
    folder = os.path.dirname(path.rstrip("/")) or "."
    beside = os.listdir(folder) if os.path.isdir(folder) else []
    models = [os.path.normpath(os.path.join(folder, name)) for name in beside if _is_model(os.path.join(folder, name))]
    closest = difflib.get_close_matches(os.path.normpath(path), [*models, DEFAULT_MODEL])
    return f"; closest: {', '.join(closest)}" if closest else f'; the model of the package is "{DEFAULT_MODEL}"'


def _is_model(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "config.json"))


def find_config(path: str | os.PathLike, what: str = "config") -> Path:
    """The YAML file of a run or of a preset: the one at `path`, or else the package's own of the same name, such as
    `configs/mini.yaml` or `configs/train/aligner.yaml`.

    Args:
        path: relative to the current folder.
        what: for the message, the kind of file that is looked for.

    Raises:
        FileNotFoundError: when there is neither.
    """
    if os.path.isfile(path):
        return Path(path)
    packaged = _ABOVE_CONFIGS / path
    if Path(path).parts[:1] == (CONFIGS.name,) and packaged.is_file():
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
    "find_model",
    "find_model_file",
    "model_path",
]
