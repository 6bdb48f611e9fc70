# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The YAML file of a run, with keys changed on the command line. Unknown keys are refused."""

import os
import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from typing import Any, get_args, get_type_hints

import yaml

from ...bundled import find_config
from ...utils.wording import suggestion


class _Loader(yaml.SafeLoader):
    """YAML in which 1e-4 is a number, unlike in YAML 1.1, and `no` is a word."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+$"), list("+-.0123456789")
)


def read_run(path: str | os.PathLike, overrides: Iterable[str], classes: Iterable[type]) -> list[Any]:
    """The options of a run: every key of the file belongs to a field of one of `classes`.

    Args:
        path: a YAML file, a mapping.
        overrides: `key=value` each, values in YAML; `loss_weights.mel=5` reaches into a mapping.
        classes: dataclasses whose fields do not overlap.

    Returns:
        An object of each class, in their order.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is no mapping, or on a key that no class has, or values of the wrong type.
    """
    values = read_values(path, overrides)
    known = {field.name: cls for cls in classes for field in fields(cls) if field.init}
    for key in values:
        if key not in known:
            raise ValueError(f"'{path}': unknown key '{key}'{suggestion(key, known)}")
    for key, value in values.items():
        _check_type(path, key, value, get_type_hints(known[key])[key])
    missing = [field.name for cls in classes for field in fields(cls) if is_needed(field) and field.name not in values]
    if missing:
        raise ValueError(f"'{path}': the key '{missing[0]}' is missing; write it there, or give it as key=value")
    try:
        return [cls(**{key: value for key, value in values.items() if known[key] is cls}) for cls in classes]
    except TypeError as error:
        raise ValueError(f"'{path}': {error}") from error


def read_values(path: str | os.PathLike, overrides: Iterable[str]) -> dict[str, Any]:
    """The values of a file after the changes, unchecked. For arguments and errors see `read_run`."""
    with open(find_config(path), encoding="utf-8") as file:
        try:
            values = yaml.load(file, _Loader)
        except yaml.YAMLError as error:
            raise ValueError(f"'{path}' is not YAML: {error}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"'{path}' is no text in UTF-8 (byte {error.start}): save it as UTF-8") from error
    if not isinstance(values, dict):
        raise ValueError(f"'{path}' must be a mapping of keys to values")
    for override in overrides:
        _override(values, override)
    return values


def is_needed(field: Field) -> bool:
    """Whether a field of a dataclass has no default."""
    return field.init and field.default is MISSING and field.default_factory is MISSING


def _override(values: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise ValueError(f"'{override}': write changes of the config as key=value")
    *path, last = key.split(".")
    for name in path:
        values = values.setdefault(name, {})
        if not isinstance(values, dict):
            raise ValueError(f"'{override}': '{name}' is no mapping")
    try:
        values[last] = yaml.load(value, _Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"'{override}': the value is not YAML: {error}") from error


def _check_type(path: str | os.PathLike, key: str, value: Any, wanted: Any) -> None:
    """Refuses a value of another plain type than the field has; other types are checked by the class."""
    types = get_args(wanted) or (wanted,)
    if not all(isinstance(one, type) and one in (int, float, bool, str, dict, type(None)) for one in types):
        return
    # YAML writes 1 for 1.0. A bool is an int in Python, but an int is not accepted for a bool.
    fits = type(value) in types or (type(value) is int and float in types)
    if not fits:
        names = " or ".join("nothing" if one is type(None) else one.__name__ for one in types)
        raise ValueError(f"'{path}': {key} must be {names}, got {value!r}")


__all__ = ["is_needed", "read_run", "read_values"]
