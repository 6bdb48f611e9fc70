# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech that is evaluated: spoken by a model, or read from files that any system wrote."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..audio.files import read_audio, to_mono
from ..data.preparation.audio_names import AUDIO_SUFFIXES
from ..synthesis.speaker import Speaker
from ..synthesis.speech import Speech
from ..utils.file_names import FileFinder
from .sentences import Clip, Sentence, sentence_seed


@dataclass(frozen=True)
class EvaluatedSpeech:
    """Speech of a sentence.

    Args:
        clip: the speech.
        seconds: of computing; None for files.
        phonemes: those that the model was given; None for files.
        durations: `(symbols,)` seconds of every phoneme that the model planned; None for files.
    """

    clip: Clip
    seconds: float | None = None
    phonemes: str | None = None
    durations: np.ndarray | None = None


class ModelSpeech:
    """Speaks sentences with a model.

    Args:
        folder: the model folder.
        named_voices: speak with the model's voice that has the speaker's name; otherwise in the style of the
            sentence's reference clip.
        seed: with the sentence's name, of everything that is drawn: the order of sentences does not matter.
        device: where it runs.
        options: speech options of `generate()`; the model's own where not given.

    Raises:
        OSError, ValueError: when there is no model in the folder.
    """

    def __init__(
        self,
        folder: str,
        named_voices: bool = False,
        seed: int = 0,
        device: str = "cpu",
        options: dict[str, Any] | None = None,
    ) -> None:
        self.speaker = Speaker.load(folder, device=device)
        self.named_voices, self.seed = named_voices, seed
        self._options = options or {}
        self._is_warm = False

    def __call__(self, sentence: Sentence) -> EvaluatedSpeech:
        """Speak a sentence from its text, in one piece; from its phonemes when there is no text.

        Raises:
            ValueError: when the text cannot be read.
            KeyError: when the model has no voice of the speaker's name.
        """
        tokenizer = self.speaker.processor.tokenizer
        phonemes = tokenizer.to_phonemes(sentence.text) if sentence.text else sentence.phonemes
        if not self._is_warm:  # the first speech of a process takes longer, which is not the speed of the model
            self._speak(sentence, phonemes)
            self._is_warm = True
        begin = time.perf_counter()
        speech = self._speak(sentence, phonemes)
        seconds = time.perf_counter() - begin
        (prosody,) = speech.prosody
        first = int(tokenizer.add_prefix_pad)
        durations = prosody["duration_seconds"][0, first : first + len(phonemes)].cpu().numpy()
        return EvaluatedSpeech(Clip(speech.waveform, speech.sampling_rate), seconds, phonemes, durations)

    def _speak(self, sentence: Sentence, phonemes: str) -> Speech:
        reference = sentence.reference
        return self.speaker.speak(
            phonemes,
            phonemize=False,
            voice=sentence.speaker if self.named_voices else None,
            audio=None if self.named_voices else reference.waveform,
            sampling_rate=None if self.named_voices else reference.sampling_rate,
            seed=sentence_seed(self.seed, sentence.name),
            **self._options,
        )

    def style_of(self, clip: Clip) -> np.ndarray:
        """Encode the style `(2 * style_dim,)` of a clip with the model's own encoders."""
        return self.speaker.style_of(clip.waveform, clip.sampling_rate)


class FileSpeech:
    """Finds speech in files: one for every sentence, with its name.

    Args:
        folder: of the files.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self._finder = FileFinder(self.folder)

    def __call__(self, sentence: Sentence) -> EvaluatedSpeech:
        """Read the file of a sentence.

        Raises:
            FileNotFoundError: when there is none.
            ValueError: when several files could be meant, or it is not audio.
        """
        path = self._finder.find(sentence.name + suffix for suffix in AUDIO_SUFFIXES)
        if path is None:
            raise FileNotFoundError(f"there is no speech for the sentence '{sentence.name}' in '{self.folder}'")
        samples, rate = read_audio(path)
        return EvaluatedSpeech(Clip(to_mono(samples), rate))
