# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Distances of an utterance from another one of the same text: spectra and F0, along the time-warping path."""

from collections.abc import Sequence

import numpy as np

from ..audio.time_warping import distances, time_warping_path
from .speech_analysis import SpeechAnalyzer, SpeechFrames


CENTS_PER_OCTAVE = 1200.0

# 10 / ln 10 turns natural logarithms into decibels; the square root of 2 counts both halves of the spectrum.
_DECIBELS = 10.0 / np.log(10.0) * np.sqrt(2.0)


def mel_cepstral_distortion(cepstra: np.ndarray, reference: np.ndarray) -> float:
    """Return mel-cepstral distortion in dB (Kubichek 1993), the mean over pairs of frames, without c0, the loudness.

    `10 / ln 10 * sqrt(2 * sum of (c_m - r_m)^2 over m = 1 ...)`

    Args:
        cepstra, reference: `(frames, order + 1)`, paired frame by frame.
    """
    return float(_DECIBELS * np.sqrt(np.square(cepstra[:, 1:] - reference[:, 1:]).sum(axis=1)).mean())


def log_spectral_distance(log_spectrum: np.ndarray, reference: np.ndarray) -> float:
    """Return log-spectral distance in dB (Gray & Markel 1976): root mean square over frequencies, mean over frames.

    Args:
        log_spectrum, reference: `(frames, bins)` in dB, paired frame by frame.
    """
    return float(np.sqrt(np.square(log_spectrum - reference).mean(axis=1)).mean())


def cents(f0: np.ndarray) -> np.ndarray:
    """Convert F0 in Hz, all above 0, to cents above 1 Hz."""
    return CENTS_PER_OCTAVE * np.log2(f0)


def f0_measures(f0: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Compare F0 with a reference, paired frame by frame. `(frames,)` Hz, 0 in unvoiced frames.

    Returns:
        f0_rmse_cents: root mean square of the difference, over frames that are voiced in both.
        f0_correlation: Pearson's correlation of both in cents, over the same frames.
        voicing_error: share of the frames that are voiced in only one of them (Nakatani et al. 2008).
        f0_shift_cents: the mean difference, part of the root mean square; positive when ours is higher.

        The figures of F0 are NaN with fewer than two such frames; the correlation is NaN where either is constant.
    """
    voiced, reference_voiced = f0 > 0, reference > 0
    measures = {"voicing_error": float((voiced != reference_voiced).mean())}
    both = voiced & reference_voiced
    if both.sum() < 2:
        return dict.fromkeys(("f0_rmse_cents", "f0_correlation", "f0_shift_cents"), float("nan")) | measures
    ours, theirs = cents(f0[both]), cents(reference[both])
    spreads = ours.std() * theirs.std()
    covariance = ((ours - ours.mean()) * (theirs - theirs.mean())).mean()
    return {
        "f0_rmse_cents": float(np.sqrt(np.square(ours - theirs).mean())),
        # The F0 that a tracker finds in a constant tone varies by rounding.
        "f0_correlation": float(covariance / spreads) if spreads > 1e-6 else float("nan"),
        "f0_shift_cents": float((ours - theirs).mean()),
        **measures,
    }


def compare_frames(ours: SpeechFrames, reference: SpeechFrames) -> dict[str, float]:
    """Compute all distances from a reference, along the path of the smallest distance of mel-cepstra c1, c2, ...

    Returns:
        `mcd_db`, `lsd_db`, and the figures of `f0_measures`.
    """
    left, right = time_warping_path(distances(ours.mel_cepstra[:, 1:], reference.mel_cepstra[:, 1:]))
    return {
        "mcd_db": mel_cepstral_distortion(ours.mel_cepstra[left], reference.mel_cepstra[right]),
        "lsd_db": log_spectral_distance(ours.log_spectrum[left], reference.log_spectrum[right]),
        **f0_measures(ours.f0[left], reference.f0[right]),
    }


def compare_waveforms(
    waveforms: Sequence[Sequence[float]],
    references: Sequence[Sequence[float]],
    sampling_rate: int,
    f0_min: float = 50.0,
    f0_max: float = 900.0,
) -> dict[str, list[float]]:
    """Compare pairs of waveforms with `compare_frames`: measure -> a value for every pair.

    Args:
        waveforms, references: lists of `(samples,)` in [-1, 1].
        sampling_rate: of all of them, in Hz.
        f0_min, f0_max: range of the pitch tracker in Hz.

    Raises:
        ValueError: when their numbers differ, or one of them has too little sound.
    """
    if len(waveforms) != len(references) or not len(waveforms):
        raise ValueError(f"{len(waveforms)} waveforms and {len(references)} references: give the same number of both")
    analyzer = SpeechAnalyzer(sampling_rate, f0_min, f0_max)

    def frames(waveform: Sequence[float]) -> SpeechFrames:
        return analyzer(np.asarray(waveform, dtype=np.float32), sampling_rate)

    rows = [compare_frames(frames(ours), frames(other)) for ours, other in zip(waveforms, references, strict=True)]
    return {name: [row[name] for row in rows] for name in rows[0]}
