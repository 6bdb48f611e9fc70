# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Dynamic time warping: pairs the frames of two utterances (Sakoe & Chiba 1978), or of one with a template of it."""

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


_MOST_LEFT_OUT = 7  # frames of the template in one step, so that few frames pass a pause that an utterance lacks


def follow_template(costs: np.ndarray, stay_costs: np.ndarray, skip_costs: np.ndarray) -> np.ndarray:
    """Find the cheapest way of an utterance along a template of it: which of its frames every frame follows.

    Every frame of the utterance counts once, and the way leads from the beginning of the template to its end: from one
    frame to the next it stays, advances, or leaves out up to seven frames of the template.

    Args:
        costs: `(frames, template_frames)` of pairs of frames.
        stay_costs: `(template_frames,)`, of every further frame of the utterance that follows the same one.
        skip_costs: `(template_frames,)`, of a frame that is left out.

    Returns:
        `(frames,)` int: frames of the template, never falling.

    Raises:
        ValueError: when the utterance has no frame, or too few to come to the end of the template.
    """
    frames, template_frames = costs.shape
    if not template_frames or template_frames - 1 > (frames - 1) * (1 + _MOST_LEFT_OUT):
        raise ValueError(f"nothing to align: {frames} frames cannot follow a template of {template_frames}")
    skipped = np.concatenate([[0.0], np.cumsum(skip_costs)])  # of all frames before one
    best = np.full(template_frames, np.inf)
    best[0] = costs[0, 0]
    steps = np.zeros((frames, template_frames), dtype=np.int8)
    for frame in range(1, frames):
        ways = np.full((2 + _MOST_LEFT_OUT, template_frames), np.inf)
        ways[0] = best + stay_costs
        for step in range(1, min(len(ways), template_frames)):
            ways[step, step:] = best[:-step] + skipped[step:-1] - skipped[1 : template_frames - step + 1]
        steps[frame] = ways.argmin(axis=0)
        best = ways.min(axis=0) + costs[frame]
    followed = np.empty(frames, dtype=np.int64)
    place = template_frames - 1
    for frame in range(frames - 1, -1, -1):
        followed[frame] = place
        place -= int(steps[frame, place])
    return followed
