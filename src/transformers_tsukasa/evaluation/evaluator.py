# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""One sentence: spoken, heard by every judge there is, and compared with the recording."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from transformers.utils.logging import disable_progress_bar

from ..models.tsukasa.configuration_tsukasa import TsukasaAudioConfig
from .distances import compare_frames
from .error_rates import ErrorRate, error_rate, sounds, sounds_and_pauses
from .judges.dnsmos_model import Dnsmos
from .judges.phoneme_judge import PhonemeJudge, duration_errors
from .judges.speaker_identity import XVectorEmbedder, cosine_similarity
from .judges.speech_recognition import SpeechRecognizer, TextComparison
from .speech_analysis import SpeechAnalyzer
from .speech_sources import Clip, FileSpeaker, ModelSpeaker, Sentence, Spoken, is_model_folder


@dataclass(frozen=True)
class EvaluationSettings:
    """What is evaluated, and by which judges; each folder may be missing, and its figures with it.

    Args:
        model: a model folder, or a folder with speech.
        audio: fields of the `TsukasaAudioConfig` of the corpus; the judge hears such features.
        judge: a trained text aligner.
        dnsmos: networks of DNSMOS.
        recognizer: an ASR network.
        speaker_model: a speaker network.
        named_voices: speak with named voices, not in the style of clips.
        seed: of everything that is drawn.
        device: where networks of PyTorch run.
        options: speech options of `generate()`.
        f0_min, f0_max: range of the pitch tracker in Hz.
    """

    model: str
    audio: dict[str, Any]
    judge: str | None = None
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
    """Evaluates sentence after sentence; every worker process has its own.

    Raises:
        OSError, ValueError, ImportError: when the model or a judge cannot be loaded.
    """

    def __init__(self, settings: EvaluationSettings) -> None:
        disable_progress_bar()  # a second's load needs none, and the sentences have their own
        self.settings = settings
        audio = TsukasaAudioConfig(**settings.audio)
        device = settings.device
        self.speaker: ModelSpeaker | FileSpeaker = FileSpeaker(settings.model)
        if is_model_folder(settings.model):
            self.speaker = ModelSpeaker(
                settings.model, settings.named_voices, settings.seed, device, dict(settings.options)
            )
        self._analyzer = SpeechAnalyzer(audio.sampling_rate, settings.f0_min, settings.f0_max)
        self._judge = None if settings.judge is None else PhonemeJudge(settings.judge, audio, device)
        self._dnsmos = None if settings.dnsmos is None else Dnsmos(settings.dnsmos)
        self._embedder = None if settings.speaker_model is None else XVectorEmbedder(settings.speaker_model, device)
        self._recognizer = None
        if settings.recognizer is not None:
            self._recognizer, self._texts = SpeechRecognizer(settings.recognizer, device=device), TextComparison()

    def __call__(self, sentence: Sentence) -> tuple[dict[str, Any], Clip]:
        """Speaks and judges a sentence.

        Returns:
            A record of plain values, and the speech. The record has `name`, `speaker`, `text`, `phonemes`,
            `reference`; `ours` and `recording`, what was heard in each; `compared`, the distances of both; `styles`;
            and `notes`, sentences on what could not be measured.
        """
        spoken = self.speaker(sentence)
        notes: list[str] = []
        record: dict[str, Any] = {
            "name": sentence.name,
            "speaker": sentence.speaker,
            "text": sentence.text,
            "phonemes": sentence.phonemes,
            "reference": sentence.reference_name,
            "ours": self._hear(spoken.clip, sentence),
            "recording": self._hear(sentence.recording, sentence),
            "compared": self._compare(spoken, sentence, notes),
            "styles": self._styles(spoken, sentence, notes),
            "notes": notes,
        }
        if spoken.seconds is not None:
            record["ours"]["real_time_factor"] = spoken.seconds / record["ours"]["seconds"]
        if spoken.phonemes is not None and spoken.phonemes != sentence.phonemes:
            notes.append(f"the model reads other phonemes than the corpus: {spoken.phonemes}")
        return record, spoken.clip

    def _hear(self, clip: Clip, sentence: Sentence) -> dict[str, Any]:
        """What the judges say of one clip."""
        samples = (clip.waveform, clip.sampling_rate)
        heard: dict[str, Any] = {"seconds": len(clip.waveform) / clip.sampling_rate}
        if self._judge is not None:
            phonemes = sounds(self._judge.hear(*samples))
            heard["phonemes_heard"] = phonemes
            heard["phoneme_errors"] = _counts(error_rate(phonemes, sounds(sentence.phonemes)))
        if self._dnsmos is not None:
            heard["dnsmos"] = self._dnsmos(*samples)
        if self._recognizer is not None and sentence.text:
            text = self._recognizer(*samples)
            heard["text_heard"] = text
            heard["character_errors"] = _counts(self._texts.characters(text, sentence.text))
            heard["kana_errors"] = _counts(self._texts.kana(text, sentence.text))
        return heard

    def _compare(self, spoken: Spoken, sentence: Sentence, notes: list[str]) -> dict[str, Any]:
        ours, recording = spoken.clip, sentence.recording
        compared = _noted(notes, "the distance", lambda: self._distances(ours, recording)) or {}
        errors = _noted(notes, "the duration error", lambda: self._duration_errors(spoken, sentence))
        if errors is not None and errors.size:
            compared["duration_errors_ms"] = {"sum": float(errors.sum()), "count": int(errors.size)}
        if self._embedder is not None:
            vectors = [self._embedder(clip.waveform, clip.sampling_rate) for clip in (ours, recording)]
            similarity = _noted(notes, "the speaker similarity", lambda: cosine_similarity(*vectors))
            compared["speaker_similarity"] = similarity
        return compared

    def _distances(self, ours: Clip, recording: Clip) -> dict[str, float]:
        return compare_frames(*(self._analyzer(clip.waveform, clip.sampling_rate) for clip in (ours, recording)))

    def _duration_errors(self, spoken: Spoken, sentence: Sentence) -> np.ndarray | None:
        """Heard by the judge in both; without a judge, what the model planned against the corpus' own aligner."""
        if self._judge is not None:
            # Every symbol of an alignment gets a frame, which a mark would take from the sounds beside it.
            symbols = sounds_and_pauses(sentence.phonemes)
            heard = [
                self._judge.durations(clip.waveform, clip.sampling_rate, symbols)
                for clip in (spoken.clip, sentence.recording)
            ]
            return duration_errors(*heard, symbols)
        if spoken.durations is None or sentence.durations is None or spoken.phonemes != sentence.phonemes:
            return None
        return duration_errors(spoken.durations, sentence.durations, sentence.phonemes)

    def _styles(self, spoken: Spoken, sentence: Sentence, notes: list[str]) -> dict[str, list[float]]:
        """Style vectors by the model's own encoders; none without a model."""
        speaker = self.speaker
        if not isinstance(speaker, ModelSpeaker):
            return {}
        clips = {"recording": sentence.recording, "reference": sentence.reference}
        styles = {name: speaker.style_of(clip).round(5).tolist() for name, clip in clips.items()}
        ours = _noted(notes, "the style", lambda: speaker.style_of(spoken.clip))
        if ours is not None:
            styles["ours"] = ours.round(5).tolist()
        if self.settings.named_voices:
            styles["named_voice"] = speaker.model.voices[sentence.speaker].tolist()
        return styles


def _noted(notes: list[str], what: str, measure: Callable[[], Any]) -> Any:
    """What was measured, or None with a note: speech without a sound in it, or too short for its text, is a result."""
    try:
        return measure()
    except ValueError as error:
        notes.append(f"{what} could not be measured: {error}")
        return None


def _counts(rate: ErrorRate) -> dict[str, int]:
    return {"edits": rate.edits, "length": rate.length}
