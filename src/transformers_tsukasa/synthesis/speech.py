# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech as a `Speaker` returns it, complete or sentence by sentence."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..models.tsukasa.outputs import TsukasaProsody
from ..text.timing import TimedWord
from ..utils.atomic_files import write_text


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
    """

    waveform: np.ndarray
    sampling_rate: int
    text: str
    style_vector: np.ndarray
    prosody: tuple[TsukasaProsody, ...]
    words: tuple[TimedWord, ...]

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
    )


def write_prosody(path: str | os.PathLike, prosody: Sequence[TsukasaProsody]) -> None:
    """Write durations, F0, energy and times as JSON: a list with an object for every sentence.

    Raises:
        OSError: when the file cannot be written.
    """
    rows = [{name: values[0].tolist() for name, values in sentence.items()} for sentence in prosody]
    write_text(path, json.dumps(rows, ensure_ascii=False))


__all__ = ["Speech", "SpeechStream", "join_speech", "write_prosody"]
