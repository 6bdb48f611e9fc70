# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text of speech, by a recogniser of transformers."""

import os
from pathlib import Path

import numpy as np
import torch

from ..audio.files import resample


class SpeechRecognizer:
    """Text of speech by an ASR network in a folder, such as Whisper (Radford et al. 2022, arXiv:2212.04356).

    Args:
        folder: a folder that the pipeline "automatic-speech-recognition" of transformers loads.
        language: given to networks that know several.
        device: where it runs.

    Raises:
        OSError, ValueError: when there is no such network in it.
    """

    def __init__(self, folder: str | os.PathLike, language: str = "ja", device: str = "cpu") -> None:
        from transformers import pipeline

        if not Path(folder).is_dir():
            raise FileNotFoundError(f"there is no folder '{folder}' with a recogniser")
        self._pipeline = pipeline("automatic-speech-recognition", model=str(folder), device=device)
        extractor = self._pipeline.feature_extractor
        if extractor is None:
            raise ValueError(f"the recogniser in '{folder}' has no feature extractor (preprocessor_config.json)")
        self._sampling_rate = extractor.sampling_rate
        has_languages = getattr(self._pipeline.model.generation_config, "lang_to_id", None) is not None
        self._arguments = {"generate_kwargs": {"language": language, "task": "transcribe"}} if has_languages else {}

    @torch.no_grad()
    def __call__(self, waveform: np.ndarray, sampling_rate: int) -> str:
        """Recognise the text of `(samples,)`."""
        rate = self._sampling_rate
        audio = resample(np.asarray(waveform, dtype=np.float32), sampling_rate, rate)
        recognized = self._pipeline({"raw": audio, "sampling_rate": rate}, **self._arguments)
        assert isinstance(recognized, dict)
        return recognized["text"]


__all__ = ["SpeechRecognizer"]
