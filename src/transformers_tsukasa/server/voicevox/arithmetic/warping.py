# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Predicted durations and curves as a query wants them: moved and stretched, never drawn again.

What a query does not change stays as the model predicted it, value by value. A line is a row of cells: what precedes
the first mora, a consonant and a vowel for every mora, pauses, and what follows the last mora.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


PRE, CONSONANT, VOWEL, PAUSE, POST = "pre", "consonant", "vowel", "pause", "post"
VALUES_PER_FRAME = 2  # of F0 and energy, in a text frame
_SAME = 1e-6  # pitches closer than this are equal
_ROUNDING = 1e-9
_LOWEST_F0, _HIGHEST_F0 = 61.0, 1000.0
_FEWEST_VOICED, _LEAST_VOICED = 2, 0.25  # values, and their share, of a voiced vowel
_BELOW_MEAN_ENERGY = 0.5
_PITCH_PLACES = 6


@dataclass(frozen=True)
class Cell:
    """A stretch of a line.

    Args:
        kind: "pre", "consonant", "vowel", "pause" or "post".
        mora: number of its mora in the line, or None.
        tokens: first and last + 1 of its tokens.
        letters: for each of these whether it is a letter, and no accent mark, space, pad or mark.
    """

    kind: str
    mora: int | None
    tokens: tuple[int, int]
    letters: tuple[bool, ...]


def wanted_frames(cells: Sequence[Cell], seconds: Sequence[float], frame: float) -> list[int]:
    """Text frames of every cell, whose edges are rounded, so that errors never add up.

    Args:
        cells: of the line.
        seconds: how long each should be.
        frame: seconds of a text frame.
    """
    edges = [math.floor(end / frame + 0.5 + _ROUNDING) for end in np.cumsum([0.0, *seconds])]
    frames = [last - first for first, last in zip(edges, edges[1:], strict=False)]
    for place, cell in enumerate(cells[:-1]):
        if cell.kind != CONSONANT:
            continue
        for short, other in ((place, place + 1), (place + 1, place)):
            if seconds[short] > _SAME and frames[short] == 0 and frames[other] >= 2:
                frames[short], frames[other] = 1, frames[other] - 1
    return frames


def fit_durations(old: Sequence[int], letters: Sequence[bool], frames: int) -> list[int]:
    """Durations of the tokens of a cell that has so many frames, in the proportions that they had."""
    total, count = sum(old), len(old)
    if frames == total:
        return list(old)
    if count == 0 or frames == 0:
        return [0] * count
    if frames < sum(letters):
        places = [place for place, is_letter in enumerate(letters) if is_letter][:frames]
        return [int(place in places) for place in range(count)]
    shares = [frames * own / total if total else frames / count for own in old]
    durations = [math.floor(share + _ROUNDING) for share in shares]
    by_rest = sorted(range(count), key=lambda place: (-round(shares[place] - durations[place], 9), place))
    for place in by_rest[: frames - sum(durations)]:
        durations[place] += 1
    for place in range(count):
        if letters[place] and durations[place] == 0:
            spare = [other for other in range(count) if durations[other] > int(letters[other])]
            donor = max(spare, key=lambda other: (durations[other], other))
            durations[donor] -= 1
            durations[place] = 1
    return durations


def stretch(values: np.ndarray, count: int, before: float, threshold: float | None = None) -> np.ndarray:
    """A curve of a cell with another number of values, as it is where the number is the same.

    Args:
        values: (old,) energy, or F0 in Hz.
        count: how many values there should be.
        before: the value before the cell, which an empty one repeats.
        threshold: in Hz, up to which F0 is unvoiced; None for energy.
    """
    if len(values) == count:
        return values.copy()
    if len(values) == 0:
        return np.full(count, before)
    places = (np.arange(count) + 0.5) * len(values) / count - 0.5
    if threshold is None:
        return np.interp(places, np.arange(len(values)), values)
    nearest = np.floor(places + 0.5).astype(int).clip(0, len(values) - 1)
    lower = np.floor(places).astype(int)
    first, second = values[lower.clip(0, len(values) - 1)], values[(lower + 1).clip(0, len(values) - 1)]
    first, second = np.where(first > threshold, first, second), np.where(second > threshold, second, first)
    is_voiced = values[nearest] > threshold
    first, second = np.where(is_voiced, first, 1.0), np.where(is_voiced, second, 1.0)
    share = places - lower
    return np.where(is_voiced, np.exp((1 - share) * np.log(first) + share * np.log(second)), 0.0)


