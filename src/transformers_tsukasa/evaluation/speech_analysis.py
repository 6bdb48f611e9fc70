# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Analysis of utterances for comparison: F0, mel-cepstra and the log spectrum, every 5 ms."""

from dataclasses import dataclass

import numpy as np

from ..audio.files import resample
from ..audio.pitch_tracking import SwiftPitchTracker
from .mel_cepstrum import mel_cepstra
from .spectral_envelope import spectral_envelope


FRAME_SECONDS = 0.005
"""Distance between frames."""

SILENCE_DB = 40.0
"""Frames this far below the loudest one are silence. They are left out: the spectrum of inaudible noise would weigh as
much as that of a vowel, and digital silence has no spectrum at all."""

# Window of the log spectrum, and its lowest power (-100 dB of full scale).
_WINDOW_SECONDS = 0.025
_POWER_FLOOR = 1e-10
_SHORTEST_SECONDS = 0.05


@dataclass(frozen=True)
class SpeechFrames:
    """The frames of an utterance that are not silent.

    Args:
        places: `(frames,)` int, their numbers; frame i is centred at i * 5 ms.
        f0: `(frames,)` in Hz, 0 in unvoiced frames.
        mel_cepstra: `(frames, 25)`, c0 to c24.
        log_spectrum: `(frames, bins)` in dB, up to half the sampling rate.
    """

    places: np.ndarray
    f0: np.ndarray
    mel_cepstra: np.ndarray
    log_spectrum: np.ndarray


class SpeechAnalyzer:
    """Analyses waveforms at one sampling rate; compare only utterances from the same analyzer.

    Args:
        sampling_rate: in Hz; waveforms are resampled to it.
        f0_min, f0_max: range of the pitch tracker in Hz.

    Raises:
        ImportError: when swift-f0 is not installed.
    """

    def __init__(self, sampling_rate: int, f0_min: float = 50.0, f0_max: float = 900.0) -> None:
        self.sampling_rate = sampling_rate
        self.hop_length = round(FRAME_SECONDS * sampling_rate)
        self._tracker = SwiftPitchTracker(sampling_rate, self.hop_length, f0_min, f0_max)

    def __call__(self, waveform: np.ndarray, sampling_rate: int) -> SpeechFrames:
        """Analyse `(samples,)` float32.

        Raises:
            ValueError: when there are less than 50 ms of sound, or samples that are not finite.
        """
        if not np.isfinite(waveform).all():
            raise ValueError("the speech holds NaN or infinity")
        speech = resample(np.asarray(waveform, dtype=np.float32), sampling_rate, self.sampling_rate)
        num_frames = len(speech) // self.hop_length + 1
        power = self._power_spectrum(speech, num_frames)
        levels = 10.0 * np.log10(np.maximum(power.sum(axis=1), _POWER_FLOOR))
        places = np.flatnonzero((levels > levels.max() - SILENCE_DB) & (power.sum(axis=1) > _POWER_FLOOR))
        seconds = len(places) * FRAME_SECONDS
        if seconds < _SHORTEST_SECONDS:
            raise ValueError(f"the speech has {1000 * seconds:.0f} ms of sound, too little to compare")
        f0 = self._tracker.track(speech, num_frames)
        envelope = spectral_envelope(speech, f0, self.sampling_rate, self.hop_length)[places]
        log_spectrum = 10.0 * np.log10(np.maximum(power[places], _POWER_FLOOR))
        return SpeechFrames(places, f0[places], mel_cepstra(envelope, self.sampling_rate), log_spectrum)

    def _power_spectrum(self, speech: np.ndarray, num_frames: int) -> np.ndarray:
        """Return `(frames, bins)` powers with Hann windows of 25 ms; a sine of full scale has 1/4 in its bin."""
        length = round(_WINDOW_SECONDS * self.sampling_rate)
        window = np.hanning(length + 1)[:-1]
        padded = np.pad(speech.astype(np.float64), (length // 2, length))
        starts = np.arange(num_frames) * self.hop_length
        segments = padded[starts[:, None] + np.arange(length)] * (window / window.sum())
        return np.square(np.abs(np.fft.rfft(segments, axis=1)))
