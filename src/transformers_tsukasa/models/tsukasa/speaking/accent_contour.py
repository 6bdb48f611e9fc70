# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pitch accent for voices that never learned it: the mora pattern of a predicted F0 curve is replaced.

In semitones, a curve is taken to be the sum of three parts: a melody of the phrase, which is slow, a pattern that
goes from mora to mora, and fast movements within morae. The pattern is read off the curve as one value for every mora,
and another one put in its place, of high and low morae as the accent has them; the rest stays. The new pattern has
the form of the accent component of Fujisaki and Hirose (1984, J. Acoust. Soc. Jpn. (E) 5, 233-242): steps between two
levels, which are as slow as a voice has to be.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ....text.accent_levels import HIGH, MORA_STARTS, PHRASE_STARTS
from ..configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME


# Frames this far below the median are no voice: predicted curves pass through all frequencies at the edges of voicing.
_LOWEST_OF_MEDIAN = 0.5
_LOWEST_VOICE = 50.0  # Hz
# Morae with such a distance between them belong to different breath groups, each with a melody of its own.
_PAUSE_SECONDS = 0.15
# The melody is a local straight line through a Gaussian window, whose slope is held back where there are few morae:
# by the ratio, squared, of what a mora deviates (2.5 semitones) to the slopes that are usual (3 semitones a second).
_MELODY_SECONDS = 0.5
_SLOPE_PENALTY = (2.5 / 3.0) ** 2
# The distance of high from low, in semitones: so many standard deviations of the curve's own pattern, within limits.
_RANGE_OF_DEVIATION = 2.0
_SMALLEST_RANGE, _LARGEST_RANGE = 3.5, 8.0
_FLAT_PHRASE = 0.8  # a phrase without a nucleus rises less far
# The pitch falls late in the nucleus.
_FALL_DELAY = 0.015
# A rise of so many semitones from the middle to the last third of the last mora before a pause belongs to the melody,
# as that of a question. In the first third a predicted curve rises wherever voicing sets in.
_FINAL_RISE = 0.75
_LARGEST_CORRECTION = 12.0


