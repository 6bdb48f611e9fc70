# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Features of a recording for training: the padded waveform, its log-mel, its energy and its F0, frame by frame."""

import os

import numpy as np
import torch

from ...audio.mel import energy_from_mel, log_mel_for, mel_frame_count
from ...audio.pitch_tracking import UNVOICED, SwiftPitchTracker
from ...audio.silence import padding_samples
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig


def pad_waveform(waveform: np.ndarray, sampling_rate: int, hop_length: int) -> np.ndarray:
    """The waveform with silence at both ends, as long as its even number of mel frames.

    The number of frames is that of the padded waveform, cut to even (docs/spec/training.md, Data); the silence at the
    end is cut or lengthened by less than a hop, so that frame i always begins at sample i * hop.

    Args:
        waveform: `(samples,)`.

    Returns:
        `(frames * hop_length,)` float32.
    """
    padding = padding_samples(sampling_rate)
    frames = mel_frame_count(len(waveform) + 2 * padding, hop_length)
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
    # The last frame is centred after the last sample.
    log_mel = log_mel[:, : len(padded) // audio_config.hop_length]
    return log_mel, energy_from_mel(log_mel)


class ExtractorPitchTracker:
    """F0 by a trained pitch extractor of ours.

    Args:
        folder: a folder that `TsukasaPitchExtractor.from_pretrained` loads.
        audio_config: of the log-mels that it is given.

    Raises:
        OSError: when the folder holds no model.
        ValueError: when it holds another model, or one that was trained with other log-mels.
    """

    def __init__(self, folder: str | os.PathLike, audio_config: TsukasaAudioConfig) -> None:
        from ...models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor

        self._extractor = TsukasaPitchExtractor.from_pretrained(folder, dtype=torch.float32).eval()
        audio_config.check_features(self._extractor.config.features, f"the pitch extractor '{folder}'")

    @torch.no_grad()
    def __call__(self, waveform: np.ndarray, log_mel: torch.Tensor) -> np.ndarray:
        """F0 in Hz of every mel frame of `log_mel` `(num_mel_bins, frames)`, 0 where it is unvoiced."""
        output = self._extractor(log_mel[None].float(), return_voicing=True)
        is_voiced = output.voicing_logits[0].argmax(dim=-1) == 1
        return torch.where(is_voiced, output.f0[0], UNVOICED).float().numpy()


PitchTracker = SwiftPitchTracker | ExtractorPitchTracker
