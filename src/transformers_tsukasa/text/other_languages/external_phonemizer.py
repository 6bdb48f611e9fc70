# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Any function from text to phonemes in place of the reading of Japanese: for other languages, and for phonemes."""

import re
from collections.abc import Callable

from ...utils.wording import shortened
from ..explanation import Explanation, explain_word
from ..phonemes.phoneme_text import NO_OWNER, Owner
from ..phonemization import Phonemization
from ..types import PHONEMIZED, Word


PhonemizerFunction = Callable[[str], str]

_GROUPS = re.compile(r"\S+")
_SOUND = re.compile(r"[^\W_]")


class ExternalPhonemizer:
    """Reads text by a function that returns phonemes.

    The words of a reading have no kana and no morae. Words and phonemes belong together where both have as many groups
    between spaces; elsewhere all of the text is one word.

    Args:
        function: text to phonemes, one symbol a character.
        known: keeps of phonemes what the model knows.
    """

    def __init__(self, function: PhonemizerFunction, known: PhonemizerFunction = str.strip) -> None:
        self.function = function
        self.known = known

    def __call__(self, text: str) -> Phonemization:
        """The phonemes of `text`.

        Raises:
            TypeError: when the function returns anything but a string.
            NothingToReadError: when it returns nothing that can be spoken.
        """
        from ..phonemizer import NothingToReadError  # beside it a dictionary of Japanese is loaded

        phonemes = self.function(text)
        if not isinstance(phonemes, str):
            raise TypeError(
                f"the phonemizer returned a {type(phonemes).__name__} for {shortened(text)!r}: it must return the "
                "phonemes as a string"
            )
        phonemes = self.known(phonemes).strip()
        if not _SOUND.search(phonemes):
            raise NothingToReadError.in_text(text)
        spoken = _spoken_groups(phonemes)
        written = _spoken_groups(text)
        if len(spoken) != len(written):
            start = len(text) - len(text.lstrip())
            written, spoken = [(start, len(text.rstrip()))], [(0, len(phonemes))]
        words = tuple(_word(text[start:end], start, end) for start, end in written)
        return Phonemization(text, phonemes, words, _owners(len(phonemes), [start for start, _ in spoken]))

    def explain(self, text: str) -> tuple[Explanation, ...]:
        """The words of `text`, of which nothing is known but that the function reads them; raises as `__call__`."""
        return tuple(explain_word(word, text) for word in self(text).words)


def as_phonemes(text: str) -> str:
    """Phonemes as they are: the function for models whose texts are phonemes."""
    return text


def _spoken_groups(text: str) -> list[tuple[int, int]]:
    """Where stretches between spaces begin and end; those of marks alone are left out."""
    return [match.span() for match in _GROUPS.finditer(text) if _SOUND.search(match.group())]


def _word(surface: str, start: int, end: int) -> Word:
    return Word(surface, start, end, "", "", 0, starts_accent_phrase=False, source=PHONEMIZED)


def _owners(count: int, starts: list[int]) -> tuple[Owner, ...]:
    """The owner of every symbol: the word that has begun, or the first."""
    owners: list[Owner] = []
    for number, end in enumerate([*starts[1:], count]):
        owners += [Owner(number, NO_OWNER)] * (end - len(owners))
    return tuple(owners)


__all__ = ["ExternalPhonemizer", "PhonemizerFunction", "as_phonemes"]
