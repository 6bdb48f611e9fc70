# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Characters and kana that a recogniser of the user's heard, against the text."""

import os
from pathlib import Path

import numpy as np
import torch

from ...audio.files import resample
from ...text.phonemizer import NothingToReadError, Phonemizer
from ..error_rates import ErrorRate, error_rate, plain_characters


class SpeechRecognizer:
    """Text of speech by an ASR network in a folder, such as Whisper (Radford et al. 2022, arXiv:2212.04356).

    Args:
        folder: a folder that the pipeline "automatic-speech-recognition" of transformers loads.
        language: told to networks that hear several.
        device: where it runs.

    Raises:
        OSError, ValueError: when there is no such network in it.
    """

    def __init__(self, folder: str | os.PathLike, language: str = "ja", device: str = "cpu") -> None:
        from transformers import pipeline

        if not Path(folder).is_dir():
            raise FileNotFoundError(f"there is no folder '{folder}' with a recogniser")
        self._pipeline = pipeline("automatic-speech-recognition", model=str(folder), device=device)
        has_languages = getattr(self._pipeline.model.generation_config, "lang_to_id", None) is not None
        self._arguments = {"generate_kwargs": {"language": language, "task": "transcribe"}} if has_languages else {}

    @torch.no_grad()
    def __call__(self, waveform: np.ndarray, sampling_rate: int) -> str:
        """What is said in `(samples,)`."""
        rate = self._pipeline.feature_extractor.sampling_rate
        audio = resample(np.asarray(waveform, dtype=np.float32), sampling_rate, rate)
        return self._pipeline({"raw": audio, "sampling_rate": rate}, **self._arguments)["text"]


class TextComparison:
    """Error rates of recognised text: of its characters, and of its kana, in which spellings of one sound agree."""

    def __init__(self) -> None:
        self._phonemizer = Phonemizer("clean")

    def characters(self, heard: str, reference: str) -> ErrorRate:
        """Characters without punctuation and spaces. `今日` for `きょう` is an error."""
        return error_rate(plain_characters(heard), plain_characters(reference))

    def kana(self, heard: str, reference: str) -> ErrorRate:
        """Katakana of both as our own front-end reads them. `今日` for `きょう` is none."""
        return error_rate(self.to_kana(heard), self.to_kana(reference))

    def to_kana(self, text: str) -> str:
        """Katakana of a text; nothing for a text without a readable word."""
        try:
            return plain_characters(self._phonemizer(text).kana) if text.strip() else ""
        except NothingToReadError:
            return ""
