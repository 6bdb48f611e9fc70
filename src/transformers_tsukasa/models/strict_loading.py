# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Strict loading: a model folder must hold the model that is asked for, with all of its weights.

transformers fills missing weights with random ones and prints a table. A model with a random decoder speaks noise, and
a random aligner aligns a corpus to nonsense, so here missing weights are an error.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from safetensors import SafetensorError
from transformers import PreTrainedConfig, PreTrainedModel

from ..hub import hub_arguments
from ..model_folders import CONFIG_NAME, check_holds_model, is_model_folder
from ..utils.damaged_files import reading


_Model = TypeVar("_Model", bound=PreTrainedModel)

COPY_AGAIN = "copy it or make it again"
"""Advice about weights that cannot be read."""


def check_model_type(path: str | os.PathLike, wanted: str, **arguments: Any) -> None:
    """Checks the kind of model in a folder or of a hub id, before any weights are loaded.

    Args:
        path: of a `from_pretrained`.
        wanted: the `model_type` to load.
        arguments: of the same `from_pretrained`.

    Raises:
        FileNotFoundError: when a folder holds no model.
        ValueError: when it holds another kind.
        OSError: when no folder and no hub id of this name can be found.
    """
    folder = Path(path, arguments.get("subfolder", ""))
    if folder.is_dir():
        check_holds_model(folder)
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
        hint = f", which is in '{inside}'" if is_model_folder(inside) else ""
        raise ValueError(f"'{path}' holds a model of type '{held}', but '{wanted}' is needed here{hint}")


def check_complete(path: str | os.PathLike, loading_info: Mapping[str, Any]) -> None:
    """Refuses weights that are not exactly those of a model.

    Args:
        path: where they come from.
        loading_info: the second result of `from_pretrained(output_loading_info=True)`.

    Raises:
        ValueError: when weights are missing, unexpected, or of another shape.
    """
    for kind, problem in (
        ("missing_keys", "are missing"),
        ("unexpected_keys", "do not belong to it"),
        ("mismatched_keys", "are of another shape"),
    ):
        names = sorted(name if isinstance(name, str) else name[0] for name in loading_info[kind])
        if names:
            raise ValueError(
                f"the weights in '{path}' do not fill the model that its {CONFIG_NAME} describes: {len(names)} "
                f"{problem}, among them {names[0]}; the folder is incomplete, or belongs to another version"
            )


def with_loading_info(loaded: Any) -> tuple[Any, dict[str, Any]]:
    """The model and the loading info that `from_pretrained(output_loading_info=True)` returned.

    transformers' annotation names the model alone, whatever is asked for; here is the one place that corrects it.
    """
    model, loading_info = loaded
    return model, loading_info


if TYPE_CHECKING:
    _Loaded = PreTrainedModel
else:
    _Loaded = object


class StrictLoadingMixin(_Loaded):
    """For models with a folder of their own: their `from_pretrained` refuses other models and incomplete weights."""

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, *model_args, **kwargs):
        """Loads weights as transformers does, but refuses those of another model and incomplete ones.

        Raises:
            OSError: when there is no model.
            ValueError: when there is another model, its files are damaged, or weights are missing, too many or of
                another shape (`ignore_mismatched_sizes=True` allows the last).
        """
        path, wants_loading_info = pretrained_model_name_or_path, kwargs.pop("output_loading_info", False)
        config_class = cls.config_class
        if path is not None and kwargs.get("config") is None and config_class is not None:
            check_model_type(path, config_class.model_type, **kwargs)
        with reading(path, COPY_AGAIN, errors=(SafetensorError,)):
            loaded = super().from_pretrained(path, *model_args, output_loading_info=True, **kwargs)
        model, loading_info = with_loading_info(loaded)
        if path is not None:
            allowed = {"mismatched_keys": ()} if kwargs.get("ignore_mismatched_sizes") else {}
            check_complete(path, {**loading_info, **allowed})
        return (model, loading_info) if wants_loading_info else model


def load_complete(model_class: type[_Model], folder: str | os.PathLike) -> _Model:
    """Loads a model of one of transformers' own classes in float32, and refuses incomplete weights.

    Raises:
        OSError, ValueError: when the folder holds no such model, not all of its weights, or damaged ones.
    """
    config_class = model_class.config_class
    if config_class is None:
        raise TypeError(f"{model_class.__name__} is no class to load: it has no config class")
    check_model_type(folder, config_class.model_type)
    with reading(folder, COPY_AGAIN, errors=(SafetensorError,)):
        loaded = model_class.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    model, loading_info = with_loading_info(loaded)
    check_complete(folder, loading_info)
    return model


__all__ = [
    "COPY_AGAIN",
    "StrictLoadingMixin",
    "check_complete",
    "check_model_type",
    "load_complete",
    "with_loading_info",
]
