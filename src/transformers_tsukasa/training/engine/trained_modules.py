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
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.utils import SAFE_WEIGHTS_INDEX_NAME, SAFE_WEIGHTS_NAME

from ...models.layers.mlstm import MLSTMLayer
from ...models.layers.reparametrization import has_spectral_norm
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.vocoder.generator_stage import TsukasaNormedSnake
from ...utils.damaged_files import read_json, reading


COMPILED_PARTS = (TsukasaNormedSnake, MLSTMLayer)
_MOST_GRAPHS = 64

_COPY_AGAIN = "take another checkpoint or model, or copy it again from a complete one"


class TrainedModels(nn.Module):
    """The model of a Trainer: one or several models that learn together.

    A subclass names its attributes in `FOLDERS` and computes in `forward(phase, batch)` what the losses of the phase
    need. Under several processes that forward pass is the only way to the models that reduces gradients.
    """

    FOLDERS: dict[str, str] = {}
    """Folder inside a checkpoint -> attribute. "" is the checkpoint itself, which `from_pretrained` then loads."""

    @property
    def sampling_rate(self) -> int | None:
        """Of generated waveforms, in Hz; None where nothing generates any."""
        return None

    def parts(self) -> dict[str, nn.Module]:
        """Everything with weights, by name: what stands beside the synthesizer `tts`, and the children of that."""
        beside = dict(self.named_children())
        tts = beside.pop("tts", nn.Module())
        parts = {**dict(tts.named_children()), **beside}
        return {name: part for name, part in parts.items() if next(part.parameters(), None) is not None}

    def has_part(self, path: str) -> bool:
        """Whether there is a module at a dotted path."""
        owner: object = self
        for name in path.split("."):
            owner = getattr(owner, name, None)
        return isinstance(owner, nn.Module)

    def train_container(self) -> None:
        """Training mode for this container alone, evaluation mode for everything inside.

        `forward` draws crops and noise at random where the container is in training mode. The parts that learn are
        put into training mode by `phases.set_learning`; `train()` would do so to all.
        """
        self.eval()
        self.training = True

    def activation_checkpointing_enable(self, **options: object) -> None:
        """Lets layers that learn keep only their input, and compute the rest again in the backward pass.

        Gradients are the same, and memory is saved. Layers with a spectral norm keep everything, because each forward
        pass is a step of the norm's power iteration.

        Args:
            options: those of the Trainer, which calls this too; `TsukasaTrainingArguments` refuses them.

        Raises:
            ValueError: when no layer can.
        """
        layers = [layer for layer in self.modules() if isinstance(layer, GradientCheckpointingLayer)]
        layers = [layer for layer in layers if not has_spectral_norm(layer)]
        if not layers:
            raise ValueError(
                "gradient_checkpointing has nothing to work on: no layer of these models can compute its states a "
                "second time; leave it out"
            )
        for layer in layers:
            # transformers adds this attribute to layers without declaring it.
            layer._gradient_checkpointing_func = partial(checkpoint, use_reentrant=False)  # type: ignore[assignment]
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
    index = read_json(folder / SAFE_WEIGHTS_INDEX_NAME, _COPY_AGAIN)
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
    with reading(path, _COPY_AGAIN):
        return load_file(path)


def compile_parts(model: nn.Module, backend: str = "inductor") -> int:
    """Marks the parts that are many small operations for compilation, which happens when they first run.

    On a GPU a step is thousands of operations that take longer to start than to run. `COMPILED_PARTS` repeat most, and
    all copies of one share a graph, whatever the lengths of a batch are. A complete model would need another graph for
    every length and every phase. On a CPU a C++ compiler is needed.

    Args:
        model: the models of the run.
        backend: of `torch.compile`.

    Returns:
        The number of parts.
    """
    parts = [module for module in model.modules() if isinstance(module, COMPILED_PARTS)]
    for part in parts:
        part.compile(dynamic=True, backend=backend)
    # Every width, in each type, with gradients and without, is a graph of its own; torch gives up after eight.
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, _MOST_GRAPHS)
    return len(parts)


def folded_copy(model: TsukasaModelForConditionalGeneration) -> TsukasaModelForConditionalGeneration:
    """A copy of the model on the CPU with its norms folded, for synthesis; the given one is not changed.

    It is constructed again and not deep-copied: a deep copy shares the classes by which torch attaches norms, and
    folding them would break both models.
    """
    copied = type(model)(copy.deepcopy(model.config))
    copied.load_state_dict(model.state_dict())
    copied.remove_weight_norm()
    copied.generation_config = copy.deepcopy(model.generation_config)
    copied.voices, copied.origin = model.voices, model.origin
    return copied


__all__ = ["COMPILED_PARTS", "TrainedModels", "compile_parts", "folded_copy", "read_weight_file", "read_weights"]
