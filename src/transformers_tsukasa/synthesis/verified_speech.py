# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech that a recogniser checks: candidates are rejected until one is recognised as its text is read."""

import json
import logging
import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..model_folders import existing_folder
from ..models.tsukasa.reranking.aligner_reranker import AlignerReranker
from ..models.tsukasa.speaking.sentence_marks import read_segments
from ..models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..text.phonemes.mora_differences import MoraDifference, mora_differences
from ..text.phonemization import Phonemization
from ..text.phonemizer import NothingToReadError
from ..utils.atomic_files import write_text
from ..utils.wording import shortened
from .speaker import Speaker, SpeechArguments
from .speech import Speech
from .speech_recognition import SpeechRecognizer


if TYPE_CHECKING:
    from typing_extensions import Unpack

logger = logging.getLogger(__name__)

MAX_CANDIDATES = 8

Recognizer = Callable[[np.ndarray, int], str]
"""A function of `(samples,)` and a sampling rate in Hz that returns the Japanese text of the speech."""


@dataclass(frozen=True)
class CheckedCandidate:
    """The phonemes recognised in a candidate, and how they differ.

    Args:
        recognized: its phonemes.
        differences: the morae that were not recognised as they are read.
    """

    recognized: str
    differences: tuple[MoraDifference, ...]


@dataclass(frozen=True, eq=False)
class VerifiedSentence:
    """A sentence and what was recognised in it.

    Args:
        speech: the sentence as it is spoken.
        kana: its reading.
        candidates: in the order in which they were drawn; all but the one that is spoken were rejected.
        index: the number of the one that is spoken: that with the fewest differences.
        is_accepted: whether it differs in no more morae than allowed.
    """

    speech: Speech
    kana: str
    candidates: tuple[CheckedCandidate, ...]
    index: int
    is_accepted: bool

    @property
    def differences(self) -> tuple[MoraDifference, ...]:
        """The morae of the spoken candidate that were not recognised as they are read."""
        return self.candidates[self.index].differences


def stream_verified(
    speaker: Speaker,
    text: str,
    recognizer: str | os.PathLike | Recognizer | AlignerReranker,
    *,
    max_candidates: int = MAX_CANDIDATES,
    allowed_differences: int = 0,
    **arguments: "Unpack[SpeechArguments]",
) -> Iterator[VerifiedSentence]:
    """Speak a text sentence by sentence, each as the first candidate that is recognised as it is read.

    When none of `max_candidates` is, the one with the fewest differing morae is spoken, and a warning names these.

    Args:
        speaker: of the model.
        text: Japanese.
        recognizer: a folder with a text aligner, whose CTC head spells, or with a recogniser of transformers, such as
            Whisper; or a function of `(samples,)` and their rate that returns text.
        max_candidates: most candidates of a sentence, 1 to 256.
        allowed_differences: of a candidate that is accepted, most morae that differ.
        arguments: of `Speaker.stream`.

    Raises:
        ValueError: as of `Speaker.stream`, and for text that is phonemes, which has no kana to compare.
        OSError: when there is no recogniser in the folder.
    """
    if isinstance(allowed_differences, bool) or not isinstance(allowed_differences, int) or allowed_differences < 0:
        raise ValueError(f"allowed_differences must be an integer of at least 0, got {allowed_differences!r}")
    if arguments.get("phonemize") is False or not speaker.processor.tokenizer.reads_text:
        raise ValueError("speech can be verified against Japanese text only, not against phonemes: give the text")
    for name in ("reranker", "num_candidates", "stop_score"):
        if arguments.get(name) is not None:
            raise ValueError(f"{name} has no use here: the recogniser chooses among `max_candidates`")
    readings = _readings(speaker, text, arguments.get("split_sentences") is not False)
    verifier = _Verifier(readings, _phoneme_recognizer(recognizer, speaker), speaker.sampling_rate)
    arguments["num_candidates"], arguments["reranker"] = max_candidates, verifier
    arguments["stop_score"] = -allowed_differences
    arguments["stream_candidates"] = True  # every sentence is complete when it is returned
    sentences = speaker.stream(text, **arguments)
    return (_verified(speech, verifier, allowed_differences) for speech in sentences)


