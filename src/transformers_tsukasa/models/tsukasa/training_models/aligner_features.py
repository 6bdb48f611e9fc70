# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech as a text aligner was trained to read it."""

import numpy as np
import torch

from ....audio.mel import log_mel_for
from ....audio.silence import padding_samples, trim_speech
from ..configuration_tsukasa import TsukasaAudioConfig


# Silence this far below the loudest moment is cut off at both ends, as in a prepared corpus.
_TRIM_DB = 40.0


def aligner_log_mel(
    waveform: np.ndarray, audio_config: TsukasaAudioConfig, device: torch.device | str = "cpu", delay: int = 0
) -> torch.Tensor:
    """Log-mel (num_mel_bins, mel_frames) of `(samples,)`, trimmed and padded as an utterance of a prepared corpus.

    Args:
        waveform: at the rate of `audio_config`.
        audio_config: the features that the aligner was trained with.
        device: where it is computed.
        delay: further samples of silence at the beginning.
    """
    rate = audio_config.sampling_rate
    speech = trim_speech(np.asarray(waveform, dtype=np.float32), rate, _TRIM_DB)
    padding = padding_samples(rate)
    return log_mel_for(torch.from_numpy(np.pad(speech, (padding + delay, padding))).to(device), audio_config)


__all__ = ["aligner_log_mel"]
