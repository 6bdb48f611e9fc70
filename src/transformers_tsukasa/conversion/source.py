# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The interface of a published system that the general conversion uses.

A system has a folder of its own beside this file, with a class that follows the protocol `Source`: it knows the file
layout, the config and the names of the published checkpoints. Reading, folding of norms, translation, checks and
writing are the same for all systems (`convert.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import PreTrainedModel

from ..models.tsukasa.configuration_tsukasa import TsukasaConfig
from ..models.tsukasa.model_card import Ingredient
from .checkpoint_reading import StateDict
from .source_files import SourceFiles


Shapes = Mapping[str, tuple[int, ...]]
"""Shapes of a module's tensors by their published names, with norms folded."""


@dataclass(frozen=True)
class Leftover:
    """Tensors that no network reads, and the reason why they are in a file nevertheless.

    Args:
        names: pattern (a regular expression) of their names in the module.
        reason: for the report.
    """

    names: str
    reason: str


@dataclass(frozen=True)
class ModulePlace:
    """The place of a published module in our model.

    Args:
        key: our name of a tensor with norms folded; raises KeyError for a name that it does not know.
        place: the part of our model that the name is relative to; empty for the model itself.
        leftovers: tensors that are dropped.
    """

    key: Callable[[str], str]
    place: str = ""
    leftovers: tuple[Leftover, ...] = ()

    def name(self, published: str) -> str:
        """Our complete name of a tensor with norms folded."""
        return f"{self.place}.{self.key(published)}" if self.place else self.key(published)


@dataclass(frozen=True)
class TrainingPart:
    """A network that only training needs, with a folder of its own.

    Args:
        folder: name of the sub-folder.
        model_class: our class.
        config: the attribute of `TsukasaConfig` that describes it.
        modules: the published modules that it is made of.
    """

    folder: str
    model_class: type[PreTrainedModel]
    config: str
    modules: Mapping[str, ModulePlace]


@dataclass(frozen=True)
class Checkpoint:
    """The main checkpoint of a source, and the files around it.

    Args:
        files: all files of the source.
        name: the checkpoint's among them.
        modules: its tensors by module.
        is_wrapped: whether the modules lie under `net` in the file.
        notes: on tensors that the file's format leaves out or adds.
    """

    files: SourceFiles
    name: str
    modules: Mapping[str, StateDict]
    is_wrapped: bool = True
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class PublishedVoices:
    """The voices of a source, by name.

    Args:
        clips: reference clips, whose styles are encoded.
        styles: style vectors (style_size,), or tables (rows, style_size) with a row for every length of text.
        descriptions: of `styles`, for people.
        default: the voice that speaks when none is named; the first one without it.
    """

    clips: Mapping[str, Path] = field(default_factory=dict)
    styles: Mapping[str, torch.Tensor] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None


class Source(Protocol):
    """A checkpoint of a published system, with everything that was read for it.

    Args:
        checkpoint: the main checkpoint.
        config: the checkpoint's config file; `"none"` to go by the tensors alone, None to look for it.
        for_training: whether networks that only training needs are read.

    Raises:
        ConversionError: when files are missing, damaged or contradictory.
    """

    system: str
    """The system's name, for people."""
    modules: Mapping[str, StateDict]
    """Tensors of all modules, those of other files included."""
    origins: Mapping[str, str]
    """Files of the modules that are not in the main checkpoint."""
    known_modules: Sequence[str]
    """Names that a module of the main checkpoint may have."""
    model_class: type[PreTrainedModel]
    training_parts: Sequence[TrainingPart]
    language: str | None
    """Code of the language that the model speaks, for the model card, once it is configured; None when unknown."""

    def __init__(self, checkpoint: Checkpoint, config: str | Path | None, for_training: bool) -> None: ...

    @staticmethod
    def recognizes(checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint is one of this system, by the names of its modules and tensors."""
        ...

    def configure(self, shapes: Mapping[str, Shapes]) -> tuple[TsukasaConfig, list[str]]:
        """The config of our model, and notes on values that had to be assumed and files that were not used."""
        ...

    def speaking_modules(self, config: TsukasaConfig) -> Mapping[str, ModulePlace]:
        """The modules that make one model, which speaks."""
        ...

    def write_processor(self, config: TsukasaConfig, folder: Path) -> list[str]:
        """Write the files of a model folder beside the weights; return notes."""
        ...

    def speech_options(self) -> Mapping[str, Any]:
        """Values of the generation config that differ from ours, such as `alpha`."""
        ...

    def voices(self, config: TsukasaConfig) -> PublishedVoices:
        """The voices that the source comes with."""
        ...

    def credits(self) -> Sequence[Ingredient]:
        """Ingredients that the model card names beside the weights."""
        ...


__all__ = ["Checkpoint", "Leftover", "ModulePlace", "PublishedVoices", "Shapes", "Source", "TrainingPart"]
