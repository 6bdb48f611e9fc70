# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Draws and utterances of an evaluation, which are the same every time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def fixed_draws(seed: int) -> Iterator[None]:
    """Everything that is drawn in the context follows from the seed, and nothing outside of it is changed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def spread_items(dataset: Any, indices: Sequence[int] | np.ndarray, count: int) -> Iterator[Any]:
    """At most `count` items of a data set, spread evenly over some of its indices."""
    count = min(count, len(indices))
    for place in range(count):
        yield dataset[int(indices[place * len(indices) // count])]


__all__ = ["fixed_draws", "spread_items"]
