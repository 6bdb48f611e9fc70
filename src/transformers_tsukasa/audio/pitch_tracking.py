# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""F0 of a waveform by SwiftF0, one value per frame of any hop."""

import numpy as np
import torch

from ..utils.wording import install_hint
from .files import resample


UNVOICED = 0.0
"""F0 of an unvoiced frame."""

# SwiftF0 (Nieradzik 2025, arXiv:2508.18440) takes audio at 16 kHz.
_TRACKER_RATE = 16000
# Its confidence from which a frame counts as voiced: on pulses in noise of known F0, 0.5 misses 1 % of the voiced
# frames; 0.9 would lose more than half of those of real recordings (docs/data.md).
_VOICED = 0.5


class SwiftPitchTracker:
    """F0 by SwiftF0, a small convolutional net that runs on the CPU.

    Args:
        sampling_rate, hop_length: of the waveforms and their mel frames.
        f0_min, f0_max: range in Hz; nothing outside it is reported.

    Raises:
        ImportError: when the package is not installed.
    """

    def __init__(self, sampling_rate: int, hop_length: int, f0_min: float = 50.0, f0_max: float = 900.0) -> None:
        try:
            from swift_f0 import SwiftF0
        except ImportError as error:
            raise ImportError(
                f"F0 tracking needs swift-f0: {install_hint('train')}, or pass a trained `pitch_extractor` instead"
            ) from error
        if not 0 < f0_min < f0_max:
            raise ValueError(f"f0_min ({f0_min:g}) must be above 0 and below f0_max ({f0_max:g})")
        # Preparation runs one process per core already, and spinning threads would take another core each.
        self._detector = SwiftF0(threads=1, spin=False)
        self.sampling_rate, self.hop_length = sampling_rate, hop_length
        self.f0_min, self.f0_max = f0_min, f0_max

    def __call__(self, waveform: np.ndarray, log_mel: torch.Tensor) -> np.ndarray:
        """F0 in Hz of every frame of `log_mel` `(num_mel_bins, frames)`, 0 for unvoiced frames; see `track`."""
        return self.track(waveform, log_mel.shape[-1])

    def track(self, waveform: np.ndarray, num_frames: int) -> np.ndarray:
        """F0 in Hz of every frame, 0 for unvoiced ones; frame i is centred on sample i * hop_length.

        Args:
            waveform: `(samples,)` float32.
            num_frames: how many frames are wanted.

        Returns:
            `(num_frames,)` float32.
        """
        audio = resample(waveform, self.sampling_rate, _TRACKER_RATE).astype(np.float32)
        tracked = self._detector.detect(audio, _TRACKER_RATE, fmin=self.f0_min, fmax=self.f0_max)
        times = np.arange(num_frames) * (self.hop_length / self.sampling_rate)
        return _at_times(
            times, np.asarray(tracked.timestamps), np.asarray(tracked.pitch_hz), np.asarray(tracked.confidence)
        )


def _at_times(times: np.ndarray, tracked_at: np.ndarray, pitch: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """The tracker's F0 at other times: between two voiced frames along a straight line in log Hz."""
    place = np.interp(times, tracked_at, np.arange(len(tracked_at)))
    before = np.floor(place).astype(int)
    after = np.minimum(before + 1, len(tracked_at) - 1)
    nearest = np.rint(place).astype(int)
    is_voiced = confidence > _VOICED
    log_pitch = np.log(np.maximum(pitch, 1.0))
    both = is_voiced[before] & is_voiced[after]
    along = log_pitch[before] + (place - before) * (log_pitch[after] - log_pitch[before])
    f0 = np.exp(np.where(both, along, log_pitch[nearest]))
    voiced = is_voiced[nearest] & (np.interp(times, tracked_at, confidence) > 0)
    return np.where(voiced, f0, UNVOICED).astype(np.float32)
