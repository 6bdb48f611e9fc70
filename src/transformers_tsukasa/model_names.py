# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Models by their names: that of the package, the one that is made of installed packages, folders, and hub models."""

import difflib
import os
from pathlib import Path
from typing import Any

from .bundled import DEFAULT_MODEL, default_model
from .conversion.kokoro.cached_model import kokoro_model
from .conversion.kokoro.installed_packages import KOKORO_MODEL
from .model_folders import CONFIG_NAME, is_model_folder


def model_path(model: str | os.PathLike) -> str:
    """Return the folder or hub id of a model by its name, without looking for it.

    "default" is the model of the package, and "kokoro", unless a model folder of this name is in the current folder,
    the one that is made of installed packages, which happens here when it has not happened yet.

    Raises:
        FileNotFoundError: for "default" when the package was built without its model.
        ImportError: for "kokoro" when its packages are not installed.
        ValueError, OSError: for "kokoro" when it cannot be made.
    """
    if model == DEFAULT_MODEL:
        return default_model()
    if model == KOKORO_MODEL and not is_model_folder(KOKORO_MODEL):
        return kokoro_model()
    return os.fspath(model)


def find_model(model: str | os.PathLike, **arguments: Any) -> str:
    """Return the folder or hub id of a model by its name.

    Args:
        model: the name; see `model_path` for those with a meaning of their own.
        arguments: of `from_pretrained`: `revision`, `token`, `cache_dir`, `subfolder` and the like.

    Raises:
        FileNotFoundError: when there is no such model, with the closest names.
        ImportError, ValueError, OSError: as of `model_path`.
    """
    find_model_file(model, CONFIG_NAME, **arguments)
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
    # A model of the hub is needed by few programs.
    from .hub import hub_arguments
    from .utils.hub_access import HubError, hub_file

    try:
        return hub_file(path, name, subfolder=arguments.get("subfolder"), **hub_arguments(arguments))
    except HubError as error:
        raise FileNotFoundError(
            f"there is no folder '{path}' here, and no model of this name on the hub ({error}){_closest_models(path)}"
        ) from error


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


def _closest_models(path: str) -> str:
    """A hint at models that are named almost like a path."""
    folder = os.path.dirname(path.rstrip("/")) or "."
    beside = os.listdir(folder) if os.path.isdir(folder) else []
    models = [
        os.path.normpath(os.path.join(folder, name)) for name in beside if is_model_folder(os.path.join(folder, name))
    ]
    closest = difflib.get_close_matches(os.path.normpath(path), [*models, DEFAULT_MODEL, KOKORO_MODEL])
    return f"; closest: {', '.join(closest)}" if closest else f'; the model of the package is "{DEFAULT_MODEL}"'


__all__ = ["find_evaluated", "find_model", "find_model_file", "model_path"]