def mora_pitch(f0: np.ndarray, threshold: float) -> float | None:
    """The pitch of a mora, the median of ln Hz, from the F0 of its vowel; None when it is unvoiced.

    A dip of F0 beside a consonant, which is not perceived as pitch, does not move it (decision 0046).
    """
    voiced = f0[f0 > threshold]
    if len(voiced) < _FEWEST_VOICED or len(voiced) < _LEAST_VOICED * len(f0):
        return None
    return round(float(np.median(np.log(voiced.astype(float)))), _PITCH_PLACES)


def shown_pitches(base: Sequence[float | None], vowels: Sequence[str]) -> list[float]:
    """The pitches that a query shows: 0 for unvoiced letters; other unvoiced morae lie between their neighbours."""
    known = [place for place, pitch in enumerate(base) if pitch is not None]
    shown = []
    for place, (pitch, vowel) in enumerate(zip(base, vowels, strict=True)):
        if vowel == "cl" or vowel in ("A", "I", "U", "E", "O") or not known:
            shown.append(0.0)
        elif pitch is not None:
            shown.append(pitch)
        else:
            between = float(np.interp(place, known, [float(base[other] or 0.0) for other in known]))
            shown.append(round(between, _PITCH_PLACES))
    return shown


def scaled_pitches(pitches: Sequence[float], pitch_scale: float, intonation_scale: float) -> list[float]:
    """The pitches of a query after its scales: the logarithm is multiplied, distances from the mean are."""
    moved = [pitch * 2.0**pitch_scale for pitch in pitches]
    voiced = [pitch for pitch in moved if pitch > 0]
    if intonation_scale == 1 or not voiced:
        return moved
    mean = sum(voiced) / len(voiced)
    return [(pitch - mean) * intonation_scale + mean if pitch > 0 else pitch for pitch in moved]


@dataclass(frozen=True)
class MoraPitch:
    """A mora's pitches.

    Args:
        base: as predicted, None when unvoiced.
        shown: as the query would show it, unedited.
        asked: as the query has it.
        wanted: the same after the scales.
    """

    base: float | None
    shown: float
    asked: float
    wanted: float


def shift_f0(
    f0: np.ndarray,
    energy: np.ndarray,
    spans: Sequence[tuple[int, int]],
    pitches: Sequence[MoraPitch],
    intonation: float,
    threshold: float,
) -> tuple[np.ndarray, np.ndarray]:
    """F0 and energy with the pitches that a query asks for.

    Args:
        f0, energy: (values,), of the new length.
        spans: first value and last + 1 of the vowel of every mora.
        pitches: of every mora.
        intonation: by which movements within morae are multiplied.
        threshold: in Hz, up to which F0 is unvoiced.
    """
    new_f0, new_energy = f0.astype(float), energy.astype(float)
    knots = [
        (place, pitch.base, pitch.wanted)
        for (first, last), pitch in zip(spans, pitches, strict=True)
        if pitch.base is not None and pitch.asked > 0 and last > first
        for place in (first, last - 1)
    ]
    if knots:
        places, base, wanted = (np.array(column, dtype=float) for column in zip(*knots, strict=True))
        at = np.arange(len(f0))
        own, goal = np.interp(at, places, base), np.interp(at, places, wanted)
        is_moved = (f0 > threshold) & ((np.abs(goal - own) >= _SAME) | (intonation != 1))
        moved = np.exp(goal + intonation * (np.log(np.where(is_moved, f0, 1.0)) - own)).clip(_LOWEST_F0, _HIGHEST_F0)
        new_f0 = np.where(is_moved, moved, new_f0)
    voiced = [slice(*span) for span, pitch in zip(spans, pitches, strict=True) if pitch.base is not None]
    loud = float(np.concatenate([energy[part] for part in voiced]).mean()) if voiced else float(energy.max(initial=0))
    for (first, last), pitch in zip(spans, pitches, strict=True):
        if pitch.base is not None and pitch.asked == 0:
            new_f0[first:last] = 0.0
        elif pitch.base is None and pitch.asked > 0 and abs(pitch.asked - pitch.shown) > _SAME:
            new_f0[first:last] = np.clip(np.exp(pitch.wanted), _LOWEST_F0, _HIGHEST_F0)
            new_energy[first:last] = np.maximum(new_energy[first:last], loud - _BELOW_MEAN_ENERGY)
    return new_f0, new_energy


__all__ = [
    "CONSONANT",
    "PAUSE",
    "POST",
    "PRE",
    "VALUES_PER_FRAME",
    "VOWEL",
    "Cell",
    "MoraPitch",
    "fit_durations",
    "mora_pitch",
    "scaled_pitches",
    "shift_f0",
    "shown_pitches",
    "stretch",
    "wanted_frames",
]
