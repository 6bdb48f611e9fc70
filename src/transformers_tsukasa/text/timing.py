# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Times at which every word and mora of a text is spoken, from the times of its tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from .phonemization import Phonemization


@dataclass(frozen=True)
class TimedMora:
    """A mora and when it is spoken, in seconds."""

    kana: str
    start: float
    end: float


@dataclass(frozen=True)
class TimedWord:
    """A word and when it is spoken.

    Args:
        surface: as it is written.
        place: offsets of its writing in the text, in characters.
        start, end: seconds; marks and spaces after a word are not part of it.
        morae: its morae in order.
    """

    surface: str
    place: tuple[int, int]
    start: float
    end: float
    morae: tuple[TimedMora, ...]


@dataclass(frozen=True)
class TimedSymbol:
    """A symbol of the phonemes and when it is spoken, in seconds."""

    symbol: str
    start: float
    end: float


def time_words(
    phonemization: Phonemization, token_starts: Sequence[float], token_ends: Sequence[float], first_token: int = 1
) -> list[TimedWord]:
    """The spoken words of a text with their times.

    Args:
        phonemization: of the text.
        token_starts, token_ends: seconds, for every token of the text.
        first_token: the number of tokens before the first phoneme (the pad).

    Raises:
        ValueError: when the tokens are not those of the text.
    """
    phonemes = phonemization.alignment
    if len(token_starts) < first_token + len(phonemes) or len(token_starts) != len(token_ends):
        raise ValueError(
            f"the text has {len(phonemes)} phonemes, but there are times for {len(token_starts) - first_token}: they "
            "belong to another text"
        )
    spans: dict[int, tuple[float, float]] = {}  # by mora
    morae_of_words: dict[int, list[int]] = {}
    for index, phoneme in enumerate(phonemes, start=first_token):
        if phoneme.mora is None:
            continue
        begin = spans.get(phoneme.mora, (float(token_starts[index]), 0.0))[0]
        spans[phoneme.mora] = (begin, float(token_ends[index]))
        morae = morae_of_words.setdefault(phoneme.word, [])
        if phoneme.mora not in morae:
            morae.append(phoneme.mora)
    words = []
    for number, numbers in morae_of_words.items():
        word = phonemization.words[number]
        timed = tuple(TimedMora(phonemization.morae[mora].kana, *spans[mora]) for mora in numbers)
        words.append(TimedWord(word.surface, (word.start, word.end), timed[0].start, timed[-1].end, timed))
    return words


__all__ = ["TimedMora", "TimedSymbol", "TimedWord", "time_words"]
