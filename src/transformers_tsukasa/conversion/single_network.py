# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversion of a checkpoint that is one network, beside the systems of several modules (`convert.py`)."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedConfig, PreTrainedModel

from ..models.tsukasa.model_card import CARD_NAME
from ..utils.atomic_files import write_text
from .checkpoint_reading import StateDict
from .conversion_report import Row
from .errors import ConversionError, shorten
from .network_writing import write_network
from .norm_folding import StoredTensor, fold
from .places import TENSORS_ALONE
from .source import Checkpoint, ModulePlace, Shapes
from .translation import TranslatedModule, translate_module


CONFIG_NAME = "config.json"


@dataclass(frozen=True)
class TrainingNetwork:
    """The part of a published network that only training needs, with a folder of its own.

    Args:
        folder: name of the sub-folder.
        model_class: our class, with the config of the network.
        place: its names in ours.
        reason: for which the place of the network itself drops these tensors.
        pointwise: pattern of convolutions with a kernel of 1 that are linear maps with us.
    """

    folder: str
    model_class: type[PreTrainedModel]
    place: ModulePlace
    reason: str
    pointwise: str


@dataclass(frozen=True)
class PublishedNetwork:
    """A network that is published as a checkpoint of its own.

    Args:
        system: its name, for people.
        module: the name under which the file has its tensors; "" for a file of nothing else.
        model_class: our class.
        recognizes: tells by the tensors whether a checkpoint is one.
        configure: makes our config from shapes and the published config (`None` when there is none).
        place: its names in ours, and buffers that are dropped.
        buffers: the value that a dropped tensor must have, by a part of its name.
        save_companions: writes what a model folder has beside the weights.
        licence: a sentence on what may be done with the weights.
        training_part: what only training needs of it.
    """

    system: str
    module: str
    model_class: type[PreTrainedModel]
    recognizes: Callable[[StateDict], bool]
    configure: Callable[[Shapes, Mapping[str, Any] | None], PreTrainedConfig]
    place: ModulePlace
    buffers: Mapping[str, Callable[[int], torch.Tensor]]
    save_companions: Callable[[PreTrainedConfig, Path], object]
    licence: str
    training_part: TrainingNetwork | None = None

    def state_of(self, checkpoint: Checkpoint) -> StateDict | None:
        """The tensors of a checkpoint that is one of this network."""
        state = checkpoint.modules.get(self.module)
        return state if state is not None and self.recognizes(state) else None


def convert_network(
    network: PublishedNetwork,
    original: Checkpoint,
    config: Path | None,
    folder: Path,
    dtype: torch.dtype | None,
    max_shard_size: str,
    for_training: bool = False,
) -> tuple[list[Row], list[str]]:
    """Write the model folder of one network; return the report's rows and notes.

    Raises:
        ConversionError: when config or tensors are not those of the network.
    """
    state = network.state_of(original)
    assert state is not None
    _check_buffers(network, state)
    folded = fold(state)
    shapes = {name: stored.shape for name, stored in folded.items()}
    model_config = network.configure(shapes, _read_config(original, config))
    translated = translate_module(network.module or network.system, state, folded, network.place)
    write_network(network.model_class, model_config, translated.tensors, folder, dtype, max_shard_size)
    network.save_companions(model_config, folder)
    card = f"# {network.system}\n\nConverted from {original.name} by transformers-tsukasa.\n\n{network.licence}\n"
    write_text(folder / CARD_NAME, card)
    rows = []
    kept, kept_values = translated.stored, translated.values
    if for_training and network.training_part is not None:
        part = network.training_part
        moved = translated.dropped.pop(part.reason, [])
        ready = {name: as_linear(name, folded[name], part.pointwise) for name in moved}
        parts = translate_module(network.module or network.system, state, ready, part.place)
        write_network(part.model_class, model_config, parts.tensors, folder / part.folder, dtype, max_shard_size)
        values = sum(math.prod(folded[name].shape) for name in moved)
        kept, kept_values = kept - len(moved), kept_values - values
        rows.append(Row(network.module or "-", len(moved), values, f"{part.folder}/", _dropped(parts)))
    place = network.model_class.__name__
    rows.insert(0, Row(network.module or "-", kept, kept_values, place, _dropped(translated)))
    others = [name for name in original.modules if name != network.module]
    unused = [f"not used: {shorten(others)}"] if others else []
    return rows, [*unused, network.licence]


def _dropped(translated: TranslatedModule) -> list[str]:
    return [f"{len(names)} dropped ({reason}): {shorten(names, 1)}" for reason, names in translated.dropped.items()]


def as_linear(name: str, stored: StoredTensor, pointwise: str) -> StoredTensor:
    """Return a convolution with a kernel of 1 as the matrix that it is, where the name matches."""
    if re.fullmatch(pointwise, name) is None or stored.shape[-1] != 1:
        return stored
    return replace(stored, shape=stored.shape[:-1], make=lambda: stored.make().squeeze(-1))


def _check_buffers(network: PublishedNetwork, state: StateDict) -> None:
    """Refuse a checkpoint whose constants are not those that our network computes."""
    for part, make in network.buffers.items():
        for name, value in state.items():
            if name.endswith(part) and not torch.allclose(value.float().flatten(), make(value.numel()), atol=1e-6):
                raise ConversionError(f"{name} is not the constant that {network.system} computes: another network")


def _read_config(original: Checkpoint, config: Path | None) -> Mapping[str, Any] | None:
    """The published config: the one given, or that beside the checkpoint."""
    if config is not None and str(config) == TENSORS_ALONE:
        return None
    if config is None:
        beside = (*original.name.split("/")[:-1], CONFIG_NAME)
        if "/".join(beside) not in original.files.names:
            return None
        config = original.files.fetch("/".join(beside))
    try:
        values = json.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConversionError(f"{config} is not a JSON file: give the checkpoint's own config.json") from error
    if not isinstance(values, Mapping):
        raise ConversionError(f"{config} holds no config: give the checkpoint's own config.json")
    return values


def published_values(config: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    """A section of a published config.

    Raises:
        ConversionError: when there is none.
    """
    values = config.get(section)
    if not isinstance(values, Mapping):
        raise ConversionError(f"the config has no section '{section}': give the checkpoint's own config.json")
    return values


def find_network(networks: Sequence[PublishedNetwork], checkpoint: Checkpoint) -> PublishedNetwork | None:
    """The network that a checkpoint holds; `None` when it is none of these."""
    return next((network for network in networks if network.state_of(checkpoint) is not None), None)


__all__ = ["PublishedNetwork", "TrainingNetwork", "as_linear", "convert_network", "find_network", "published_values"]
