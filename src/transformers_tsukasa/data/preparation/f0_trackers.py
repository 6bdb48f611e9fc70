# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""F0 of recordings, one value per mel frame: by SwiftF0, or by our own pitch extractor once it is trained."""

import os

import numpy as np
import torch

from ...audio.pitch_tracking import UNVOICED, SwiftPitchTracker
from ...models.tsukasa.configuration_tsukasa import TsukasaAudioConfig


class ExtractorPitchTracker:
    """F0 by a trained pitch extractor of ours.

    Args:
        folder: a folder that `TsukasaPitchExtractor.from_pretrained` loads.
        audio_config: of the log-mels that it is to hear.

    Raises:
        OSError: when there is no model in it.
        ValueError: when it is another model, or learned to hear other log-mels.
    """

    def __init__(self, folder: str | os.PathLike, audio_config: TsukasaAudioConfig) -> None:
        from ...models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor

        self._extractor = TsukasaPitchExtractor.from_pretrained(folder, dtype=torch.float32).eval()
        audio_config.check_features(self._extractor.config.features, f"the pitch extractor '{folder}'")

    @torch.no_grad()
    def __call__(self, waveform: np.ndarray, log_mel: torch.Tensor) -> np.ndarray:
        """F0 in Hz of every mel frame of `log_mel` `(num_mel_bins, frames)`, 0 where there is no voice."""
        heard = self._extractor(log_mel[None].float(), return_voicing=True)
        is_voiced = heard.voicing_logits[0].argmax(dim=-1) == 1
        return torch.where(is_voiced, heard.f0[0], UNVOICED).float().numpy()


PitchTracker = SwiftPitchTracker | ExtractorPitchTracker
