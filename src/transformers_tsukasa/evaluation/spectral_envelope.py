# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The spectral envelope of speech without its harmonics, by CheapTrick (Morise 2015, Speech Communication 67, 1-7).

Window, smoothing and lifter all follow F0: a window of three periods makes the power steady in time, the mean over two
thirds of F0 fills the valleys between harmonics, and the lifter removes the remaining periodicity.
"""

import numpy as np


# F0 for unvoiced frames, and the lowest F0 whose window fits into a transform (Morise 2015).
UNVOICED_F0 = 500.0
_LOWEST_F0 = 71.0
# Weights of the compensating lifter; they sum to one at quefrency zero (Morise 2015, with the constants WORLD uses).
_LIFTER = (1.3, -0.15)
# Power of the rounding noise of 24-bit audio: with it, digital silence has a flat envelope.
_FLOOR = 1e-14
# Frames computed at once, so that memory does not grow with the recording.
_BLOCK = 256


def envelope_transform_length(sampling_rate: int) -> int:
    """Return the length of the Fourier transform, in samples: the power of two that holds three periods of 71 Hz."""
    return 2 ** (1 + int(np.log2(3.0 * sampling_rate / _LOWEST_F0 + 1.0)))


def spectral_envelope(waveform: np.ndarray, f0: np.ndarray, sampling_rate: int, hop_length: int) -> np.ndarray:
    """Estimate the envelope of the power spectrum around sample `i * hop_length` for every frame i.

    Args:
        waveform: `(samples,)`.
        f0: `(frames,)` in Hz, 0 in unvoiced frames.
        sampling_rate: in Hz.
        hop_length: samples per frame.

    Returns:
        `(frames, n_fft // 2 + 1)` float64 powers of at least 1e-14; `n_fft` is `envelope_transform_length`.
    """
    n_fft = envelope_transform_length(sampling_rate)
    # A lower F0 would have a window longer than the transform.
    f0 = np.where(f0 > 3.0 * sampling_rate / (n_fft - 3.0), f0, UNVOICED_F0).astype(np.float64)
    padded = np.pad(waveform.astype(np.float64), n_fft // 2)
    blocks = []
    for start in range(0, len(f0), _BLOCK):
        block = f0[start : start + _BLOCK]
        power = _windowed_power(padded, block, start + np.arange(len(block)), sampling_rate, hop_length, n_fft)
        power = _reflect_below_f0(power, block, sampling_rate, n_fft)
        power = _mean_over(power, block * 2.0 / 3.0, sampling_rate, n_fft)
        blocks.append(_lifter(np.maximum(power, _FLOOR), block, sampling_rate, n_fft))
    return np.maximum(np.concatenate(blocks), _FLOOR)


def _windowed_power(
    padded: np.ndarray, f0: np.ndarray, frames: np.ndarray, sampling_rate: int, hop_length: int, n_fft: int
) -> np.ndarray:
    """Compute power spectra with Hann windows of three periods and unit energy, mean removed. `(frames, bins)`"""
    places = np.arange(n_fft) - n_fft // 2
    periods = places / sampling_rate * f0[:, None] / 1.5
    window = np.where(np.abs(periods) <= 1.0, 0.5 * np.cos(np.pi * periods) + 0.5, 0.0)
    window /= np.sqrt(np.square(window).sum(axis=1, keepdims=True))
    centres = np.minimum(frames * hop_length, len(padded) - n_fft)
    segments = padded[centres[:, None] + np.arange(n_fft)] * window
    segments -= window * (segments.sum(axis=1) / window.sum(axis=1))[:, None]
    return np.square(np.abs(np.fft.rfft(segments, axis=1)))


def _reflect_below_f0(power: np.ndarray, f0: np.ndarray, sampling_rate: int, n_fft: int) -> np.ndarray:
    """Fill the gap below F0, which has no harmonic: the spectrum between F0 and 2 F0 is mirrored and added."""
    width = sampling_rate / n_fft
    bins = np.arange(power.shape[1]) * width
    mirrored = _at(power, np.abs(f0[:, None] - bins) / width)
    return power + np.where(bins < f0[:, None], mirrored, 0.0)


def _mean_over(power: np.ndarray, widths: np.ndarray, sampling_rate: int, n_fft: int) -> np.ndarray:
    """Compute the running mean over `widths` (frames,) in Hz, from the integral of the mirrored spectrum."""
    half = n_fft // 2
    continued = np.concatenate([power[:, 1:][:, ::-1], power, power[:, :-1][:, ::-1]], axis=1)
    integral = np.concatenate([np.zeros((len(power), 1)), continued.cumsum(axis=1)], axis=1)
    reach = (widths / 2.0 * n_fft / sampling_rate)[:, None]
    # Bin k covers the places k to k + 1 of the integral, and its middle is k + 1/2.
    middles = half + np.arange(power.shape[1]) + 0.5
    return (_at(integral, middles + reach) - _at(integral, middles - reach)) / (2.0 * reach)


def _lifter(power: np.ndarray, f0: np.ndarray, sampling_rate: int, n_fft: int) -> np.ndarray:
    """Remove the periodicity of F0 from the logarithm, and restore formants that the smoothing flattened."""
    cepstra = np.fft.irfft(np.log(power), axis=1)
    quefrencies = np.minimum(np.arange(n_fft), n_fft - np.arange(n_fft)) / sampling_rate
    turns = f0[:, None] * quefrencies
    lifter = np.sinc(turns) * (_LIFTER[0] + 2.0 * _LIFTER[1] * np.cos(2.0 * np.pi * turns))
    return np.exp(np.fft.rfft(cepstra * lifter, axis=1).real)


def _at(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Interpolate rows (frames, n) linearly at fractional places (frames, m)."""
    before = np.clip(places.astype(int), 0, rows.shape[1] - 2)
    share = places - before
    left, right = (np.take_along_axis(rows, before + step, axis=1) for step in (0, 1))
    return left + share * (right - left)
