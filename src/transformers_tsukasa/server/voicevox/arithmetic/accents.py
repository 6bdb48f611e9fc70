# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent of a query for models that read none: the pitches of a phrase moved from one accent to another.

The rise of 0.30 (in ln Hz), and how its pattern is smoothed, are what the packaged voice, which reads accents, does
when the accent of a phrase is changed.
"""

from collections.abc import Sequence

import numpy as np


_RISE = 0.30
_KERNEL = (0.2, 0.5, 0.3)  # of a mora, the one before, and the one before that: pitch follows late
_KEPT = 0.3  # of the own movement, where the accent that it has is not known
_STEEPEST = -0.06  # slope of a phrase, for every mora


def change_accent(pitches: Sequence[float], old: int, new: int) -> list[float]:
    """The pitches of a phrase that had the accent `old` with the accent `new`; unvoiced ones stay 0."""
    change = _RISE * (_pattern(len(pitches), new) - _pattern(len(pitches), old))
    return [pitch + float(step) if pitch > 0 else pitch for pitch, step in zip(pitches, change, strict=True)]


def impose_accent(pitches: Sequence[float], accent: int) -> list[float]:
    """The pitches of a phrase, whose accent is not known, with an accent."""
    values = np.array(pitches, dtype=float)
    voiced = np.flatnonzero(values > 0)
    if not len(voiced):
        return list(pitches)
    at = voiced - voiced.mean()
    slope = float(np.clip((at @ values[voiced]) / max(at @ at, 1e-12), _STEEPEST, 0.0))
    line = values[voiced].mean() + slope * (np.arange(len(values)) - voiced.mean())
    pattern = _pattern(len(values), accent)
    imposed = line + _RISE * (pattern - pattern[voiced].mean()) + _KEPT * (values - line)
    return [float(new) if old > 0 else old for old, new in zip(pitches, imposed, strict=True)]


def _pattern(count: int, accent: int) -> np.ndarray:
    """How high each of so many morae is, 0 to 1."""
    start = 1.0 if accent == 1 else 0.0
    high = [start, start]
    high += [float(mora == 1 if accent == 1 else 2 <= mora <= accent) for mora in range(1, count + 1)]
    values = np.array(high)
    return _KERNEL[0] * values[2:] + _KERNEL[1] * values[1:-1] + _KERNEL[2] * values[:-2]


__all__ = ["change_accent", "impose_accent"]
