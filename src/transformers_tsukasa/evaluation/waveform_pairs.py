# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Distances of many utterances from their references, for the metrics that compare waveforms."""

from collections.abc import Sequence

import numpy as np

from .distances import compare_frames
from .speech_analysis import SpeechAnalyzer


def compare_waveforms(
    waveforms: Sequence[Sequence[float]],
    references: Sequence[Sequence[float]],
    sampling_rate: int,
    f0_min: float = 50.0,
    f0_max: float = 900.0,
) -> dict[str, list[float]]:
    """What `compare_frames` finds for every pair: measure -> a value for every pair.

    Args:
        waveforms, references: lists of `(samples,)` in [-1, 1].
        sampling_rate: of all of them, in Hz.
        f0_min, f0_max: range of the pitch tracker in Hz.

    Raises:
        ValueError: when there are not as many of both, or one of them has too little sound.
    """
    if len(waveforms) != len(references) or not len(waveforms):
        raise ValueError(f"{len(waveforms)} waveforms and {len(references)} references: give as many of both")
    analyzer = SpeechAnalyzer(sampling_rate, f0_min, f0_max)
    rows = []
    for pair in zip(waveforms, references, strict=True):
        rows.append(compare_frames(*(analyzer(np.asarray(one, dtype=np.float32), sampling_rate) for one in pair)))
    return {name: [row[name] for row in rows] for name in rows[0]}
