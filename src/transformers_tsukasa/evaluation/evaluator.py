# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""One sentence: spoken, rated by every network that is given, and compared with the recording."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..model_folders import is_model_folder
from ..models.tsukasa.configuration_tsukasa import TsukasaAudioConfig
from ..synthesis.speech_recognition import SpeechRecognizer
from .distances import compare_frames
from .error_rates import ErrorRate, error_rate, sounds, sounds_and_pauses
from .networks.dnsmos_model import Dnsmos
from .networks.evaluation_aligner import EvaluationAligner, duration_errors
from .networks.speaker_identity import XVectorEmbedder, cosine_similarity
from .sentences import Clip, Sentence
from .speech_analysis import SpeechAnalyzer
from .speech_sources import EvaluatedSpeech, FileSpeech, ModelSpeech
from .text_comparison import TextComparison


@dataclass(frozen=True)
class EvaluationSettings:
    """The model and the networks of an evaluation, and their options; without a network, its measures are not taken.

    Args:
        model: a model folder, or a folder with speech.
        audio: fields of the `TsukasaAudioConfig` of the corpus, with which the aligner was trained.
        aligner: a trained text aligner.
        dnsmos: networks of DNSMOS.
        recognizer: an ASR network.
        speaker_model: a speaker network.
        named_voices: speak with named voices, not in the style of clips.
        seed: of everything that is drawn.
        device: where PyTorch networks run.
        options: speech options of `generate()`.
        f0_min, f0_max: range of the pitch tracker in Hz.
    """

    model: str
    audio: dict[str, Any]
    aligner: str | None = None
    dnsmos: str | None = None
    recognizer: str | None = None
    speaker_model: str | None = None
    named_voices: bool = False
    seed: int = 0
    device: str = "cpu"
    options: dict[str, Any] = field(default_factory=dict)
    f0_min: float = 50.0
    f0_max: float = 900.0


