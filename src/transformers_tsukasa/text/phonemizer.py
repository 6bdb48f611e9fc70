# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From any text to the phonemes of a checkpoint."""

import os
from collections.abc import Sequence

from ..utils.wording import shortened
from .accents.sources import LEARNED, accent_source_of
from .dictionary import UserDictionary
from .explanation import Explanation, explain_word
from .phonemes.rendering import check_profile, render
from .phonemes.symbols import symbol_table
from .phonemization import Phonemization
from .pieces import split_pieces
from .readings.analysis import analyze
from .types import MARKUP, UNSPOKEN, AccentOrigin, Piece, Word


class NothingToReadError(ValueError):
    """The text holds nothing that can be spoken."""

    @classmethod
    def in_text(cls, text: str) -> "NothingToReadError":
        """The error for a text, of which it shows the beginning."""
        return cls(f"nothing readable in the text {shortened(text)!r}: give it at least one word")


class Phonemizer:
    """Text to phonemes with settings kept: profile, accent marks, user dictionary. Safe to share between threads.

    Args:
        profile: "legacy" for Tsukasa's published checkpoints and models converted from them, "clean" for new
            training, "kokoro" for Kokoro v1.0.
        accent: mark rise and fall of the pitch (only "clean").
        user_dictionary: readings that the user sets: a `UserDictionary`, or the path of a CSV or TSV file.
        accent_source: where accents are from: "learned" by the accent model, or "rules" by those of the dictionary
            alone.
        learned_readings: let a trained model have the last word on words with several readings; an experiment
            (docs/readings.md tells how far it can be trusted).

    Raises:
        ValueError: for an unknown profile or source, and for accent marks in another than "clean".
        DictionaryError: when the user dictionary cannot be read.
    """

    def __init__(
        self,
        profile: str = "legacy",
        accent: bool = False,
        user_dictionary: UserDictionary | str | os.PathLike | None = None,
        accent_source: str = LEARNED,
        learned_readings: bool = False,
    ) -> None:
        check_profile(profile, accent)
        self.accent_source = accent_source_of(accent, accent_source)
        self.profile = profile
        self.accent = accent
        self.learned_readings = learned_readings
        self.user_dictionary = (
            user_dictionary
            if user_dictionary is None or isinstance(user_dictionary, UserDictionary)
            else UserDictionary.from_file(user_dictionary)
        )

    def __call__(self, text: str) -> Phonemization:
        """The phonemes of `text`.

        Raises:
            NothingToReadError: when the text holds nothing that can be spoken.
        """
        words = self.words(text)
        phonemes = render(self._accented(words) if self.accent else words, self.profile, self.accent)
        is_learned = self.accent_source == LEARNED
        return Phonemization(text, phonemes.symbols, tuple(words), tuple(phonemes.owners), is_learned)

    def _accented(self, words: list[Word]) -> list[Word]:
        if self.accent_source != LEARNED:
            return words
        from .accents.learned_accents import with_learned_accents  # numpy and the model are for accents alone

        return with_learned_accents(words)

    def words(self, text: str) -> list[Word]:
        """The words of `text` with their readings and the accents of the rules; raises as `__call__` does."""
        pieces = split_pieces(text, self.user_dictionary)
        words = _with_unspoken(analyze(pieces, self.learned_readings), pieces, text)
        if not any(word.pronunciation for word in words):
            raise NothingToReadError.in_text(text)
        return words

    def explain(self, text: str) -> tuple[Explanation, ...]:
        """How every word of `text` came to its reading; raises as `__call__` does."""
        words = self.words(text)
        origins: dict[int, AccentOrigin] = {}
        if self.accent_source == LEARNED:
            from .accents.learned_accents import with_accent_origins

            words, origins = with_accent_origins(words)
        return tuple(
            explain_word(word, text, origins.get(index))
            for index, word in enumerate(words)
            if word.pronunciation or word.note
        )


def _with_unspoken(words: list[Word], pieces: Sequence[Piece], text: str) -> list[Word]:
    """The words, and those of the text that normalisation has left out in their places, without a reading."""
    unspoken = [
        Word(
            surface=text[piece.start : piece.end],
            start=piece.start,
            end=piece.end,
            kana="",
            pronunciation="",
            accent=0,
            starts_accent_phrase=False,
            pos=UNSPOKEN,
            source=_unspoken_source(piece, text),
            note=piece.note or "not read",
            confident=False,
        )
        for piece in pieces
        if piece.kana is None and not piece.text and not text[piece.start : piece.end].isspace()
    ]
    return sorted([*words, *unspoken], key=lambda word: word.start) if unspoken else words


def _unspoken_source(piece: Piece, text: str) -> str:
    """The source of a word that is not spoken: markup by which nothing is lost, letters, or a sign."""
    if piece.source == MARKUP:
        return MARKUP
    return "unknown" if any(map(str.isalpha, text[piece.start : piece.end])) else "symbol"


def phonemize(
    text: str,
    profile: str = "legacy",
    accent: bool = False,
    user_dictionary: UserDictionary | str | os.PathLike | None = None,
    accent_source: str = LEARNED,
) -> Phonemization:
    """The phonemes of `text`; for many texts keep a `Phonemizer`.

    Args:
        text: any text: Japanese, romaji, English, numbers, ruby.
        profile: "legacy" for Tsukasa's published checkpoints, "clean" for new training, "kokoro" for Kokoro v1.0.
        accent: mark rise (↑) and fall (↓) of the pitch; only with "clean".
        user_dictionary: a `UserDictionary`, or the path of a CSV or TSV file.
        accent_source: where accents are from, see `Phonemizer`.

    Raises:
        NothingToReadError: when the text holds nothing that can be spoken.
    """
    return Phonemizer(profile, accent, user_dictionary, accent_source)(text)


def explain(text: str, user_dictionary: UserDictionary | str | os.PathLike | None = None) -> tuple[Explanation, ...]:
    """How every word of `text` comes to its reading: a row per word, for `format_table`."""
    return Phonemizer(user_dictionary=user_dictionary).explain(text)


def check_phonemes(phonemes: str, profile: str = "legacy") -> str:
    """Phonemes given directly, checked: every symbol is one that the published checkpoints of the profile know.

    Raises:
        ValueError: naming the first symbol that is not in the inventory, or when there is none.
    """
    if not phonemes.strip():
        raise ValueError("the phonemes are empty; give at least one symbol")
    table = symbol_table(profile)
    for place, symbol in enumerate(phonemes, 1):
        if symbol not in table:
            raise ValueError(f"the symbol {symbol!r} at place {place} is not one that a checkpoint knows")
    return phonemes
