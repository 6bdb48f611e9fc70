# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Whether speech is audible: every word of it, each sentence to its end, and no click where sentences are joined.

Averages over long sentences hide a voice that swallows short answers; these measures fail for a single one.
"""

from collections.abc import Sequence

import numpy as np

from ..text.timing import TimedWord


SILENT_DB = -45.0
"""A word whose loudest 10 ms stay below this level, in decibels of full scale, is inaudible."""
END_DB = -50.0
"""The last 20 ms of an utterance that is over, or the last 2 ms of one that fades, are below this level, in decibels
of its loudest 10 ms."""
JUMP_DB = 6.0
"""More than this change of level from one 5 ms to the next is audible as a click."""

_FLOOR_DB = -60.0  # changes further below the loudest 10 ms than this are inaudible


def loudest(waveform: np.ndarray, sampling_rate: int) -> float:
    """Level of the loudest 10 ms of `(samples,)` in decibels of full scale."""
    return float(_levels(waveform, sampling_rate // 100).max())


def silent_words(words: Sequence[TimedWord], waveform: np.ndarray, sampling_rate: int) -> list[str]:
    """The words of at least 20 ms that are inaudible in `(samples,)`, as they are written.

    ッ is the silence before a consonant: a word of nothing else is never among them.
    """
    silent = []
    for word in words:
        if all(mora.kana == "ッ" for mora in word.morae):
            continue
        spoken = waveform[round(word.start * sampling_rate) : round(word.end * sampling_rate)]
        if len(spoken) >= sampling_rate // 50 and loudest(spoken, sampling_rate) < SILENT_DB:
            silent.append(word.surface)
    return silent


def end_level(waveform: np.ndarray, sampling_rate: int) -> float:
    """Level of the last 20 ms of `(samples,)`, or of the last 2 ms if lower, in decibels of its loudest 10 ms."""
    ends = [waveform[-(sampling_rate // part) :] for part in (50, 500)]
    return min(float(_levels(end, len(end))[0]) for end in ends) - loudest(waveform, sampling_rate)


def largest_jump(waveform: np.ndarray, sampling_rate: int, place: int) -> float:
    """The largest change of level from one 5 ms to the next, in decibels, within 20 ms of a sample of `(samples,)`."""
    step, around = sampling_rate // 200, sampling_rate // 50
    floor = loudest(waveform, sampling_rate) + _FLOOR_DB
    near = waveform[max(place - around, 0) : place + around]
    largest = 0.0
    for offset in range(0, step, max(step // 5, 1)):
        levels = np.maximum(_levels(near[offset:], step), floor)
        largest = max(largest, float(np.abs(np.diff(levels)).max(initial=0.0)))
    return largest


def _levels(waveform: np.ndarray, step: int) -> np.ndarray:
    """Root mean square of every `step` samples in decibels of full scale; of all samples where there are fewer."""
    step = min(step, len(waveform))
    frames = np.asarray(waveform, dtype=np.float64)[: len(waveform) // step * step].reshape(-1, step)
    return 10.0 * np.log10((frames**2).mean(axis=1) + 1e-12)


__all__ = ["END_DB", "JUMP_DB", "SILENT_DB", "end_level", "largest_jump", "loudest", "silent_words"]
