# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The raters: each takes a clip and returns its figures. Networks come from packages of their own authors."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import torch

from measure_accent import FRAME_SECONDS, Agreement, morae_of, with_pitch
from transformers_tsukasa.audio.files import resample, speech_bounds
from transformers_tsukasa.audio.pitch_tracking import SwiftPitchTracker
from transformers_tsukasa.audio.silence import padding_samples
from transformers_tsukasa.bundled import DEFAULT_MODEL
from transformers_tsukasa.data.preparation.features import mel_and_energy, pad_waveform
from transformers_tsukasa.data.spoken_alignments import SpokenAligner
from transformers_tsukasa.evaluation.networks.dnsmos_model import Dnsmos
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.synthesis.speech import Speech
from transformers_tsukasa.text import PAD
from transformers_tsukasa.text.phonemes.morae import comparable_morae
from transformers_tsukasa.text.phonemes.symbols import symbol_table
from transformers_tsukasa.text.timing import TimedSymbol
from transformers_tsukasa.utils.resumable import files_digest
from transformers_tsukasa.version import __version__

from .clips import Clip
from .recognition import KanaError, Recognizer, kana_only
from .scores import Figures


RATE = 16000
"""Samples a second that the networks take."""


class Rater(Protocol):
    """Gives figures to clips; `identity` changes when the figures would."""

    name: str
    identity: str

    def __call__(self, clip: Clip) -> tuple[Figures, dict[str, str]]:
        """The figures of a clip, and what was noted beside them."""
        ...


class KanaRater:
    """Kana errors of what a speech recogniser understands, in a hundred morae of a person's reading.

    Args:
        recognize: the recogniser.
        identity: of its weights.
    """

    name = "kana"

    def __init__(self, recognize: Recognizer, identity: str) -> None:
        self.identity, self._recognize, self._error = identity, recognize, KanaError()

    def __call__(self, clip: Clip) -> tuple[Figures, dict[str, str]]:
        """One figure, and the recognised text."""
        recognized = self._recognize(clip.path)
        rate = self._error(recognized, clip.text.readings)
        return {"kana error, %": (100.0 * rate.edits, rate.length)}, {"recognized": recognized}


class PaceRater:
    """Morae a second, between the first and the last sound."""

    name, identity = "pace", "1"

    def __call__(self, clip: Clip) -> tuple[Figures, dict[str, str]]:
        """One figure."""
        waveform, rate = clip.read()
        start, end = speech_bounds(waveform)
        morae = len(comparable_morae(kana_only(clip.text.readings[0])))
        return {"morae a second": (morae, (end - start) / rate)}, {}


class DnsmosRater:
    """Mean opinion scores by DNSMOS.

    Args:
        folder: with its networks, such as `dnsmos_models` of the package speechmos.
    """

    name = "dnsmos"

    def __init__(self, folder: Path) -> None:
        self.identity = files_digest(sorted(folder.glob("*.onnx")))
        self._score = Dnsmos(folder)

    def __call__(self, clip: Clip) -> tuple[Figures, dict[str, str]]:
        """Two figures: of the network for overall quality, and of that for P.808."""
        scores = self._score(*clip.read())
        names = {"ovrl": "DNSMOS OVRL", "p808": "DNSMOS P.808"}
        return {title: (scores[name], 1.0) for name, title in names.items() if name in scores}, {}


class DistillMosRater:
    """Mean opinion scores by DistillMOS (Stahl and Gamper 2025, arXiv:2502.05356).

    Raises:
        ImportError: when its package is not installed.
    """

    name, identity = "distillmos", "7"

    def __init__(self) -> None:
        try:
            with _without("torchaudio"):
                from distillmos import ConvTransformerSQAModel
        except ImportError as error:
            raise ImportError(
                f"DistillMOS needs its package: pip install --no-deps distillmos xls-r-sqa ({error})"
            ) from error
        self._network = ConvTransformerSQAModel().eval()

    @torch.no_grad()
    def __call__(self, clip: Clip) -> tuple[Figures, dict[str, str]]:
        """One figure."""
        waveform, rate = clip.read()
        audio = torch.from_numpy(resample(waveform, rate, RATE).astype(np.float32))
        return {"DistillMOS": (float(self._network(audio[None])), 1.0)}, {}


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Let a package be imported that imports another one for its own command line alone.

    The wheels of torchaudio in the index want libraries of CUDA, and a torch of their own version.
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = ModuleType(package)
    try:
        yield
    finally:
        del sys.modules[package]


