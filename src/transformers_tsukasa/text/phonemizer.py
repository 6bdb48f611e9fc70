# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From any text to the phonemes of a checkpoint: the front-end's one entrance."""

import dataclasses
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .dictionary import PARTS_OF_SPEECH, UserDictionary
from .markup import Segment, parse_ruby
from .normalization.normalization import normalize
from .phonemes.ipa import PROFILES, Owner, render
from .phonemes.morae import split_written_morae
from .phonemes.symbols import SYMBOL_TO_ID
from .readings.analysis import analyze
from .types import UNSPOKEN, Piece, Word


class NothingToReadError(ValueError):
    """The text holds nothing that can be spoken."""


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
        """Words of the text that no rule could read and that are not spoken."""
        return tuple(word for word in self.words if word.source == "unknown" and not word.pronunciation)


@dataclass(frozen=True)
class Explanation:
    """One row of the table that says how a word came to its reading."""

    word: str
    reading: str
    accent: str
    source: str
    note: str
    alternatives: tuple[str, ...]
    confident: bool
    start: int
    end: int


class Phonemizer:
    """Text to phonemes with settings kept: profile, accent marks, user dictionary. Safe to share between threads.

    Args:
        profile: "legacy" for the published checkpoints and what is converted from them, "clean" for new training.
        accent: mark rise and fall of the pitch (only "clean").
        user_dictionary: readings that the user sets: a `UserDictionary`, or the path of a CSV or TSV file.
    """

    def __init__(
        self,
        profile: str = "legacy",
        accent: bool = False,
        user_dictionary: UserDictionary | str | os.PathLike | None = None,
    ) -> None:
        if profile not in PROFILES:
            raise ValueError(f"unknown profile {profile!r}; choose one of {', '.join(PROFILES)}")
        if accent and profile == "legacy":
            raise ValueError('the published checkpoints know no accent marks; use profile="clean" with accent=True')
        self.profile = profile
        self.accent = accent
        self.user_dictionary = _as_dictionary(user_dictionary)

    def __call__(self, text: str) -> Phonemization:
        """The phonemes of `text`.

        Raises:
            NothingToReadError: when the text holds nothing that can be spoken.
            ReadingError: when ruby in the text is not kana.
        """
        words = self.words(text)
        phonemes = render(words, self.profile, self.accent)
        return Phonemization(text, phonemes.symbols, tuple(words), tuple(phonemes.owners))

    def words(self, text: str) -> list[Word]:
        """The words of `text` with their readings; raises as `__call__` does."""
        pieces = self._pieces(text)
        words = _with_unspoken(analyze(pieces), pieces, text)
        if not any(word.pronunciation for word in words):
            shown = text if len(text) <= 40 else text[:40] + "..."
            raise NothingToReadError(f"nothing readable in the text {shown!r}: give it at least one word")
        return words

    def explain(self, text: str) -> tuple[Explanation, ...]:
        """How every word of `text` came to its reading."""
        return tuple(_explanation(word, text) for word in self.words(text) if word.pronunciation or word.note)

    def _pieces(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []
        for segment in parse_ruby(text):
            if segment.kana is not None:
                pieces.append(Piece(segment.start, segment.end, segment.text, "ruby", segment.kana))
            else:
                pieces.extend(self._plain_pieces(segment))
        return pieces

    def _plain_pieces(self, segment: Segment) -> list[Piece]:
        """The pieces of text without ruby: the user's words, and what normalisation makes of the text between them."""
        pieces: list[Piece] = []
        position = 0
        for match in self.user_dictionary.find(segment.text) if self.user_dictionary else ():
            pieces += _normalized(segment, position, match.start)
            start, end = _place(segment, match.start, match.end)
            entry = match.entry
            pos = PARTS_OF_SPEECH[entry.pos]
            pieces.append(Piece(start, end, entry.surface, "user", entry.kana, entry.accent, pos=pos))
            position = match.end
        return pieces + _normalized(segment, position, len(segment.text))


def _with_unspoken(words: list[Word], pieces: list[Piece], text: str) -> list[Word]:
    """The words with those of the text that normalisation has left out put back in their places, without a reading."""
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
            source="unknown" if any(map(str.isalpha, text[piece.start : piece.end])) else "symbol",
            note=piece.note or "not read",
            confident=False,
        )
        for piece in pieces
        if piece.kana is None and not piece.text and not text[piece.start : piece.end].isspace()
    ]
    return sorted([*words, *unspoken], key=lambda word: word.start) if unspoken else words


