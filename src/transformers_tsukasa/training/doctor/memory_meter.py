# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures the peak memory of a part of a training step, on any device."""

import weakref

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class _LiveTensors(TorchDispatchMode):
    """Counts the bytes of everything that operators return as long as it is referenced, gradients included.

    Memory that an operator allocates and frees inside is not counted. Only on the CPU: elsewhere autograd runs in
    threads of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: set[int] = set()
        self._bytes = 0
        self.most = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        # An argument that an operator returns, changed or as a view, is nothing new.
        given = {storage._cdata for storage in _storages((args, kwargs))}
        for storage in _storages(result):
            if storage._cdata not in given:
                self._see(storage)
        return result

    def _see(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self._bytes += size
        self.most = max(self.most, self._bytes)
        weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._bytes -= size


def _storages(values) -> list[torch.UntypedStorage]:
    leaves = torch.utils._pytree.tree_leaves(values)
    return [leaf.untyped_storage() for leaf in leaves if isinstance(leaf, torch.Tensor)]


class MemoryMeter:
    """`with MemoryMeter(device) as meter: ...`; then `meter.bytes` is the peak above what was held before."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.bytes = 0

    def __enter__(self) -> "MemoryMeter":
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
            torch.cuda.reset_peak_memory_stats(self._device)
            self._before = torch.cuda.memory_allocated(self._device)
        else:
            self._live = _LiveTensors()
            self._live.__enter__()
        return self

    def __exit__(self, *error) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
            self.bytes = torch.cuda.max_memory_allocated(self._device) - self._before
        else:
            self._live.__exit__(*error)
            self.bytes = self._live.most


__all__ = ["MemoryMeter"]
