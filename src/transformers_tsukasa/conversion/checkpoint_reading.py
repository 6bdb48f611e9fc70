# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Reading of checkpoint files: tensors only, memory-mapped, and one clear sentence for every file that is not one."""

import collections
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeGuard

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from .errors import ConversionError


StateDict = dict[str, torch.Tensor]


@dataclass(frozen=True)
class StoredModules:
    """The modules of a main checkpoint.

    Args:
        modules: tensors by module, without the prefixes of parallel training.
        is_wrapped: whether they lie under `net`, as training saves them beside its optimizer.
        notes: on tensors that the file's format leaves out or adds.
    """

    modules: Mapping[str, StateDict]
    is_wrapped: bool = True
    notes: Sequence[str] = ()


_ZIP_MAGIC = b"PK\x03\x04"
_LFS_POINTER = b"version https://git-lfs"
# Keys under which training scripts put a module's tensors, beside the optimizer and counters.
_WRAPPERS = ("net", "model", "state_dict", "model_state_dict")
_HARMLESS: list = [
    collections.defaultdict,
    np.dtype,
    np.ndarray,
    np._core.multiarray.scalar,  # type: ignore[attr-defined]  # private in numpy's stubs, but pickles name them
    np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
]
# The paths of a training among its arguments, by the names that different versions of Python give their class.
_HARMLESS += [(PurePosixPath, name) for name in ("pathlib.PosixPath", "pathlib._local.PosixPath")]
_HARMLESS += [type(np.dtype(kind)) for kind in ("float32", "float64", "int32", "int64")]


def read_checkpoint(path: Path) -> Mapping:
    """Read what `torch.save` (any format) or safetensors wrote; the tensors are mapped from disk, not read.

    Only tensors, numbers, strings and containers are unpickled: a file cannot run code here.

    Raises:
        ConversionError: when the file is missing, empty, truncated, a git-lfs pointer or not a checkpoint, or holds
            other objects than these.
    """
    if not path.is_file():
        raise ConversionError(f"{path}: there is no such file")
    with path.open("rb") as stream:
        head = stream.read(32)
    if not head:
        raise ConversionError(f"{path} is empty (0 bytes): download or copy it again")
    if head.startswith(_LFS_POINTER):
        raise ConversionError(f"{path} is only a git-lfs pointer: fetch the file itself with `git lfs pull`")
    if path.suffix.lower() == ".safetensors":
        return _read_safetensors(path)
    return _read_pickle(path, mapped=head.startswith(_ZIP_MAGIC))


def _read_safetensors(path: Path) -> Mapping:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ConversionError(
            f"{path} is not a complete safetensors file ({error}): download or copy it again"
        ) from error


def _read_pickle(path: Path, mapped: bool) -> Mapping:
    try:
        with torch.serialization.safe_globals(_HARMLESS):
            # Files from before torch 1.6 are not zip archives, and cannot be mapped.
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except (RuntimeError, pickle.UnpicklingError, OSError, EOFError, ValueError, LookupError, AttributeError) as error:
        raise ConversionError(_explain(path, mapped, error)) from error
    if not isinstance(content, Mapping):
        raise ConversionError(
            f"{path} holds a {type(content).__name__}, not a dictionary of tensors: it is not a checkpoint"
        )
    return content


def _explain(path: Path, mapped: bool, error: Exception) -> str:
    foreign = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
    if foreign:
        return (
            f"{path} holds an object of {foreign.group(1)} beside its tensors, which is not loaded because it could "
            'run code: save it again with only {"net": {module: state_dict}}'
        )
    if mapped:
        return f"{path} is truncated or damaged ({path.stat().st_size} bytes): download or copy it again"
    return f"{path} is not a PyTorch checkpoint, or a truncated one: expected a file written by torch.save"


def strip_parallel_prefix(state: Mapping[str, torch.Tensor]) -> StateDict:
    """The state dict without the `module.` that DataParallel and DistributedDataParallel put before every name."""
    stripped = dict(state)
    while stripped and all(key.startswith("module.") for key in stripped):
        stripped = {key.removeprefix("module."): value for key, value in stripped.items()}
    return stripped


def is_state_dict(value: object) -> TypeGuard[Mapping[str, torch.Tensor]]:
    """Whether a value is a dictionary of tensors, and not empty."""
    return isinstance(value, Mapping) and bool(value) and all(isinstance(v, torch.Tensor) for v in value.values())


def modules_in(content: Mapping, path: Path) -> StoredModules:
    """The modules of a main checkpoint: `{"net": {module: state_dict}, ...}`, with or without the outer level.

    A file that is one state dict has one module, whose name is empty.

    Args:
        content: what `read_checkpoint` returned.
        path: of the file, for errors.

    Raises:
        ConversionError: when the file holds no modules.
    """
    is_wrapped = isinstance(content.get("net"), Mapping)
    modules = content["net"] if is_wrapped else content
    if is_state_dict(content):  # a file of one network and nothing else
        return StoredModules({"": strip_parallel_prefix(content)}, is_wrapped=False)
    found = {str(name): strip_parallel_prefix(state) for name, state in modules.items() if is_state_dict(state)}
    if not found:
        names = ", ".join(str(key) for key in list(content)[:6]) or "nothing"
        raise ConversionError(
            f"{path} is not a main checkpoint: expected {{'net': {{module: tensors}}}}, found {names}. "
            "If it is the file of a single module, give the main checkpoint instead"
        )
    return StoredModules(found, is_wrapped)


def read_module(path: Path) -> StateDict:
    """Read the tensors of one module's own file, whatever wrapper the training script put around them.

    Raises:
        ConversionError: see `read_checkpoint`; also when the file holds no dictionary of tensors.
    """
    content = read_checkpoint(path)
    for wrapper in _WRAPPERS:
        wrapped = content.get(wrapper)
        if is_state_dict(wrapped):
            return strip_parallel_prefix(wrapped)
    if is_state_dict(content):
        return strip_parallel_prefix(content)
    names = ", ".join(str(key) for key in list(content)[:6]) or "nothing"
    raise ConversionError(f"{path}: expected the tensors of one module (under 'net' or 'model'), found {names}")