def _normalized(segment: Segment, start: int, end: int) -> list[Piece]:
    """The normalised pieces of a part of a segment, with places in the whole text."""
    return [
        dataclasses.replace(piece, start=place[0], end=place[1])
        for piece in (normalize(segment.text[start:end]) if start < end else ())
        for place in [_place(segment, start + piece.start, start + piece.end)]
    ]


def _place(segment: Segment, start: int, end: int) -> tuple[int, int]:
    """A place of the segment's text in the whole text; a segment that had markup inside is one place."""
    if len(segment.text) == segment.end - segment.start:
        return segment.start + start, segment.start + end
    return segment.start, segment.end


def _as_dictionary(dictionary: UserDictionary | str | os.PathLike | None) -> UserDictionary | None:
    if dictionary is None or isinstance(dictionary, UserDictionary):
        return dictionary
    return UserDictionary.from_file(dictionary)


def phonemize(
    text: str,
    profile: str = "legacy",
    accent: bool = False,
    user_dictionary: UserDictionary | str | os.PathLike | None = None,
) -> Phonemization:
    """The phonemes of `text`; for many texts keep a `Phonemizer`.

    Args:
        text: any text: Japanese, romaji, English, numbers, ruby.
        profile: "legacy" for the published checkpoints, "clean" for new training.
        accent: mark rise (↑) and fall (↓) of the pitch; only with "clean".
        user_dictionary: a `UserDictionary`, or the path of a CSV or TSV file.

    Raises:
        NothingToReadError: when the text holds nothing that can be spoken.
    """
    return Phonemizer(profile, accent, user_dictionary)(text)


def explain(text: str, user_dictionary: UserDictionary | str | os.PathLike | None = None) -> tuple[Explanation, ...]:
    """How every word of `text` comes to its reading: a row per word, for `format_table`."""
    return Phonemizer(user_dictionary=user_dictionary).explain(text)


def check_phonemes(phonemes: str) -> str:
    """Phonemes that somebody gives directly, when every symbol of them is one a checkpoint knows.

    Raises:
        ValueError: naming the first symbol that is not in the inventory, or when there is nothing.
    """
    if not phonemes.strip():
        raise ValueError("the phonemes are empty; give at least one symbol")
    for place, symbol in enumerate(phonemes, 1):
        if symbol not in SYMBOL_TO_ID:
            raise ValueError(f"the symbol {symbol!r} at place {place} is not one of the 178 a checkpoint knows")
    return phonemes


def _explanation(word: Word, text: str) -> Explanation:
    written = text[word.start : word.end].strip() or word.surface
    if written.isdecimal() and word.surface not in written:
        written = f"{written} {word.surface}"  # one of the words of a number
    return Explanation(
        word=written,
        reading=word.pronunciation or "(not read)",
        accent=str(word.accent) if word.pronunciation and word.starts_accent_phrase else "-",
        source=word.source,
        note=word.note,
        alternatives=word.alternatives,
        confident=word.confident,
        start=word.start,
        end=word.end,
    )


def format_table(rows: Sequence[Explanation]) -> str:
    """The rows as a table in text, a ? marking readings that are not certain."""
    header = ("word", "reading", "accent", "source", "?", "also possible", "why")
    cells = [
        (
            row.word,
            row.reading,
            row.accent,
            row.source,
            "" if row.confident else "?",
            "、".join(row.alternatives),
            row.note,
        )
        for row in rows
    ]
    widths = [max(map(_width, column)) for column in zip(header, *cells, strict=True)]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (header, *cells)
    ]
    return "\n".join(lines)


def _width(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
