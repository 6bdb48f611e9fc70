# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Instruments that the benchmarks share: operations, the rate of a matrix product, peak memory, and time by part."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


MATMUL_SIZE = 2048
_SMALLEST_PRODUCT, _LONG_PRODUCT = 256, 0.1  # rows, seconds
_CPU = torch.device("cpu")
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class _OperationCounter(TorchDispatchMode):
    """Adds up the operations of convolutions, matrix products and attention by torch's own formulas.

    `torch.utils.flop_counter.FlopCounterMode` counts the same, but also follows which module runs, by hooks on
    gradients. They fail on a view of a parameter that is made under `no_grad`: torch lets it require a gradient
    without a function to compute one. Nothing here needs to know modules.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.operations += formula(*args, **(kwargs or {}), out_val=result)
        return result


def count_operations(call: Callable[[], object]) -> int:
    """Floating-point operations of the convolutions, matrix products and attention in one call, backward included."""
    with _OperationCounter() as counter:
        call()
    return counter.operations


def matmul_rate(dtype: torch.dtype, repeats: int = 5, device: torch.device = _CPU, size: int = MATMUL_SIZE) -> float:
    """Operations per second of one square matrix product, best of `repeats`.

    Factors have `size` rows, or fewer where a product of fewer takes a tenth of a second already: bfloat16 is hundreds
    of times as slow as float32 on processors without instructions for it.
    """
    rows = min(_SMALLEST_PRODUCT, size)
    while rows < size and _product_seconds(rows, dtype, device) < _LONG_PRODUCT:
        rows = min(2 * rows, size)
    return 2 * rows**3 / min(_product_seconds(rows, dtype, device) for _ in range(repeats))


def _product_seconds(rows: int, dtype: torch.dtype, device: torch.device) -> float:
    factor = torch.randn(rows, rows, device=device).to(dtype)
    started = time.perf_counter()
    # Reading one value waits for the device.
    (factor @ factor)[0, 0].item()
    return time.perf_counter() - started


def peak_memory(call: Callable[[], object], device: torch.device = _CPU) -> float:
    """Peak memory in MiB during a call: allocated on a GPU, else resident in the process (Linux; elsewhere nan)."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        call()
        return torch.cuda.max_memory_allocated(device) / 2**20
    if not _STATUS.exists():
        call()
        return float("nan")
    _CLEAR.write_text("5")  # resets the peak
    call()
    peak = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


class Stopwatch:
    """Seconds by part. Inside a part, further parts count towards the outer one.

    Args:
        device: whose work is measured.
    """

    def __init__(self, device: torch.device = _CPU) -> None:
        self.device, self.is_on, self._is_inside = device, True, False
        # With one thread, the time of the process is what a quiet machine would need.
        alone = device.type == "cpu" and torch.get_num_threads() == 1
        self._clock = time.process_time if alone else time.perf_counter
        self.seconds: dict[str, float] = defaultdict(float)

    def now(self) -> float:
        """Seconds, read after the device has finished all queued work."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return self._clock()

    def time(self, call: Callable[[], object]) -> float:
        """Seconds that a call takes."""
        started = self.now()
        call()
        return self.now() - started

    def reset(self, is_on: bool = True) -> None:
        """Clears all parts, and switches counting on or off."""
        self.seconds, self.is_on = defaultdict(float), is_on

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Adds the time inside to a part."""
        if not self.is_on or self._is_inside:
            yield
            return
        self._is_inside = True
        started = self.now()
        yield
        self.seconds[name] += self.now() - started
        self._is_inside = False

    def watch(self, owner: object, method: str, part: str) -> None:
        """Adds the time of every call of a method to a part."""
        inner = getattr(owner, method)

        def timed(*arguments, **keywords):
            with self.part(part):
                return inner(*arguments, **keywords)

        setattr(owner, method, timed)