class Evaluator:
    """Evaluates sentences; every worker process has an evaluator of its own.

    Raises:
        OSError, ValueError, ImportError: when the model or a network cannot be loaded.
    """

    def __init__(self, settings: EvaluationSettings) -> None:
        self.settings = settings
        audio = TsukasaAudioConfig(**settings.audio)
        device = settings.device
        self.source: ModelSpeech | FileSpeech = FileSpeech(settings.model)
        if is_model_folder(settings.model):
            self.source = ModelSpeech(
                settings.model, settings.named_voices, settings.seed, device, dict(settings.options)
            )
        self._analyzer = SpeechAnalyzer(audio.sampling_rate, settings.f0_min, settings.f0_max)
        self._aligner = None if settings.aligner is None else EvaluationAligner(settings.aligner, audio, device)
        self._dnsmos = None if settings.dnsmos is None else Dnsmos(settings.dnsmos)
        self._embedder = None if settings.speaker_model is None else XVectorEmbedder(settings.speaker_model, device)
        recognizer = settings.recognizer
        self._recognizer = None if recognizer is None else SpeechRecognizer(recognizer, device=device)
        self._texts = None if recognizer is None else TextComparison()

    def __call__(self, sentence: Sentence) -> tuple[dict[str, Any], Clip]:
        """Speak a sentence and measure the speech.

        Returns:
            A record of plain values, and the speech. The record has `name`, `speaker`, `text`, `phonemes`,
            `reference`; `ours` and `recording`, the ratings of each; `compared`, the distances of both; `styles`
            and `speaker_vectors`, by clip; and `notes`, sentences on what could not be measured.
        """
        spoken = self.source(sentence)
        notes: list[str] = []
        record: dict[str, Any] = {
            "name": sentence.name,
            "speaker": sentence.speaker,
            "text": sentence.text,
            "phonemes": sentence.phonemes,
            "reference": sentence.reference_name,
            "ours": self._rate(spoken.clip, sentence),
            "recording": self._rate(sentence.recording, sentence),
            "speaker_vectors": (vectors := self._speaker_vectors(spoken, sentence)),
            "compared": self._compare(spoken, sentence, vectors, notes),
            "styles": self._styles(spoken, sentence, notes),
            "notes": notes,
        }
        if spoken.seconds is not None:
            record["ours"]["real_time_factor"] = spoken.seconds / record["ours"]["seconds"]
        if spoken.phonemes is not None and spoken.phonemes != sentence.phonemes:
            notes.append(f"the model reads other phonemes than the corpus: {spoken.phonemes}")
        return record, spoken.clip

    def _rate(self, clip: Clip, sentence: Sentence) -> dict[str, Any]:
        """Collect the ratings of one clip by the networks."""
        samples = (clip.waveform, clip.sampling_rate)
        ratings: dict[str, Any] = {"seconds": len(clip.waveform) / clip.sampling_rate}
        if self._aligner is not None:
            phonemes = sounds(self._aligner.transcribe(*samples))
            ratings["recognized_phonemes"] = phonemes
            ratings["phoneme_errors"] = _counts(error_rate(phonemes, sounds(sentence.phonemes)))
        if self._dnsmos is not None:
            ratings["dnsmos"] = self._dnsmos(*samples)
        if self._recognizer is not None and self._texts is not None and sentence.text:
            text = self._recognizer(*samples)
            ratings["recognized_text"] = text
            ratings["character_errors"] = _counts(self._texts.characters(text, sentence.text))
            ratings["kana_errors"] = _counts(self._texts.kana(text, sentence.text))
        return ratings

    def _speaker_vectors(self, spoken: EvaluatedSpeech, sentence: Sentence) -> dict[str, list[float]]:
        """Embed all clips with the speaker network; nothing without one."""
        if self._embedder is None:
            return {}
        clips = {"ours": spoken.clip, "recording": sentence.recording, "reference": sentence.reference}
        return {name: self._embedder(clip.waveform, clip.sampling_rate).tolist() for name, clip in clips.items()}

    def _compare(
        self, spoken: EvaluatedSpeech, sentence: Sentence, vectors: dict[str, list[float]], notes: list[str]
    ) -> dict[str, Any]:
        ours, recording = spoken.clip, sentence.recording
        compared = _noted(notes, "the distance", lambda: self._distances(ours, recording)) or {}
        errors = _noted(notes, "the duration error", lambda: self._duration_errors(spoken, sentence))
        if errors is not None and errors.size:
            compared["duration_errors_ms"] = {"sum": float(errors.sum()), "count": int(errors.size)}
        if vectors:
            pair = np.asarray(vectors["ours"]), np.asarray(vectors["recording"])
            similarity = _noted(notes, "the speaker similarity", lambda: cosine_similarity(*pair))
            compared["speaker_similarity"] = similarity
        return compared

    def _distances(self, ours: Clip, recording: Clip) -> dict[str, float]:
        frames, reference = (self._analyzer(clip.waveform, clip.sampling_rate) for clip in (ours, recording))
        return compare_frames(frames, reference)

    def _duration_errors(self, spoken: EvaluatedSpeech, sentence: Sentence) -> np.ndarray | None:
        """Compare durations that the aligner finds in both; without it, those of model and corpus."""
        if self._aligner is not None:
            # Every symbol of an alignment gets a frame, which a mark would take from the sounds around it.
            symbols = sounds_and_pauses(sentence.phonemes)
            ours, recorded = (
                self._aligner.durations(clip.waveform, clip.sampling_rate, symbols)
                for clip in (spoken.clip, sentence.recording)
            )
            return duration_errors(ours, recorded, symbols)
        if spoken.durations is None or sentence.durations is None or spoken.phonemes != sentence.phonemes:
            return None
        return duration_errors(spoken.durations, sentence.durations, sentence.phonemes)

    def _styles(self, spoken: EvaluatedSpeech, sentence: Sentence, notes: list[str]) -> dict[str, list[float]]:
        """Encode styles with the model's own encoders; none without a model."""
        source = self.source
        if not isinstance(source, ModelSpeech):
            return {}
        clips = {"recording": sentence.recording, "reference": sentence.reference}
        styles = {name: source.style_of(clip).round(5).tolist() for name, clip in clips.items()}
        ours = _noted(notes, "the style", lambda: source.style_of(spoken.clip))
        if ours is not None:
            styles["ours"] = ours.round(5).tolist()
        if self.settings.named_voices:
            styles["named_voice"] = source.speaker.voices.vector(sentence.speaker).tolist()
        return styles


def _noted(notes: list[str], what: str, measure: Callable[[], Any]) -> Any:
    """Take a measure, or note why it cannot be taken: silent speech, or speech too short for its text, is a result."""
    try:
        return measure()
    except ValueError as error:
        notes.append(f"{what} could not be measured: {error}")
        return None


def _counts(rate: ErrorRate) -> dict[str, int]:
    return {"edits": rate.edits, "length": rate.length}
