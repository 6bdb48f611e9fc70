# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How the time that a function takes grows with its input."""

import time
from collections.abc import Callable
from typing import Any


_FACTOR = 8
_LINEAR = 20.0
"""Eight times the length takes eight times as long; 64 times where the time grows with the square of the length."""


def takes_linear_time(function: Callable[[Any], object], make_input: Callable[[int], Any], size: int) -> bool:
    """Whether an input of eight times the size takes not much more than eight times the CPU time.

    Args:
        function: is called with inputs of both sizes.
        make_input: makes an input of a size.
        size: of the smaller input, so that it takes some milliseconds.
    """
    small, large = make_input(size), make_input(_FACTOR * size)
    least = min(cpu_seconds(function, small) for _ in range(3))
    # A second try where the first one was disturbed: caches, other programs.
    return any(cpu_seconds(function, large) < _LINEAR * max(least, 1e-3) for _ in range(2))


def repeated(unit: str) -> Callable[[int], str]:
    """Make texts of a number of characters that repeat `unit`."""
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def cpu_seconds(function: Callable[[Any], object], given: Any) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    function(given)
    return time.process_time() - began
