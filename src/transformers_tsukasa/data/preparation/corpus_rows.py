# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A recording with its text, as a corpus brings it, and what is said of rows that cannot be used."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceRow:
    """One recording of a corpus.

    Args:
        number: place in its source: the line of a transcript or the index in a data set.
        audio: where the recording is, as the source writes it.
        text: Japanese text; may be empty when phonemes are given.
        phonemes: phonemes; may be empty when a text is given.
        speaker: name of the speaker; empty when the source names none.
        description: the voice in words; may be empty.
    """

    number: int
    audio: str
    text: str = ""
    phonemes: str = ""
    speaker: str = ""
    description: str = ""


@dataclass(frozen=True)
class Note:
    """What is said of a row: why it was rejected, or what one should know of it although it was taken.

    Args:
        number: the row's place in its source.
        audio: where its recording is.
        reason: a word to count by, such as `too_short`.
        message: a sentence for people.
    """

    number: int
    audio: str
    reason: str
    message: str


class RowRejected(ValueError):
    """A row cannot be used; `reason` is a word to count by, the message a sentence for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self):
        return type(self), (self.reason, str(self))
