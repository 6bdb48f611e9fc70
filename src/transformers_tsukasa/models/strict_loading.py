# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Model folders that hold what is asked for, and all of it.

transformers fills what a folder lacks with random weights and prints a table. A voice with a random decoder speaks
noise, and a random aligner aligns a whole corpus to nonsense, so here both are errors.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import PreTrainedConfig, PreTrainedModel

from ..hub import hub_arguments
from ..utils.damaged_files import reading


COPY_AGAIN = "copy it or make it again"
"""What to do about weights that cannot be read."""

_CONFIG_NAME = "config.json"


def is_model_folder(path: str | os.PathLike) -> bool:
    """Whether a path is a folder that holds a model, of whatever type."""
    return (Path(path) / _CONFIG_NAME).is_file()


def check_model_type(path: str | os.PathLike, wanted: str, **arguments: Any) -> None:
    """Looks at what kind of model a folder or a hub id holds, before anything of it is loaded.

    Args:
        path: of a `from_pretrained`.
        wanted: the `model_type` that is asked for.
        arguments: of the same `from_pretrained`.

    Raises:
        FileNotFoundError: when a folder holds no model.
        ValueError: when it holds another kind.
        OSError: when nothing of this name can be found.
    """
    folder = Path(path, arguments.get("subfolder", ""))
    if folder.is_dir() and not is_model_folder(folder):
        hint = f"; a finished run lies in '{folder / 'final'}'" if is_model_folder(folder / "final") else ""
        raise FileNotFoundError(f"the folder '{folder}' holds no model: it has no {_CONFIG_NAME}{hint}")
    try:
        config, _ = PreTrainedConfig.get_config_dict(
            path, subfolder=arguments.get("subfolder", ""), **hub_arguments(arguments)
        )
    except OSError as error:
        if folder.exists():
            raise
        raise OSError(
            f"there is no folder '{path}', and no model of this name could be loaded from the hub: name a folder, or "
            "check the name and the connection"
        ) from error
    held = config.get("model_type")
    if held != wanted:
        inside = folder / wanted.removeprefix("tsukasa_")
        hint = f", which lies in '{inside}'" if is_model_folder(inside) else ""
        raise ValueError(f"'{path}' holds a model of the type '{held}', and '{wanted}' is wanted here{hint}")


def check_whole(path: str | os.PathLike, about: Mapping[str, Any]) -> None:
    """Refuses weights that do not fill a model.

    Args:
        path: where they come from.
        about: what `from_pretrained` says of them with `output_loading_info`.

    Raises:
        ValueError: when some are missing, too many, or of another shape.
    """
    for kind, words in (
        ("missing_keys", "are missing"),
        ("unexpected_keys", "have no place in it"),
        ("mismatched_keys", "are of another shape"),
    ):
        names = sorted(name if isinstance(name, str) else name[0] for name in about[kind])
        if names:
            raise ValueError(
                f"the weights in '{path}' do not fill the model that its {_CONFIG_NAME} describes: {len(names)} "
                f"{words}, among them {names[0]}. The folder is not whole, or belongs to another version"
            )


def load_whole(model_class: type[PreTrainedModel], folder: str | os.PathLike) -> PreTrainedModel:
    """A model of one of transformers' own classes in float32, of which nothing is missing.

    Raises:
        OSError, ValueError: when the folder holds no such model, not all of it, or weights that are damaged.
    """
    check_model_type(folder, model_class.config_class.model_type)
    with reading(folder, COPY_AGAIN, errors=(SafetensorError,)):
        model, about = model_class.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    check_whole(folder, about)
    return model


__all__ = ["COPY_AGAIN", "check_model_type", "check_whole", "is_model_folder", "load_whole"]
