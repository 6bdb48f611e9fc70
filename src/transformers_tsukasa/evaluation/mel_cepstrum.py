# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Mel-cepstra: the cepstrum of a spectral envelope on a frequency axis that is warped like that of the ear.

The axis is warped by a first-order all-pass (Oppenheim & Johnson 1972; Tokuda et al. 1994, ICSLP, "Mel-generalized
cepstral analysis"), as `sp2mc` of SPTK does.
"""

from functools import lru_cache

import numpy as np


ORDER = 24
"""Highest mel-cepstral coefficient; c0, the loudness, comes before c1 to c24."""


@lru_cache(maxsize=8)
def all_pass_constant(sampling_rate: int) -> float:
    """Find the constant whose all-pass warps the axis most like the mel scale, to three digits: 0.466 at 24 kHz.

    Least squares, over 1000 frequencies, between the all-pass's phase and `log(1 + f / 1000)`, both from 0 to 1.
    """
    omega = np.linspace(0.0, np.pi, 1000)
    mel = np.log1p(omega / np.pi * sampling_rate / 2.0 / 1000.0)
    candidates = np.arange(0.0, 1.0, 0.001)[:, None]
    warped = omega + 2.0 * np.arctan2(candidates * np.sin(omega), 1.0 - candidates * np.cos(omega))
    distances = np.square(warped / np.pi - mel / mel[-1]).sum(axis=1)
    return float(candidates[distances.argmin(), 0])


@lru_cache(maxsize=8)
def _warping_matrix(num_cepstra: int, order: int, constant: float) -> np.ndarray:
    """Return `(num_cepstra, order + 1)`: row n is the power series of the n-th power of the all-pass
    `(x + a) / (1 + a x)`, computed from the row before it (Oppenheim & Johnson 1972)."""
    matrix = np.zeros((num_cepstra, order + 1))
    matrix[:, 0] = constant ** np.arange(num_cepstra)
    for row in range(1, num_cepstra):
        before = matrix[row - 1]
        for column in range(1, order + 1):
            matrix[row, column] = before[column - 1] + constant * (before[column] - matrix[row, column - 1])
    return matrix


def mel_cepstra(envelope: np.ndarray, sampling_rate: int, order: int = ORDER) -> np.ndarray:
    """Compute mel-cepstra of power spectra.

    Args:
        envelope: `(frames, bins)` positive powers, from 0 Hz to half the rate.
        sampling_rate: in Hz; sets the all-pass constant.
        order: highest coefficient.

    Returns:
        `(frames, order + 1)`: c0, c1, ... with `log |H| = sum of c_m cos(m w)` over the warped axis `w`.
    """
    cepstra = np.fft.irfft(0.5 * np.log(envelope), axis=1)[:, : envelope.shape[1]]
    cepstra[:, 1:-1] *= 2.0  # both halves of the symmetric cepstrum
    return cepstra @ _warping_matrix(cepstra.shape[1], order, all_pass_constant(sampling_rate))
