# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Times at which every word and mora of a text is spoken, from the times of its tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import sub

from .phonemes.symbols import is_sound
from .phonemization import Phonemization
from .types import PHONEMIZED


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
        morae: its morae in order; none where its kana is not known (a word of another language).
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
    phonemization: Phonemization,
    token_starts: Sequence[float],
    token_ends: Sequence[float],
    first_token: int = 1,
    offset: int = 0,
) -> list[TimedWord]:
    """The spoken words of a text with their times; every one that has a reading is there.

    Args:
        phonemization: of the text.
        token_starts, token_ends: seconds, for every token of the text.
        first_token: the number of tokens before the first phoneme (the pad).
        offset: where the text stands in a longer one, in characters; it is added to the places of words.

    Raises:
        ValueError: when the tokens are not those of the text.
    """
    count = len(phonemization.phonemes)
    if len(token_starts) < first_token + count or len(token_starts) != len(token_ends):
        raise ValueError(
            f"the text has {count} phonemes, but there are times for {len(token_starts) - first_token}: they "
            "belong to another text"
        )
    morae_of_words: dict[int, list[TimedMora]] = {}
    spans = _spans(_tokens_of_morae(phonemization), token_starts[first_token:], token_ends[first_token:])
    for mora, span in zip(phonemization.morae, spans, strict=True):
        morae_of_words.setdefault(mora.word, []).append(TimedMora(mora.kana, *span))
    words = []
    for number, morae in morae_of_words.items():
        word = phonemization.words[number]
        place = (word.start + offset, word.end + offset)
        words.append(TimedWord(word.surface, place, morae[0].start, morae[-1].end, tuple(morae)))
    for number, (first, last) in _tokens_of_words_without_morae(phonemization).items():
        word = phonemization.words[number]
        place = (word.start + offset, word.end + offset)
        start, end = float(token_starts[first_token + first]), float(token_ends[first_token + last])
        words.append(TimedWord(word.surface, place, start, end, ()))
    return words


def _tokens_of_words_without_morae(phonemization: Phonemization) -> dict[int, tuple[int, int]]:
    """The first and the last symbol of every word whose kana is not known, marks and spaces around it left out."""
    found: dict[int, tuple[int, int]] = {}
    for place, (symbol, owner) in enumerate(zip(phonemization.phonemes, phonemization.owners, strict=True)):
        if phonemization.words[owner.word].source == PHONEMIZED and is_sound(symbol):
            found[owner.word] = (found.get(owner.word, (place, place))[0], place)
    return found


def _tokens_of_morae(phonemization: Phonemization) -> list[tuple[int, int] | None]:
    """The first and the last symbol of every mora; None for one that has none, as it merges with a neighbour."""
    found: dict[int, tuple[int, int]] = {}
    for place, owner in enumerate(phonemization.owners):
        if owner.mora >= 0:
            found[owner.mora] = (found.get(owner.mora, (place, place))[0], place)
    return [found.get(mora) for mora in range(len(phonemization.morae))]


def _spans(
    tokens: Sequence[tuple[int, int] | None], starts: Sequence[float], ends: Sequence[float]
) -> list[tuple[float, float]]:
    """When every mora is spoken; those without symbols share the time of the mora before, or else that of the next."""
    bearers = [place for place, own in enumerate(tokens) if own is not None]
    if not bearers:
        return []
    edges = [0, *bearers[1:], len(tokens)]
    spans: list[tuple[float, float]] = []
    for (first, last), count in zip(filter(None, tokens), map(sub, edges[1:], edges), strict=True):
        spans += _evenly(float(starts[first]), float(ends[last]), count)
    return spans


def _evenly(start: float, end: float, count: int) -> list[tuple[float, float]]:
    """A stretch of time in equal parts."""
    edges = [start + (end - start) * part / count for part in range(count)] + [end]
    return list(pairwise(edges))


__all__ = ["TimedMora", "TimedSymbol", "TimedWord", "time_words"]
