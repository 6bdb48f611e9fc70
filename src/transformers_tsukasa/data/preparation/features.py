# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From a recording to what a training step reads: the padded waveform, its log-mel and its energy, frame by frame."""

import numpy as np
import torch

from ...audio.mel import energy_from_mel, log_mel_for
from ...audio.silence import padding_samples
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig


def pad_waveform(waveform: np.ndarray, sampling_rate: int, hop_length: int) -> np.ndarray:
    """The waveform with silence at both ends, as long as its even number of mel frames.

    The number of frames is that of the padded waveform, `samples // hop + 1`, cut to even (spec/training.md); the
    silence behind is cut or lengthened by less than a hop, so that frame i always begins at sample i * hop.

    Args:
        waveform: `(samples,)`.

    Returns:
        `(frames * hop_length,)` float32.
    """
    padding = padding_samples(sampling_rate)
    frames = (len(waveform) + 2 * padding) // hop_length + 1
    frames -= frames % MEL_FRAMES_PER_TEXT_FRAME
    padded = np.zeros(frames * hop_length, dtype=np.float32)
    padded[padding : padding + len(waveform)] = waveform
    return padded


def mel_and_energy(padded: np.ndarray, audio_config: TsukasaAudioConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised log-mel and energy of a padded waveform.

    Args:
        padded: `(frames * hop_length,)`, from `pad_waveform`.

    Returns:
        `(num_mel_bins, frames)` and `(frames,)`, float32.
    """
    log_mel = log_mel_for(torch.from_numpy(padded), audio_config)
    # The last frame is centred behind the last sample.
    log_mel = log_mel[:, : len(padded) // audio_config.hop_length]
    return log_mel, energy_from_mel(log_mel)