def accented_f0(
    f0: torch.Tensor,
    durations: torch.Tensor,
    accent_levels: torch.Tensor,
    strength: float = 1.0,
    *,
    frame_seconds: float = 0.0125,
    voiced_threshold: float = 10.0,
    delay: int = 0,
) -> torch.Tensor:
    """F0 with the pattern of high and low morae that the accent has, in the melody and the range of the curve.

    Unvoiced frames stay as they are, and so does a phrase of one mora.

    Args:
        f0: Hz, (batch, 2 * text_frames).
        durations: text frames of every token, (batch, tokens); 0 for padding.
        accent_levels: (batch, tokens) integers: below 0 for tokens that belong to no mora, else the sum of
            `HIGH`, `MORA_STARTS` and `PHRASE_STARTS` (see `text.accent_levels`).
        strength: 0 for the curve as it is to 1 for the accent alone.
        frame_seconds: length of an F0 frame.
        voiced_threshold: in Hz; values up to it are unvoiced.
        delay: text frames by which the curve lags the durations.

    Returns:
        The shape, type and device of `f0`; `f0` itself at strength 0.

    Raises:
        ValueError: when the shapes do not fit each other, or the strength is not between 0 and 1.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"the strength of the accent must be a number from 0 to 1, got {strength!r}")
    if durations.shape != accent_levels.shape or durations.shape[0] != f0.shape[0]:
        raise ValueError(
            f"accent_levels {tuple(accent_levels.shape)} must have the shape of durations {tuple(durations.shape)}, "
            f"and f0 {tuple(f0.shape)} a row for each of these"
        )
    if strength == 0:
        return f0
    rows = zip(_array(f0).astype(float), _array(durations), _array(accent_levels), strict=True)
    corrections = [
        _correction(curve, own_durations, levels, frame_seconds, voiced_threshold, delay)
        for curve, own_durations, levels in rows
    ]
    factors = torch.from_numpy(np.exp2(strength * np.stack(corrections) / 12.0))
    return f0 * factors.to(f0)


def _array(values: torch.Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()


@dataclass(frozen=True)
class _Morae:
    """The morae of a breath group, or of an utterance.

    Attributes:
        starts, ends: seconds, (morae,).
        targets: the accent in units of the range, 0 for low, (morae,).
        values: the pitch in semitones, NaN for a mora without voiced frames, (morae,).
    """

    starts: np.ndarray
    ends: np.ndarray
    targets: np.ndarray
    values: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        return (self.starts + self.ends) / 2

    def __getitem__(self, chosen: slice | np.ndarray) -> "_Morae":
        return _Morae(self.starts[chosen], self.ends[chosen], self.targets[chosen], self.values[chosen])

    def groups(self) -> list["_Morae"]:
        """The breath groups."""
        cuts = np.flatnonzero(self.starts[1:] - self.ends[:-1] >= _PAUSE_SECONDS) + 1
        return [self[first:last] for first, last in zip([0, *cuts], [*cuts, len(self.starts)], strict=True)]


def _correction(
    curve: np.ndarray,
    durations: np.ndarray,
    levels: np.ndarray,
    frame_seconds: float,
    voiced_threshold: float,
    delay: int,
) -> np.ndarray:
    """Semitones to add to every frame of a curve (frames,) in Hz; 0 in unvoiced frames."""
    candidates = curve[curve > max(voiced_threshold, _LOWEST_VOICE)]
    nothing = np.zeros(len(curve))
    if not len(candidates):
        return nothing
    is_voiced = curve > max(voiced_threshold, _LOWEST_OF_MEDIAN * np.median(candidates))
    pitch = np.where(is_voiced, 12.0 * np.log2(np.where(is_voiced, curve, 1.0)), np.nan)
    seconds = (np.arange(len(curve)) + 0.5) * frame_seconds
    morae = _read_morae(pitch, durations, levels, frame_seconds, delay)
    if not len(morae.starts):
        return nothing
    groups = morae.groups()
    size = _own_range(groups)
    edges = [(before.ends[-1] + after.starts[0]) / 2 for before, after in zip(groups, groups[1:], strict=False)]
    parts = np.split(np.arange(len(curve)), np.searchsorted(seconds, edges))
    correction = nothing.copy()
    for group, part in zip(groups, parts, strict=True):
        correction[part] = _group_correction(group, pitch[part], seconds[part], size)
    return np.where(is_voiced, correction.clip(-_LARGEST_CORRECTION, _LARGEST_CORRECTION), 0.0)


def _read_morae(
    pitch: np.ndarray, durations: np.ndarray, levels: np.ndarray, frame_seconds: float, delay: int
) -> _Morae:
    """The morae of an utterance with their pitch, from the levels of its tokens."""
    ends = MEL_FRAMES_PER_TEXT_FRAME * (np.cumsum(durations) + delay)
    starts = ends - MEL_FRAMES_PER_TEXT_FRAME * durations
    spans: list[list[int]] = []
    is_high: list[bool] = []
    phrases: list[int] = []
    for start, end, level in zip(starts.tolist(), ends.tolist(), levels.tolist(), strict=True):
        if level < 0 or end == start:
            continue
        if level & MORA_STARTS or not spans:
            spans.append([start, end])
            is_high.append(bool(level & HIGH))
            phrases.append((phrases[-1] if phrases else 0) + bool(level & PHRASE_STARTS))
        else:
            spans[-1][1] = end
    frames = np.array(spans, dtype=int).reshape(-1, 2)
    targets = np.array(is_high, dtype=float)
    for phrase in set(phrases):
        own = np.array(phrases) == phrase
        if not (np.diff(targets[own]) < 0).any() and targets[own][0] == 0:
            targets[own] *= _FLAT_PHRASE
    values = np.array([_mora_pitch(pitch[start:end]) for start, end in frames])
    return _Morae(frames[:, 0] * frame_seconds, frames[:, 1] * frame_seconds, targets, values)


def _mora_pitch(pitch: np.ndarray) -> float:
    """The pitch of a mora: the median of its voiced frames, NaN with less than two of them."""
    voiced = pitch[~np.isnan(pitch)]
    return float(np.median(voiced)) if len(voiced) > 1 else np.nan


def _own_range(groups: list[_Morae]) -> float:
    """The distance of high from low in semitones that fits the pattern a curve has already."""
    deviations = []
    for group in groups:
        measured = group[~np.isnan(group.values)]
        if len(measured.values) > 1:
            deviations.append(measured.values - _melody(measured.centres, measured.values, measured.centres))
    if not deviations:
        return _SMALLEST_RANGE
    deviation = np.concatenate(deviations).std()
    return float(np.clip(_RANGE_OF_DEVIATION * deviation, _SMALLEST_RANGE, _LARGEST_RANGE))


def _melody(at: np.ndarray, values: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """A slow curve through values: local straight lines.

    Args:
        at: seconds of the values, (values,).
        values: semitones, (values,).
        seconds: where the curve is wanted, (frames,).
    """
    distance = at - seconds[:, None]
    weight = np.exp(-0.5 * np.square(distance / _MELODY_SECONDS))
    weight /= weight.max(axis=1, keepdims=True)
    total = weight.sum(axis=1)
    mean_distance = (weight * distance).sum(axis=1) / total
    mean_value = weight @ values / total
    around = distance - mean_distance[:, None]
    slope = (weight * around) @ values / ((weight * np.square(around)).sum(axis=1) + _SLOPE_PENALTY)
    return mean_value - slope * mean_distance


def _group_correction(morae: _Morae, pitch: np.ndarray, seconds: np.ndarray, size: float) -> np.ndarray:
    """Semitones to add to the frames of a breath group: the new pattern minus that of the curve."""
    measured = morae[~np.isnan(morae.values)]
    if len(measured.values) < 2:
        return np.zeros(len(seconds))
    centres = measured.centres
    new = size * _accent_component(morae, size, seconds)
    left = measured.values - size * _accent_component(morae, size, centres)
    melody = _melody(centres, left, seconds.clip(centres[0], centres[-1]))
    correction = melody + new - np.interp(seconds, centres, measured.values)
    return _keep_final_rise(correction, measured, pitch, seconds)


def _accent_component(morae: _Morae, size: float, seconds: np.ndarray) -> np.ndarray:
    """The accent in units of the range at any time: a smooth step from each mora to the next.

    A step takes as long as speakers need for it at least (Xu and Sun 2002, J. Acoust. Soc. Am. 111, 1399-1413):
    89.6 ms and 8.7 ms a semitone to rise, 100.4 ms and 5.8 ms a semitone to fall.
    """
    accent = np.full(len(seconds), morae.targets[0])
    for step, start in zip(np.diff(morae.targets), morae.starts[1:], strict=True):
        semitones = abs(step) * size
        if step > 0:
            length, centre = 0.0896 + 0.0087 * semitones, start
        else:
            length, centre = 0.1004 + 0.0058 * semitones, start + _FALL_DELAY
        progress = ((seconds - centre) / length + 0.5).clip(0.0, 1.0)
        accent += step * (0.5 - 0.5 * np.cos(np.pi * progress))
    return accent


def _keep_final_rise(correction: np.ndarray, measured: _Morae, pitch: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Does not lower a last mora that rises before a pause: that belongs to the melody of a question."""
    own = np.flatnonzero((seconds >= measured.starts[-1]) & (seconds < measured.ends[-1]) & ~np.isnan(pitch))
    third = len(own) // 3
    if third == 0 or np.median(pitch[own[-third:]]) - np.median(pitch[own[third:-third]]) < _FINAL_RISE:
        return correction
    lowered = -np.interp(measured.centres[-1], seconds, correction)
    if lowered <= 0:
        return correction
    before, centre = measured.centres[-2:]
    progress = ((seconds - before) / (centre - before)).clip(0.0, 1.0)
    return correction + lowered * (0.5 - 0.5 * np.cos(np.pi * progress))
