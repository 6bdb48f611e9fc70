# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Dynamic time warping: pairs the frames of two utterances (Sakoe & Chiba 1978)."""

import numpy as np


def distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return Euclidean distances of all pairs of frames. `(m, size)`, `(n, size)` -> `(m, n)`"""
    squares = np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1) - 2.0 * left @ right.T
    return np.sqrt(np.maximum(squares, 0.0))


def time_warping_path(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the cheapest path from the first pair to the last one.

    Every step advances by one frame in either utterance or in both; all steps have the same weight, and there is no
    band. Of equally cheap steps, the one that advances in both is taken.

    Args:
        costs: `(m, n)` of pairs of frames.

    Returns:
        Two index arrays `(steps,)`: frames of the left utterance, and the paired frames of the right one.

    Raises:
        ValueError: when one of them has no frame.
    """
    rows, columns = costs.shape
    if not rows or not columns:
        raise ValueError(f"nothing to align: one utterance has {rows} frames, the other {columns}")
    sums = _summed_costs(np.asarray(costs, dtype=np.float64))
    row, column = rows, columns
    path = []
    while row and column:
        path.append((row - 1, column - 1))
        both, up, left = sums[row - 1, column - 1], sums[row - 1, column], sums[row, column - 1]
        if both <= min(up, left):
            row, column = row - 1, column - 1
        elif up <= left:
            row -= 1
        else:
            column -= 1
    pairs = np.array(path[::-1])
    return pairs[:, 0], pairs[:, 1]


def _summed_costs(costs: np.ndarray) -> np.ndarray:
    """Return `(m + 1, n + 1)`: cost of the cheapest path to every pair, with a border; filled diagonal by diagonal."""
    rows, columns = costs.shape
    sums = np.full((rows + 1, columns + 1), np.inf)
    sums[0, 0] = 0.0
    for diagonal in range(rows + columns - 1):
        row = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        column = diagonal - row
        cheapest = np.minimum(np.minimum(sums[row, column], sums[row, column + 1]), sums[row + 1, column])
        sums[row + 1, column + 1] = costs[row, column] + cheapest
    return sums
