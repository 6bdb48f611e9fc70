# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Model folders by their files alone, without torch and transformers."""

import os
from pathlib import Path

from .bundled import find_config


CONFIG_NAME = "config.json"
GENERATION_CONFIG_NAME = "generation_config.json"
"""Names that transformers gives to the files of a model folder."""


def is_model_folder(path: str | os.PathLike) -> bool:
    """Whether a path is a folder that holds a model, of any type."""
    return (Path(path) / CONFIG_NAME).is_file()


def is_same_folder(folder: str | os.PathLike, other: str | os.PathLike) -> bool:
    """Whether two paths lead to one folder, which exists."""
    return os.path.isdir(folder) and os.path.isdir(other) and os.path.samefile(folder, other)


def check_holds_model(folder: str | os.PathLike) -> None:
    """Refuses a folder without a model.

    Raises:
        FileNotFoundError: with the place of the model, when it is in the folder of a finished run.
    """
    if not is_model_folder(folder):
        final = Path(folder, "final")
        hint = f"; its finished run is in '{final}'" if is_model_folder(final) else ""
        raise FileNotFoundError(f"the folder '{folder}' holds no model: it has no {CONFIG_NAME}{hint}")


def check_config_place(path: str | os.PathLike) -> None:
    """Refuses the place of a config where there is neither a preset (.yaml) nor a model folder.

    Raises:
        FileNotFoundError: naming `config`.
    """
    if is_preset(path) and not os.path.isdir(path):
        find_config(path, "preset or model folder at", quiet=True)
    elif not os.path.exists(path):
        raise FileNotFoundError(f"there is no preset or model folder at '{path}' (`config`)")
    elif os.path.isdir(path):
        check_holds_model(path)


def is_preset(path: str | os.PathLike) -> bool:
    """Whether a model is given as a preset, for fresh weights, and not as a folder."""
    return Path(path).suffix.lower() in (".yaml", ".yml")


def existing_folder(path: str, key: str) -> str:
    """Returns the path if it is a folder.

    Args:
        path: to check.
        key: of the argument, for the message.

    Raises:
        FileNotFoundError: otherwise.
    """
    if not Path(path).is_dir():
        raise FileNotFoundError(f"there is no folder '{path}' ({key})")
    return path


def existing_folders(**folders: str | os.PathLike | None) -> dict[str, str | None]:
    """Return the absolute paths of folders by the name of their argument; None for one that is not wanted.

    Raises:
        FileNotFoundError: for a folder that is not there.
    """
    given = {
        name: None if folder is None else existing_folder(os.fspath(folder), f"`{name}`")
        for name, folder in folders.items()
    }
    return {name: None if folder is None else str(Path(folder).absolute()) for name, folder in given.items()}


__all__ = [
    "CONFIG_NAME",
    "GENERATION_CONFIG_NAME",
    "check_config_place",
    "check_holds_model",
    "existing_folder",
    "existing_folders",
    "is_model_folder",
    "is_preset",
    "is_same_folder",
]
