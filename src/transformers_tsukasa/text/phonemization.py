# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The result of the front-end: a text with its words, morae and phonemes."""

from dataclasses import dataclass
from functools import cached_property

from .normalization.character_folding import is_writing
from .phonemes.morae import split_written_morae
from .phonemes.phoneme_text import Owner
from .types import MARKUP, PHONEMIZED, Word


_SPOKEN = (MARKUP, PHONEMIZED)  # nothing is lost where words of these have no reading


@dataclass(frozen=True)
class Mora:
    """A mora of a phonemization: its kana, its word, and its place in the original text."""

    kana: str
    word: int
    start: int
    end: int


@dataclass(frozen=True)
class Phoneme:
    """One phoneme symbol: the index of its word and of its mora (None for spaces and marks), and its place."""

    symbol: str
    word: int
    mora: int | None
    start: int  # offsets of the word in the original text, in characters
    end: int


@dataclass(frozen=True)
class Phonemization:
    """A text with its phonemes."""

    text: str
    phonemes: str
    words: tuple[Word, ...]
    owners: tuple[Owner, ...]  # one for every symbol of `phonemes`
    has_learned_accents: bool = False  # whether `accented_words` are the accent model's

    @cached_property
    def accented_words(self) -> tuple[Word, ...]:
        """The words with the accents that are spoken; those of `words` are the rules'."""
        if not self.has_learned_accents:
            return self.words
        from .accents.learned_accents import with_learned_accents  # numpy and the model are for accents alone

        return tuple(with_learned_accents(self.words))

    @cached_property
    def alignment(self) -> tuple[Phoneme, ...]:
        """Every symbol of `phonemes` with its mora, word and place in the original text."""
        return tuple(
            Phoneme(
                symbol,
                owner.word,
                owner.mora if owner.mora >= 0 else None,
                self.words[owner.word].start,
                self.words[owner.word].end,
            )
            for symbol, owner in zip(self.phonemes, self.owners, strict=True)
        )

    @cached_property
    def morae(self) -> tuple[Mora, ...]:
        """All morae in order; `Phoneme.mora` counts in them."""
        return tuple(
            Mora(kana, index, word.start, word.end)
            for index, word in enumerate(self.words)
            for kana in split_written_morae(word.pronunciation)
        )

    @property
    def kana(self) -> str:
        """The text as it is spoken, in katakana, without marks."""
        return "".join(word.pronunciation for word in self.words)

    @property
    def unreadable(self) -> tuple[Word, ...]:
        """Words of the text that no rule could read and that are not spoken; marks and emoji are not among them."""
        silent = (word for word in self.words if not word.pronunciation and word.source not in _SPOKEN)
        return tuple(word for word in silent if any(map(is_writing, word.surface)))
