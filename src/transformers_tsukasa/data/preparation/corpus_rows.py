# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Rows of a source: a recording with its text, and notes on rows that are rejected or doubtful."""

from dataclasses import dataclass

from ...utils.file_names import composed


@dataclass(frozen=True)
class SourceRow:
    """One recording of a corpus.

    Args:
        number: position in its source: the line of a transcript or the index in a data set.
        audio: path of the recording, as the source writes it.
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

    def __post_init__(self) -> None:
        # Lists of a Mac and of another system name one speaker with different characters.
        object.__setattr__(self, "speaker", composed(self.speaker))


@dataclass(frozen=True)
class Note:
    """A note on a row: why it was rejected, or what to know about it although it was taken.

    Args:
        number: the row's position in its source.
        audio: path of its recording.
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

    def __reduce__(self) -> tuple[type["RowRejected"], tuple[str, str]]:
        return type(self), (self.reason, str(self))
