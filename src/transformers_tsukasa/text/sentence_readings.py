# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A text sentence by sentence, each with its reading, and a warning of what is left out of it."""

import logging
from collections.abc import Iterable, Iterator

from .phonemization import Phonemization
from .phonemizer import NothingToReadError, Phonemizer
from .segmentation import split_lines
from .utterances import Utterance, cut_at_pauses, iter_utterances


logger = logging.getLogger(__name__)

_SHOWN_SENTENCES = 5
_SHOWN_CHARACTERS = 40


def read_sentences(
    text: str, phonemizer: Phonemizer, is_split: bool = True
) -> Iterator[tuple[Utterance, Phonemization | None]]:
    """Read a text sentence by sentence, as the long form speaks it; `None` where there is nothing to speak.

    Args:
        text: Japanese.
        phonemizer: reads each sentence.
        is_split: False cuts the text only at the pauses that are written in it.

    Raises:
        ReadingError, PauseError: for markup in the text that cannot be spoken.
    """
    utterances = iter_utterances(split_lines(text)) if is_split else cut_at_pauses([text])
    for utterance in utterances:
        try:
            yield utterance, phonemizer(utterance.text)
        except NothingToReadError:
            yield utterance, None


def warn_of_left_out(sentences: Iterable[tuple[str, Phonemization | None]]) -> None:
    """Log one warning of all writing in a text that is not spoken, each with its sentence.

    Args:
        sentences: as they are written, each with its reading; `None` for a sentence that is left out altogether.
    """
    places = []
    for sentence, reading in sentences:
        words = [sentence] if reading is None else _unreadable_stretches(reading)
        if words:
            listed = ", ".join(f"'{_shortened(word)}'" for word in words[:_SHOWN_SENTENCES])
            places.append(listed if reading is None else f"{listed} in '{_around(sentence, words[0])}'")
    if places:
        more = f"; and in {len(places) - _SHOWN_SENTENCES} more" if len(places) > _SHOWN_SENTENCES else ""
        logger.warning(
            "left out, since no rule reads it: %s%s; write it in kana, or give its reading in a user dictionary",
            "; ".join(places[:_SHOWN_SENTENCES]),
            more,
        )


def _unreadable_stretches(reading: Phonemization) -> list[str]:
    """The unreadable words of a text, those that follow each other as one."""
    stretches: list[tuple[int, int]] = []
    for word in reading.unreadable:
        if stretches and stretches[-1][1] >= word.start:
            stretches[-1] = (stretches[-1][0], max(word.end, stretches[-1][1]))
        else:
            stretches.append((word.start, word.end))
    return [reading.text[start:end] for start, end in stretches]


def _around(sentence: str, word: str) -> str:
    """The sentence, or as much of it around a word as can be shown."""
    begin = max(sentence.find(word) - _SHOWN_CHARACTERS // 2, 0)
    return ("..." if begin else "") + _shortened(sentence[begin:])


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


__all__ = ["read_sentences", "warn_of_left_out"]
