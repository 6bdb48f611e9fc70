# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The code in a model folder that leads to this package whoever loads the folder without having imported it.

transformers copies the code of custom classes into a model folder, which works only for code in one file. Our folders
carry a file of a few lines instead, which imports the package or says how to install it, and an `auto_map` in every
JSON file that leads `trust_remote_code=True` there.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .utils.atomic_files import write_text


SHIM_NAME = "transformers_tsukasa_hub"

_CLASSES = {
    "AutoConfig": "TsukasaConfig",
    "AutoModel": "TsukasaModelForConditionalGeneration",
    "AutoModelForTextToWaveform": "TsukasaModelForConditionalGeneration",
    "AutoTokenizer": "TsukasaTokenizer",
    "AutoFeatureExtractor": "TsukasaFeatureExtractor",
    "AutoProcessor": "TsukasaProcessor",
}

_AUTO_CLASSES_BY_FILE = {
    "config.json": ("AutoConfig", "AutoModel", "AutoModelForTextToWaveform"),
    "tokenizer_config.json": ("AutoTokenizer", "AutoProcessor"),
    "preprocessor_config.json": ("AutoFeatureExtractor", "AutoProcessor"),
    "processor_config.json": ("AutoProcessor", "AutoFeatureExtractor", "AutoTokenizer"),
}

# The import is in a `try` so that transformers does not check for the package itself: it would print the import name.
_SHIM = f"""\
# This model is run by the package transformers-tsukasa; this file only leads there.
try:
    from transformers_tsukasa import {", ".join(sorted(set(_CLASSES.values())))}  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "transformers_tsukasa":
        raise
    raise ImportError(
        "This model needs the package transformers-tsukasa: pip install . in its repository"
    ) from error
"""


_HUB_ARGUMENTS = ("cache_dir", "force_download", "local_files_only", "token", "revision")


def hub_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those arguments of a `from_pretrained` that tell how files are found and fetched."""
    return {name: arguments[name] for name in _HUB_ARGUMENTS if name in arguments}


def optional_model_file(path: str | os.PathLike, name: str, folder: str, found_by: dict[str, Any]) -> str | None:
    """The file of a model folder or hub model, downloaded; `None` when it has none."""
    if os.path.isdir(path):
        found = Path(path) / folder / name
        return str(found) if found.is_file() else None
    from transformers.utils import cached_file

    return cached_file(path, name, subfolder=folder, _raise_exceptions_for_missing_entries=False, **found_by)


def refuse_file(folder: str | os.PathLike) -> None:
    """Raise a NotADirectoryError when a folder to save to is a file, where transformers logs an error and goes on."""
    if Path(folder).is_file():
        raise NotADirectoryError(f"cannot save to '{folder}': it is a file, name a folder")


def write_hub_shim(folder: str | os.PathLike) -> None:
    """Writes the shim into a model folder, and an `auto_map` into its JSON files."""
    folder = Path(folder)
    write_text(folder / f"{SHIM_NAME}.py", _SHIM)
    for name, auto_classes in _AUTO_CLASSES_BY_FILE.items():
        path = folder / name
        if not path.is_file():
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        content["auto_map"] = _auto_map(auto_classes)
        # The settings of a feature extractor may lie within those of its processor.
        if isinstance(content.get("feature_extractor"), dict):
            content["feature_extractor"]["auto_map"] = _auto_map(("AutoFeatureExtractor",))
        write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _auto_map(auto_classes: tuple[str, ...]) -> dict[str, Any]:
    paths = {name: f"{SHIM_NAME}.{_CLASSES[name]}" for name in auto_classes}
    # Tokenizers name a Python class and a fast one, which we do not have.
    return {name: [path, None] if name == "AutoTokenizer" else path for name, path in paths.items()}


if TYPE_CHECKING:

    class _Saved(Protocol):
        """The methods of transformers' classes that the mixins below call as those of their `super()`."""

        def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
            return None

        def _upload_modified_files(self, working_dir: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
            return None

    class _Config(Protocol):
        """Likewise, of configs."""

        @classmethod
        def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
            return None
else:
    _Saved = _Config = object


class HubShimMixin(_Saved):
    """For classes with `save_pretrained`: the folder gets the shim before anything is sent to the hub."""

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Saves as transformers does, and adds the hub shim.

        Raises:
            NotADirectoryError: when the folder is a file.
        """
        refuse_file(save_directory)
        saved = super().save_pretrained(save_directory, *args, **kwargs)
        write_hub_shim(save_directory)
        return saved

    def _upload_modified_files(self, working_dir: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        # save_pretrained(push_to_hub=True) uploads before it returns to us.
        write_hub_shim(working_dir)
        return super()._upload_modified_files(working_dir, *args, **kwargs)

    @classmethod
    def register_for_auto_class(cls, auto_class: Any = None) -> None:
        """Does nothing: the source of a class so marked is copied into every model folder, where it cannot work."""


class HubShimConfigMixin(HubShimMixin, _Config):
    """For configs, which would take the folder's `auto_map` for a value of their own."""

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        """Reads a config, without its folder's `auto_map`."""
        return super().from_dict({key: value for key, value in config_dict.items() if key != "auto_map"}, **kwargs)


__all__ = [
    "HubShimConfigMixin",
    "HubShimMixin",
    "hub_arguments",
    "optional_model_file",
    "refuse_file",
    "write_hub_shim",
]
