# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How far an utterance is from another of the same text: spectra and F0 along the path of time warping."""

import numpy as np

from .speech_analysis import SpeechFrames
from .time_warping import distances, time_warping_path


CENTS_PER_OCTAVE = 1200.0

# 10 / ln 10 turns natural logarithms into decibels; the square root of 2 counts both halves of the spectrum.
_DECIBELS = 10.0 / np.log(10.0) * np.sqrt(2.0)


def mel_cepstral_distortion(cepstra: np.ndarray, reference: np.ndarray) -> float:
    """Mel-cepstral distortion in dB (Kubichek 1993), the mean over pairs of frames; c0, the loudness, is left out.

    `10 / ln 10 * sqrt(2 * sum of (c_m - r_m)^2 over m = 1 ...)`

    Args:
        cepstra, reference: `(frames, order + 1)`, frame by frame the same moment.
    """
    return float(_DECIBELS * np.sqrt(np.square(cepstra[:, 1:] - reference[:, 1:]).sum(axis=1)).mean())


def log_spectral_distance(log_spectrum: np.ndarray, reference: np.ndarray) -> float:
    """Log-spectral distance in dB (Gray & Markel 1976): root mean square over frequencies, the mean over frames.

    Args:
        log_spectrum, reference: `(frames, bins)` in dB, frame by frame the same moment.
    """
    return float(np.sqrt(np.square(log_spectrum - reference).mean(axis=1)).mean())


def cents(f0: np.ndarray) -> np.ndarray:
    """F0 in Hz, all above 0, as cents above 1 Hz."""
    return CENTS_PER_OCTAVE * np.log2(f0)


def f0_measures(f0: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """F0 against a reference, frame by frame the same moment. `(frames,)` Hz, 0 where there is no voice.

    Returns:
        f0_rmse_cents: root mean square of the difference, over frames with voice in both.
        f0_correlation: Pearson's correlation of both in cents, over the same frames.
        voicing_error: share of the frames where one has a voice and the other has none (Nakatani et al. 2008).
        f0_shift_cents: the mean difference, which is a part of the root mean square; above 0 when ours is higher.

        The figures of F0 are NaN with fewer than two such frames, and the correlation where one of both is constant.
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
        # A tracker's constant wavers by rounding.
        "f0_correlation": float(covariance / spreads) if spreads > 1e-6 else float("nan"),
        "f0_shift_cents": float((ours - theirs).mean()),
        **measures,
    }


def compare_frames(ours: SpeechFrames, reference: SpeechFrames) -> dict[str, float]:
    """All distances of an utterance from its reference, along the path on which their mel-cepstra c1, c2, ... agree.

    Returns:
        `mcd_db`, `lsd_db`, and those of `f0_measures`.
    """
    left, right = time_warping_path(distances(ours.mel_cepstra[:, 1:], reference.mel_cepstra[:, 1:]))
    return {
        "mcd_db": mel_cepstral_distortion(ours.mel_cepstra[left], reference.mel_cepstra[right]),
        "lsd_db": log_spectral_distance(ours.log_spectrum[left], reference.log_spectrum[right]),
        **f0_measures(ours.f0[left], reference.f0[right]),
    }