class SpeakerEmbedder:
    """Vectors of speakers by Resemblyzer (Wan et al. 2018, arXiv:1710.10467).

    Raises:
        ImportError: when its package is not installed.
    """

    def __init__(self) -> None:
        try:
            import resemblyzer
        except ImportError as error:
            raise ImportError(
                "similarity needs Resemblyzer: pip install librosa scipy webrtcvad-wheels, then "
                f"pip install --no-deps resemblyzer ({error})"
            ) from error
        self._package: Any = resemblyzer
        self._network = resemblyzer.VoiceEncoder("cpu", verbose=False)

    def __call__(self, clip: Clip) -> np.ndarray:
        """`(256,)` of length 1."""
        return self.of_samples(*clip.read())

    def of_samples(self, waveform: np.ndarray, rate: int) -> np.ndarray:
        """`(256,)` of length 1, of samples in one channel."""
        audio = resample(waveform, rate, RATE).astype(np.float32)
        return self._network.embed_utterance(self._package.preprocess_wav(audio))


class SimilarityRater:
    """Cosine of a clip's vector and the mean of those of a person's clips, itself not among them.

    Args:
        embed: from clip to vector.
        references: clips of the person.
    """

    name = "similarity"

    def __init__(self, embed: SpeakerEmbedder, references: Sequence[Clip]) -> None:
        self._embed = embed
        self._vectors = {clip.digest: embed(clip) for clip in references}
        self.identity = ",".join(sorted(self._vectors))

    def __call__(self, clip: Clip) -> tuple[Figures, dict[str, str]]:
        """One figure.

        Raises:
            ValueError: when the clip is the only reference.
        """
        others = [vector for digest, vector in self._vectors.items() if digest != clip.digest]
        if not others:
            raise ValueError(f"'{clip.path}' is the only clip of the person: name others to compare it with")
        middle = np.mean(others, axis=0)
        return {"similarity": (float(self._embed(clip) @ middle / np.linalg.norm(middle)), 1.0)}, {}


class AccentRater:
    """Pairs of adjacent morae whose pitch rises and falls as the accent that our front-end gives the text.

    Morae are found by the packaged model, which speaks the text and is followed (decision 0033), alike for speech of
    any origin. See scripts/measure_accent.py for the pairs that count.

    Args:
        voice: of the packaged model.
    """

    name = "accent"

    def __init__(self, voice: str) -> None:
        self.identity = f"{__version__} {voice}"
        speaker = Speaker.load(DEFAULT_MODEL)
        self._tokenizer, self._config = speaker.processor.tokenizer, speaker.model.config
        self._align = SpokenAligner(speaker.model, symbol_table(self._config.text_profile), voice)
        rate = speaker.sampling_rate
        self._tracker = SwiftPitchTracker(rate, round(FRAME_SECONDS * rate))

    def __call__(self, clip: Clip) -> tuple[Figures, dict[str, str]]:
        """Three figures: changes within phrases, borders between them, and pairs on one level."""
        reading = self._tokenizer.phonemizer(clip.text.text)
        speech = self._aligned(clip)
        agreement = Agreement(clip.voice, self.name)
        agreement.add(with_pitch(morae_of(reading, speech), speech, self._tracker))
        counts = {"accent, %": agreement.changes, "borders, %": agreement.borders, "level, %": agreement.level}
        return {name: (100.0 * right, total) for name, (right, total) in counts.items()}, {}

    def _aligned(self, clip: Clip) -> Speech:
        """The clip with the times of its symbols."""
        audio, rate = self._config.audio_config, self._config.sampling_rate
        waveform = resample(*clip.read(), rate).astype(np.float32)
        log_mel, _ = mel_and_energy(pad_waveform(waveform, rate, audio.hop_length), audio)
        ids = self._tokenizer(clip.text.text, return_tensors="pt")["input_ids"][0]
        (durations,) = self._align([ids], [log_mel.T])
        ends = np.cumsum(durations) * self._config.samples_per_text_frame - padding_samples(rate)
        starts = np.concatenate([[-padding_samples(rate)], ends[:-1]])
        tokens = self._tokenizer.convert_ids_to_tokens(ids.tolist())
        spoken = zip(tokens, np.maximum(starts, 0) / rate, ends / rate, strict=True)
        timed = tuple(TimedSymbol(*symbol) for symbol in spoken if symbol[0] != PAD)
        return Speech(waveform, rate, clip.text.text, np.zeros(0, np.float32), (), (), timed)
