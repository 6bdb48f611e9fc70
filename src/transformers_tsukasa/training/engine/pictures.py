# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Arrays as pictures: colours for heights, and curves over time. Rows are counted from below, as plots are read."""

import numpy as np


# From dark blue over red to pale yellow, brighter with every step, so that it can also be read without colours.
_COLOURS = np.array([(8, 8, 40), (76, 20, 110), (160, 44, 92), (230, 92, 48), (250, 168, 60), (252, 252, 200)])
_LEAST_HEIGHT = 160
_CURVE_HEIGHT = 96


def picture_of(values: np.ndarray) -> np.ndarray:
    """Heights as colours.

    Args:
        values: (rows, columns), the first row below; what is not finite counts as the lowest.

    Returns:
        (height, width, 3) uint8. Small tables are enlarged by whole numbers.
    """
    values = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 0.0)
    heights = np.nan_to_num((values - low) / max(high - low, 1e-12))
    steps = np.linspace(0.0, 1.0, len(_COLOURS))
    colours = np.stack([np.interp(heights, steps, channel) for channel in _COLOURS.T], axis=-1)
    times = max(1, _LEAST_HEIGHT // len(values))
    return colours[::-1].round().astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1)


def stacked(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Two tables over the same columns, a bright line between them, as one: (rows, columns) each."""
    columns = min(below.shape[1], above.shape[1])
    line = np.full((2, columns), max(below.max(), above.max()))
    return np.concatenate([below[:, :columns], line, above[:, :columns]])


def curves(dim: np.ndarray, bright: np.ndarray) -> np.ndarray:
    """Two curves (frames,) as a table for `picture_of`, the second drawn over the first."""
    both = np.nan_to_num(np.stack([dim, bright]).astype(np.float64))
    low, high = both.min(), both.max()
    rows = ((both - low) / max(high - low, 1e-12) * (_CURVE_HEIGHT - 1)).round().astype(int)
    table = np.zeros((_CURVE_HEIGHT, both.shape[1]))
    for row, brightness in zip(rows, (0.5, 1.0), strict=True):
        for frame in range(len(row)):
            # Down to the frame before, so that steep places are lines and not dots.
            first, last = sorted((row[max(frame - 1, 0)], row[frame]))
            table[first : last + 1, frame] = brightness
    return table


__all__ = ["curves", "picture_of", "stacked"]
