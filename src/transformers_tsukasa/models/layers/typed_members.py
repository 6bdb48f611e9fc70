# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Types of members whose real type torch and transformers do not declare: sub-configs, and modules in lists."""

from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from torch import nn
from transformers.configuration_utils import PreTrainedConfig


if TYPE_CHECKING:
    _Config = TypeVar("_Config", bound=PreTrainedConfig)
    _Module = TypeVar("_Module", bound=nn.Module)

    SubConfig = Annotated[_Config, "given as a config, as a mapping of its arguments, or left out"]

    class ModuleListOf(nn.ModuleList, Generic[_Module]):
        """An `nn.ModuleList` whose modules are all of one class; at run time the plain list."""

        def __iter__(self) -> Iterator[_Module]: ...

        def __getitem__(self, index: Any, /) -> Any: ...

else:
    ModuleListOf = nn.ModuleList

    class SubConfig:
        """Type of a field that holds a config once its owner is built.

        A user may give a mapping of the sub-config's arguments, or nothing; `PreTrainedConfig` turns either into a
        config (`sub_configs_defaults`). Type checkers see the config; validation at run time allows all three.
        """

        def __class_getitem__(cls, config_class: type) -> Any:
            return dict | PreTrainedConfig | None


def sub_config_field() -> Any:
    """The field of a sub-config that may be left out."""
    return field(default=None)


def optional_part_field() -> Any:
    """The field of a sub-config with defaults when it is left out, and `None` for a part that a model does not have.

    Its `SubConfigSpec` is `optional`.
    """
    return field(default_factory=dict)


__all__ = ["ModuleListOf", "SubConfig", "optional_part_field", "sub_config_field"]
