# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The reading of a sentence that is nearest to a recorded one, if forms of one word are as good as each other."""

from collections.abc import Iterator, Sequence

from ...text import Word
from ...text.edit_distance import edit_distance
from ...text.phonemes.morae import comparable_morae
from ...text.readings.reading_variants import reading_variants


_MAX_WORDS = 4


def nearest_accepted(words: Sequence[Word], expected: Sequence[str]) -> tuple[str, ...]:
    """The reading of a sentence with those variants that bring it nearer to the expected one.

    Args:
        words: of `Phonemization.words`.
        expected: comparable morae of the recorded reading.

    Returns:
        Comparable morae.
    """
    parts = [word.pronunciation for word in words]
    best, distance = _comparable(parts, expected)
    for begin, end in _runs(words):
        kana = "".join(parts[begin:end])
        base = "".join(word.surface for word in words[begin : end - 1]) + words[end - 1].lemma
        for variant in reading_variants("".join(word.surface for word in words[begin:end]), base, kana):
            changed = [*parts[:begin], variant, *[""] * (end - begin - 1), *parts[end:]]
            morae, changed_distance = _comparable(changed, expected)
            if changed_distance < distance:
                parts, best, distance = changed, morae, changed_distance
    return best


def _runs(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    for begin in range(len(words)):
        for end in range(begin + 1, min(begin + _MAX_WORDS, len(words)) + 1):
            yield begin, end


def _comparable(parts: Sequence[str], expected: Sequence[str]) -> tuple[tuple[str, ...], int]:
    morae = comparable_morae("".join(parts))
    return morae, edit_distance(morae, expected)


__all__ = ["nearest_accepted"]
