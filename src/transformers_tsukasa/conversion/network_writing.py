# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Writing of one network: its tensors are checked against our model, computed, and saved for `from_pretrained`."""

from collections.abc import Mapping
from pathlib import Path

import torch
from transformers import PreTrainedConfig, PreTrainedModel

from .errors import ConversionError, shorten
from .norm_folding import StoredTensor


def write_network(
    model_class: type[PreTrainedModel],
    config: PreTrainedConfig,
    tensors: Mapping[str, StoredTensor],
    folder: Path,
    dtype: torch.dtype | None = None,
    max_shard_size: str = "5GB",
) -> None:
    """Write config and weights of a network. The network itself takes no memory.

    Args:
        model_class: our class.
        config: of the network.
        tensors: of the network, by our names.
        folder: to write to.
        dtype: of the weights; that of most of the tensors by default.
        max_shard_size: size of the largest weights file.

    Raises:
        ConversionError: when the tensors do not fill the network, or are not finite.
    """
    with torch.device("meta"):
        model = model_class(config)
    check_fills(model, tensors)
    model.to(dtype or _common_dtype(tensors))  # type: ignore[arg-type]  # transformers' decorator hides `self`
    kept_precise = set(model._keep_in_fp32_modules_strict or ())
    state = {}
    for name, tensor in tensors.items():
        value = tensor.make()
        if value.is_floating_point():
            if not torch.isfinite(value).all():
                raise ConversionError(f"the checkpoint is broken: {tensor.sources[0]} holds NaN or infinity ({name})")
            if dtype is not None and not kept_precise.intersection(name.split(".")):
                value = value.to(dtype)
        # LSTM weights saved on a GPU are pieces of one storage, which safetensors would refuse.
        owns_storage = value.is_contiguous() and value.untyped_storage().nbytes() == value.nbytes
        state[name] = value if owns_storage else value.clone(memory_format=torch.contiguous_format)
    model.save_pretrained(folder, state_dict=state, max_shard_size=max_shard_size)


def check_fills(model: torch.nn.Module, tensors: Mapping[str, StoredTensor]) -> None:
    """Check that every tensor of a model has a source of its own shape, and that nothing is left over.

    Raises:
        ConversionError: listing missing and superfluous tensors, and those of another shape.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    missing = [name for name in wanted if name not in tensors]
    left_over = [name for name in tensors if name not in wanted]
    wrong = [
        f"{name} is {tensors[name].shape} instead of {shape} (from {tensors[name].sources[0]})"
        for name, shape in wanted.items()
        if name in tensors and tensors[name].shape != shape
    ]
    problems = [
        f"{len(missing)} tensors are missing: {shorten(missing)}" if missing else "",
        f"{len(left_over)} tensors have no place: {shorten(left_over)}" if left_over else "",
        f"{len(wrong)} tensors have the wrong shape: {shorten(wrong, 4)}" if wrong else "",
    ]
    if any(problems):
        raise ConversionError(
            f"the checkpoint does not fill {type(model).__name__}: {'; '.join(filter(None, problems))}"
        )


def _common_dtype(tensors: Mapping[str, StoredTensor]) -> torch.dtype:
    """The type of most values."""
    sizes: dict[torch.dtype, int] = {}
    for tensor in tensors.values():
        if tensor.dtype.is_floating_point:
            sizes[tensor.dtype] = sizes.get(tensor.dtype, 0) + torch.Size(tensor.shape).numel()
    return max(sizes, key=lambda dtype: sizes[dtype])
