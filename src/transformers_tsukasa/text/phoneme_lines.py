# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phonemes of a text in several utterances, as a text with a line for each.

The mark at the end of a line (? ! …) tells how it ends. Where the utterance ends otherwise, or with a pause of some
seconds, a pause is written there as in Japanese text: [pause:paragraph], [pause:1.5s]. Within a line, a pause ends an
utterance too.
"""

from collections.abc import Iterator

from .pauses import has_pauses, write_ending, write_pause
from .segmentation import split_lines
from .utterances import Utterance, cut_at_pauses, ending_by_mark


def has_phoneme_lines(text: str) -> bool:
    """Whether phonemes are those of several utterances, or have pauses."""
    return len(text.strip().splitlines()) > 1 or has_pauses(text)


def without_line_ends(text: str) -> str:
    """Return the phonemes of one utterance without what ends their line, which no model has a symbol for."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0] if len(lines) == 1 else text


def iter_phoneme_lines(text: str) -> Iterator[Utterance]:
    """Return the utterances of phonemes; empty lines have none.

    Raises:
        PauseError: for a pause that cannot be spoken.
    """
    return cut_at_pauses(split_lines(text))


def write_phoneme_line(utterance: Utterance, phonemes: str, *, is_last: bool) -> str:
    """Write the phonemes of an utterance as a line, without its end, that `iter_phoneme_lines` reads.

    Args:
        utterance: of the text, with its ending and pauses.
        phonemes: its reading.
        is_last: whether no other follows; only a pause of some seconds matters then.
    """
    before = write_pause(utterance.lead) if utterance.lead else ""
    if utterance.pause is not None:
        return before + phonemes + write_pause(utterance.pause)
    is_told = is_last or ending_by_mark(phonemes) == utterance.ending
    return before + phonemes + ("" if is_told else write_ending(utterance.ending))


__all__ = ["has_phoneme_lines", "iter_phoneme_lines", "without_line_ends", "write_phoneme_line"]
