# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The silence around an utterance: that of the recording is cut, and that of training put in its place."""

import numpy as np

from .files import speech_bounds


# 5000 samples at 24 kHz (docs/spec/training.md, Data), as a time, so that it is the same silence at other rates.
_PADDING_SECONDS = 5000 / 24000
# Kept on both sides of the speech that `speech_bounds` finds: onsets are quieter than its threshold.
_MARGIN_SECONDS = 0.05


def padding_samples(sampling_rate: int) -> int:
    """Zero samples at both ends of every training utterance."""
    return round(_PADDING_SECONDS * sampling_rate)


def trim_speech(samples: np.ndarray, sampling_rate: int, top_db: float | None) -> np.ndarray:
    """Cuts silence of `(samples,)` at both ends but for a margin of 50 ms; nothing when `top_db` is `None`."""
    if top_db is None:
        return samples
    start, end = speech_bounds(samples, top_db)
    margin = round(_MARGIN_SECONDS * sampling_rate)
    return samples[max(start - margin, 0) : end + margin]