def write_verification(path: str | os.PathLike, sentences: Iterable[VerifiedSentence]) -> None:
    """Write what was recognised as JSON: a list with an object for every sentence and in it one for every candidate.

    Raises:
        OSError: when the file cannot be written.
    """
    rows = [
        {
            "text": sentence.speech.text,
            "kana": sentence.kana,
            "is_accepted": sentence.is_accepted,
            "index": sentence.index,
            "candidates": [asdict(candidate) for candidate in sentence.candidates],
        }
        for sentence in sentences
    ]
    write_text(path, json.dumps(rows, ensure_ascii=False))


class _Verifier:
    """A reranker that counts the morae that differ, and keeps what it found until it is taken.

    Args:
        readings: of the sentences, by their ids.
        recognize: returns the phonemes of a waveform (samples,).
        sampling_rate: of the waveforms in Hz.
    """

    def __init__(
        self,
        readings: dict[tuple[int, ...], Phonemization],
        recognize: Callable[[torch.Tensor, int], str],
        sampling_rate: int,
    ) -> None:
        self._readings, self._recognize, self._sampling_rate = readings, recognize, sampling_rate
        self._found: list[CheckedCandidate] = []
        self._kana = ""

    def __call__(self, waveforms: list[torch.Tensor], input_ids: torch.Tensor) -> list[int]:
        reading = self._readings[tuple(input_ids.tolist())]
        self._kana = reading.kana
        checked = []
        for waveform in waveforms:
            recognized = self._recognize(waveform, self._sampling_rate)
            checked.append(CheckedCandidate(recognized, mora_differences(reading, recognized)))
        self._found += checked
        return [-len(candidate.differences) for candidate in checked]

    def take(self) -> tuple[str, tuple[CheckedCandidate, ...]]:
        """The kana of the latest sentence and its candidates, which are forgotten here."""
        found, self._found = tuple(self._found), []
        return self._kana, found


def _verified(speech: Speech, verifier: _Verifier, allowed: int) -> VerifiedSentence:
    kana, candidates = verifier.take()
    (choice,) = speech.choices
    assert len(candidates) == sum(not math.isnan(score) for score in choice.scores)
    differences = candidates[choice.index].differences
    sentence = VerifiedSentence(speech, kana, candidates, choice.index, len(differences) <= allowed)
    if not sentence.is_accepted:
        logger.warning(
            "'%s' is not recognised as it is read in any of %d candidates; the best one has %d differing morae: %s",
            shortened(speech.text.strip()),
            len(candidates),
            len(differences),
            ", ".join(map(str, differences)),
        )
    return sentence


def _readings(speaker: Speaker, text: str, is_split: bool) -> dict[tuple[int, ...], Phonemization]:
    """The readings of the sentences of a text by their ids, as `Speaker.stream` speaks them."""
    inputs = speaker.processor(text=[text], split_sentences=is_split, return_tensors="pt")
    segments = read_segments(inputs["input_ids"], inputs["attention_mask"]).texts[0]
    read = [reading for _, reading in speaker.processor.iter_sentences(text, is_split) if reading is not None]
    return {tuple(segment.ids[0].tolist()): reading for segment, reading in zip(segments, read, strict=True)}


def _phoneme_recognizer(
    recognizer: str | os.PathLike | Recognizer | AlignerReranker, speaker: Speaker
) -> Callable[[torch.Tensor, int], str]:
    """A function of a waveform (samples,) and its rate that returns phonemes in the profile of the speaker's model."""
    if isinstance(recognizer, str | os.PathLike):
        folder = existing_folder(os.fspath(recognizer), "`recognizer`")
        if _model_type(folder) == TsukasaTextAligner.config_class.model_type:
            recognizer = AlignerReranker.from_pretrained(folder, speaker.model.config.audio_config)
        else:
            recognizer = SpeechRecognizer(folder, device=str(speaker.model.device))
    if isinstance(recognizer, AlignerReranker):
        aligner = recognizer
        return lambda waveform, rate: aligner.spell(waveform)
    recognize = recognizer

    def phonemes(waveform: torch.Tensor, rate: int) -> str:
        text = recognize(waveform.float().cpu().numpy(), rate)
        try:
            return speaker.processor.tokenizer.phonemizer(text).phonemes if text.strip() else ""
        except NothingToReadError:
            return ""

    return phonemes


def _model_type(folder: str) -> Any:
    from transformers import PreTrainedConfig

    return PreTrainedConfig.get_config_dict(folder)[0].get("model_type")


__all__ = [
    "MAX_CANDIDATES",
    "CheckedCandidate",
    "Recognizer",
    "VerifiedSentence",
    "stream_verified",
    "write_verification",
]
