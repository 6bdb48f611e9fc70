# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Sentences of a test set: text, recording, and a clip of the speaker to take the style from."""

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Clip:
    """Samples `(samples,)` float32, and their rate in Hz."""

    waveform: np.ndarray
    sampling_rate: int


@dataclass(frozen=True)
class Sentence:
    """One recorded sentence of a test set.

    Args:
        name: unique in the test set; also names its files.
        speaker: name of the speaker.
        text: the written text; may be empty when there are phonemes.
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


def sentence_seed(seed: int, name: str) -> int:
    """Derive a seed for every sentence, so that their order does not matter."""
    return int.from_bytes(hashlib.blake2b(f"{seed}\n{name}".encode(), digest_size=7).digest(), "big")
