# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A text sentence by sentence, each with its reading, and a warning of what is left out of it."""

import logging
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from ..utils.wording import shortened
from .phonemization import Phonemization
from .phonemizer import NothingToReadError
from .segmentation import split_lines
from .utterances import Utterance, cut_at_pauses, iter_utterances


logger = logging.getLogger(__name__)

_MOST_SHOWN = 10
_CONTEXT = 10  # characters around an unreadable word


def check_characters(text: str, which: str = "the text") -> None:
    """Refuse characters that no text has: controls other than spaces and line ends, and half characters.

    Args:
        text: as it is given.
        which: names it in the error.

    Raises:
        ValueError: naming the first one and its place.
    """
    for place, character in enumerate(text):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\v\f\r\x85":
            raise ValueError(
                f"{which} has the control character U+{ord(character):04X} at position {place}: remove it"
            )


def read_sentences(
    text: str, phonemizer: Callable[[str], Phonemization], is_split: bool = True
) -> Iterator[tuple[Utterance, Phonemization | None]]:
    """Read a text sentence by sentence, as the long form speaks it; `None` where there is nothing to speak.

    Args:
        text: Japanese, or of the language that `phonemizer` reads.
        phonemizer: reads each sentence, as `Phonemizer` does.
        is_split: False cuts the text only at the pauses that are written in it.

    Raises:
        PauseError: for a pause in the text that cannot be spoken.
    """
    utterances = iter_utterances(split_lines(text)) if is_split else cut_at_pauses([text])
    for utterance in utterances:
        try:
            yield utterance, phonemizer(utterance.text)
        except NothingToReadError:
            yield utterance, None


def warn_of_left_out(sentences: Iterable[tuple[Utterance, Phonemization | None]]) -> None:
    """Log one warning of all writing in a text that is not spoken, with its places.

    Args:
        sentences: each with its reading; `None` for a sentence that is left out altogether.
    """
    places = [place for utterance, reading in sentences for place in _places_left_out(utterance, reading)]
    if places:
        more = f"; and {len(places) - _MOST_SHOWN} more" if len(places) > _MOST_SHOWN else ""
        logger.warning(
            "left out, since no rule reads it: %s%s; write it in kana, or give its reading in a user dictionary",
            "; ".join(places[:_MOST_SHOWN]),
            more,
        )


def _places_left_out(utterance: Utterance, reading: Phonemization | None) -> Iterator[str]:
    """Stretches that a sentence leaves out, with their places in the text; words that follow each other are one."""
    if reading is None:
        yield f"'{shortened(utterance.text)}' holds nothing that can be spoken (from character {utterance.start + 1})"
        return
    stretches: list[tuple[int, int]] = []
    for word in reading.unreadable:
        if stretches and stretches[-1][1] >= word.start:
            stretches[-1] = (stretches[-1][0], max(word.end, stretches[-1][1]))
        else:
            stretches.append((word.start, word.end))
    for start, end in stretches:
        around = reading.text[max(start - _CONTEXT, 0) : end + _CONTEXT]
        yield f"'{shortened(reading.text[start:end])}' at character {utterance.start + start + 1} (in '{around}')"


__all__ = ["read_sentences", "warn_of_left_out"]
