# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech as a `Speaker` returns it, complete or sentence by sentence."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ..models.tsukasa.outputs import TsukasaProsody
from ..text.timing import TimedMora, TimedSymbol, TimedWord
from ..utils.atomic_files import write_text


_Timed = TypeVar("_Timed", TimedWord, TimedMora, TimedSymbol)


@dataclass(frozen=True)
class SentenceChoice:
    """How a sentence was chosen among its candidates.

    Args:
        scores: of every candidate, by its number; NaN for those that were not drawn.
        index: the number of the one that is spoken.
    """

    scores: tuple[float, ...]
    index: int


@dataclass(frozen=True, eq=False)
class Speech:
    """Speech of a text, or of one of its sentences.

    Args:
        waveform: `(samples,)` float32, nominally in [-1, 1]. A sentence that others follow ends with its pause.
        sampling_rate: in Hz.
        text: what is spoken.
        style_vector: `(2 * style_dim,)` float32, acoustic and prosodic style (of the last sentence).
        prosody: durations, F0, energy and times, one for every sentence; `Speaker.speak(prosody=...)` takes them back.
        words: words and morae with their times in seconds, and their places in characters, from the start of the text.
            Empty for text that was given as phonemes.
        symbols: the phonemes, with spaces and marks, likewise with their times.
        choices: of candidates, one for every sentence; empty when there was no choice.
    """

    waveform: np.ndarray
    sampling_rate: int
    text: str
    style_vector: np.ndarray
    prosody: tuple[TsukasaProsody, ...]
    words: tuple[TimedWord, ...]
    symbols: tuple[TimedSymbol, ...] = ()
    choices: tuple[SentenceChoice, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the waveform."""
        return len(self.waveform) / self.sampling_rate


class SpeechStream(Iterator[Speech]):
    """Speech sentence by sentence, each computed when it is asked for; `len()` is the number of sentences.

    Args:
        sentences: computes them.
        count: how many there are.
    """

    def __init__(self, sentences: Iterator[Speech], count: int) -> None:
        self._sentences, self._count = sentences, count

    def __next__(self) -> Speech:
        return next(self._sentences)

    def __len__(self) -> int:
        return self._count


def join_speech(text: str, sentences: Sequence[Speech]) -> Speech:
    """Join the sentences of a text, of which there is at least one."""
    return Speech(
        waveform=np.concatenate([sentence.waveform for sentence in sentences]),
        sampling_rate=sentences[-1].sampling_rate,
        text=text,
        style_vector=sentences[-1].style_vector,
        prosody=tuple(prosody for sentence in sentences for prosody in sentence.prosody),
        words=tuple(word for sentence in sentences for word in sentence.words),
        symbols=tuple(symbol for sentence in sentences for symbol in sentence.symbols),
        choices=tuple(choice for sentence in sentences for choice in sentence.choices),
    )


def write_prosody(path: str | os.PathLike, prosody: Sequence[TsukasaProsody]) -> None:
    """Write durations, F0, energy and times as JSON: a list with an object for every sentence.

    Raises:
        OSError: when the file cannot be written.
    """
    rows = [{name: values[0].tolist() for name, values in sentence.items()} for sentence in prosody]
    write_text(path, json.dumps(rows, ensure_ascii=False))


def moved(speech: Speech, seconds: float, waveform: np.ndarray) -> Speech:
    """Return speech that begins so many seconds later in a longer one.

    Args:
        speech: with times from its own start.
        seconds: added to the times of words, morae and symbols; those of the prosody stay.
        waveform: `(samples,)`, of the result.
    """
    words = tuple(
        replace(_later(word, seconds), morae=tuple(_later(mora, seconds) for mora in word.morae))
        for word in speech.words
    )
    symbols = tuple(_later(symbol, seconds) for symbol in speech.symbols)
    return replace(speech, waveform=waveform, words=words, symbols=symbols)


def _later(part: _Timed, seconds: float) -> _Timed:
    return replace(part, start=part.start + seconds, end=part.end + seconds)


__all__ = ["SentenceChoice", "Speech", "SpeechStream", "join_speech", "moved", "write_prosody"]
