# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The models of a run as one module, so that everything differentiable goes through one (wrapped) forward."""

import copy
import os
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.utils import SAFE_WEIGHTS_INDEX_NAME, SAFE_WEIGHTS_NAME

from ...models.layers.reparametrization import has_spectral_norm
from ...utils.damaged_files import read_json, reading


_WHOLE_COPY = "take another checkpoint or model, or copy it again from where it is whole"


class TrainedModels(nn.Module):
    """What the Trainer calls its model: one or several models that learn together.

    A subclass names its attributes in `FOLDERS` and says in `forward(phase, batch)` what they compute. Under several
    processes that forward is the only way to them which reduces gradients.
    """

    FOLDERS: dict[str, str] = {}
    """Folder inside a checkpoint -> attribute. "" is the checkpoint itself, which `from_pretrained` then loads."""

    @property
    def sampling_rate(self) -> int | None:
        """Of the waveforms that the voice speaks, in Hz; None where there is no voice."""
        voice = getattr(self, "voice", None)
        return None if voice is None else voice.config.sampling_rate

    def parts(self) -> dict[str, nn.Module]:
        """All that holds weights, by name: what stands beside the voice, and the voice's own children."""
        beside = dict(self.named_children())
        voice = beside.pop("voice", nn.Module())
        parts = {**dict(voice.named_children()), **beside}
        return {name: part for name, part in parts.items() if next(part.parameters(), None) is not None}

    def activation_checkpointing_enable(self, **options) -> None:
        """Lets layers that learn keep their input alone and compute the rest anew in the backward pass.

        Gradients are the same, and memory is saved. Layers with a spectral norm keep everything: each forward pass is
        a step of the norm's power iteration.

        Args:
            options: those of the Trainer, which calls this too; `TsukasaTrainingArguments` refuses them.

        Raises:
            ValueError: when no layer can.
        """
        layers = [layer for layer in self.modules() if isinstance(layer, GradientCheckpointingLayer)]
        layers = [layer for layer in layers if not has_spectral_norm(layer)]
        if not layers:
            raise ValueError(
                "gradient_checkpointing has nothing to work on: no layer of these models computes anew what it did "
                "not keep; leave it out"
            )
        for layer in layers:
            layer._gradient_checkpointing_func = partial(checkpoint, use_reentrant=False)
            layer.gradient_checkpointing = True

    gradient_checkpointing_enable = activation_checkpointing_enable  # as older versions of transformers call it

    def save(self, folder: str | os.PathLike) -> None:
        """Writes every model into its folder."""
        for name, attribute in self.FOLDERS.items():
            getattr(self, attribute).save_pretrained(Path(folder) / name)

    def load(self, folder: str | os.PathLike) -> None:
        """Reads every model's weights, strictly by name.

        Raises:
            FileNotFoundError: when there are none.
            RuntimeError: when a name or a shape differs.
        """
        for name, attribute in self.FOLDERS.items():
            getattr(self, attribute).load_state_dict(read_weights(Path(folder) / name))


def read_weights(folder: str | os.PathLike) -> dict[str, torch.Tensor]:
    """All weights of a model folder, from one file or from several.

    Raises:
        FileNotFoundError: when there are none.
        ValueError: when a file is damaged.
    """
    folder = Path(folder)
    if (folder / SAFE_WEIGHTS_NAME).is_file():
        return read_weight_file(folder / SAFE_WEIGHTS_NAME)
    if not (folder / SAFE_WEIGHTS_INDEX_NAME).is_file():
        raise FileNotFoundError(f"there are no weights in '{folder}' ({SAFE_WEIGHTS_NAME})")
    index = read_json(folder / SAFE_WEIGHTS_INDEX_NAME, _WHOLE_COPY)
    weights = {}
    for name in sorted(set(index["weight_map"].values())):
        weights.update(read_weight_file(folder / name))
    return weights


def read_weight_file(path: Path) -> dict[str, torch.Tensor]:
    """The weights in one file.

    Raises:
        FileNotFoundError: when it is not there.
        ValueError: when it is damaged.
    """
    with reading(path, _WHOLE_COPY):
        return load_file(path)


def folded_copy(model: PreTrainedModel) -> PreTrainedModel:
    """The model on the CPU with its norms folded, to speak with; the given one trains on.

    Made anew, because a deep copy shares the classes that torch puts norms on with, and folding would break both.
    """
    copied = type(model)(copy.deepcopy(model.config))
    copied.load_state_dict(model.state_dict())
    copied.remove_weight_norm()
    copied.generation_config = copy.deepcopy(model.generation_config)
    if hasattr(model, "voices"):
        copied.voices = model.voices
    return copied


__all__ = ["TrainedModels", "folded_copy", "read_weight_file", "read_weights"]
