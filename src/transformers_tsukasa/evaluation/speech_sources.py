# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Sentences of a test set, and how they come to be spoken: by a model, or from files that any system wrote."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..audio.files import read_audio, to_mono
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.outputs import TsukasaSpeechOutput
from ..models.tsukasa.processing_tsukasa import TsukasaProcessor


AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


@dataclass(frozen=True)
class Clip:
    """Samples `(samples,)` float32, and their rate in Hz."""

    waveform: np.ndarray
    sampling_rate: int


@dataclass(frozen=True)
class Sentence:
    """One recorded sentence of a test set.

    Args:
        name: its own in the test set, and the name of its files.
        speaker: who speaks.
        text: what is said; may be empty when there are phonemes.
        phonemes: how the recording is read.
        recording: the speaker's own speech.
        reference: another utterance of the speaker, to take the style from.
        reference_name: the name of that one.
        durations: `(symbols,)` seconds of every phoneme of the recording by the corpus' own aligner; None when there
            are none.
    """

    name: str
    speaker: str
    text: str
    phonemes: str
    recording: Clip
    reference: Clip
    reference_name: str
    durations: np.ndarray | None = None


@dataclass(frozen=True)
class Spoken:
    """Speech of a sentence.

    Args:
        clip: the speech.
        seconds: how long it took to make; None for files.
        phonemes: what the model was given to speak; None for files.
        durations: `(symbols,)` seconds of every phoneme that the model planned; None for files.
    """

    clip: Clip
    seconds: float | None = None
    phonemes: str | None = None
    durations: np.ndarray | None = None


class ModelSpeaker:
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
        # As `tsukasa say` speaks, in whatever type the weights are kept.
        self.model = TsukasaModelForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
        self.model.eval().to(device)
        self.processor = TsukasaProcessor.from_pretrained(folder)
        self.named_voices, self.seed = named_voices, seed
        self._options = options or {}
        self._is_warm = False

    def __call__(self, sentence: Sentence) -> Spoken:
        """Speaks a sentence from its text, in one piece; from its phonemes when there is no text.

        Raises:
            ValueError: when the text cannot be read.
            KeyError: when the model has no voice of the speaker's name.
        """
        tokenizer = self.processor.tokenizer
        phonemes = tokenizer.to_phonemes(sentence.text) if sentence.text else sentence.phonemes
        if not self._is_warm:  # the first speech of a process takes longer, which is no speed of the model
            self._speak(sentence, phonemes)
            self._is_warm = True
        begin = time.perf_counter()
        speech = self._speak(sentence, phonemes)
        waveform = speech.waveform[0, : int(speech.waveform_lengths[0])].float().cpu().numpy()
        seconds = time.perf_counter() - begin
        first = int(tokenizer.add_prefix_pad)
        durations = speech.prosody.duration_seconds[0, first : first + len(phonemes)].cpu().numpy()
        return Spoken(Clip(waveform, self.model.config.sampling_rate), seconds, phonemes, durations)

    def _speak(self, sentence: Sentence, phonemes: str) -> TsukasaSpeechOutput:
        reference = sentence.reference
        heard = {} if self.named_voices else {"audio": reference.waveform, "sampling_rate": reference.sampling_rate}
        inputs = self.processor(text=phonemes, phonemize=False, return_tensors="pt", **heard)
        return self.model.generate(
            **inputs.to(self.model.device),
            voice=sentence.speaker if self.named_voices else None,
            seed=sentence_seed(self.seed, sentence.name),
            return_prosody=True,
            **self._options,
        )

    @torch.no_grad()
    def style_of(self, clip: Clip) -> np.ndarray:
        """The style vector `(2 * style_dim,)` that the model's own encoders hear in a clip."""
        features = self.processor(audio=clip.waveform, sampling_rate=clip.sampling_rate, return_tensors="pt")
        features = {name: value.to(self.model.device) for name, value in features.items()}
        return self.model.encode_reference(**features)[0].float().cpu().numpy()


class FileSpeaker:
    """Finds speech that is there already: an audio file for every sentence, with its name.

    Args:
        folder: where the files are.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def __call__(self, sentence: Sentence) -> Spoken:
        """Reads the file of a sentence.

        Raises:
            FileNotFoundError: when there is none.
        """
        for suffix in AUDIO_SUFFIXES:
            path = self.folder / (sentence.name + suffix)
            if path.is_file():
                samples, rate = read_audio(path)
                return Spoken(Clip(to_mono(samples), rate))
        raise FileNotFoundError(f"there is no speech for the sentence '{sentence.name}' in '{self.folder}'")


def is_model_folder(folder: str) -> bool:
    """Whether a folder holds a model, and not files of speech."""
    return (Path(folder) / "config.json").is_file()


def sentence_seed(seed: int, name: str) -> int:
    """A seed of its own for every sentence."""
    return int.from_bytes(hashlib.blake2b(f"{seed}\n{name}".encode(), digest_size=7).digest(), "big")
