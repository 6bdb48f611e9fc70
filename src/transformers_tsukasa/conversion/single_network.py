# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversion of a checkpoint that is one network, beside the systems of several modules (`convert.py`)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from .norm_folding import fold
from .places import TENSORS_ALONE
from .source import Checkpoint, ModulePlace, Shapes
from .translation import translate_module


CONFIG_NAME = "config.json"


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
    notes = [f"{len(names)} dropped ({reason}): {shorten(names, 1)}" for reason, names in translated.dropped.items()]
    others = [name for name in original.modules if name != network.module]
    unused = [f"not used: {shorten(others)}"] if others else []
    row = Row(network.module or "-", translated.stored, translated.values, network.model_class.__name__, notes)
    return [row], [*unused, network.licence]


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


__all__ = ["PublishedNetwork", "convert_network", "find_network", "published_values"]
