# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pieces of written text, and words with a reading: the values that pass from step to step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class PlacedText:
    """`text` with, for each of its characters, the offsets `starts[i]:ends[i]` in the string that it was made from."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def unchanged(cls, text: str, start: int = 0) -> "PlacedText":
        """A text as it stands at `start` of the string."""
        end = start + len(text)
        return cls(text, range(start, end), range(start + 1, end + 1))


class Piece(NamedTuple):
    """A stretch of the input after normalisation.

    The morphological analysis reads `text`. Where the reading is already known (a number, romaji, an English word,
    ruby, a user's choice), `kana` holds it in katakana and the analysis must not change it. Pieces are contiguous and
    in order: together their `start:end` cover the input. A text has many: a tuple is made in a third of the time of a
    frozen dataclass.
    """

    start: int  # offsets into the original string, in characters
    end: int
    text: str  # normalised writing, "" when nothing is spoken (an emoji)
    source: str = "text"  # text | number | romaji | english | acronym | symbol | url | ruby | user | rule:<name>
    kana: str | None = None  # fixed reading, katakana with long vowels as written in a dictionary (トウキョウ or ー)
    accent: int | None = None  # accent nucleus in morae, 0 is flat, None: let the analysis decide
    note: str = ""  # why this reading was chosen, for `explain`
    alternatives: tuple[str, ...] = ()  # other readings that are possible
    pos: tuple[str, str] = ("名詞", "固有名詞")  # NJD's part of speech and first detail of a piece with `kana`

    @property
    def length(self) -> int:
        """Characters of the original string that the piece covers."""
        return self.end - self.start

    def placed(self, start: int, end: int) -> "Piece":
        """The piece at another place."""
        return Piece(start, end, *self[2:])

    def moved(self, distance: int) -> "Piece":
        """The piece so many characters further on in the original string."""
        return self.placed(self.start + distance, self.end + distance)


RUBY = "ruby"
"""Source of a piece or word whose reading the text gives."""

MARKUP = "markup"
"""Source of a piece or word that is not spoken and loses nothing by it: emphasis, a reading that its word has got."""

PHONEMIZED = "phonemizer"
"""Source of a word whose phonemes come from a function of the user: its kana is not known."""

UNSPOKEN = "空白"
"""Part of speech of characters that are not spoken (an emoji, letters of a script that is not read)."""


class DictionaryEntry(NamedTuple):
    """Entries of the dictionaries where a word stands; `text/accents` finds accents by them.

    A word may be a part of a dictionary's word, or hold several of which this is the first.
    """

    token: str  # of pyopenjtalk's dictionary, as MeCab writes it
    begins_token: bool
    unit: tuple[str, ...]  # of UniDic: its columns
    begins_unit: bool


class AccentOrigin(NamedTuple):
    """Where the accent of a phrase is from: "given" by the user or the text, "rules" or "learned".

    `probability` is that of its borders and nucleus for the accent model, where it has decided.
    """

    source: str
    probability: float | None = None


class Word(NamedTuple):
    """One short-unit word with its reading and accent, ready to be written in phonemes."""

    surface: str
    start: int  # offsets into the original string; several words of one piece may share them
    end: int
    kana: str  # dictionary reading in katakana: ハ for the particle は
    pronunciation: str  # as spoken: ワ for the particle は; long vowels reverted (オウ, エイ kept apart)
    accent: int  # nucleus within the accent phrase's own word, in morae; 0 is flat
    starts_accent_phrase: bool
    joined: bool = False  # written onto the word before without a space, by the spacing of the published checkpoints
    pos: str = "*"
    pos_details: tuple[str, ...] = ("*", "*", "*")
    conjugation_type: str = "*"
    conjugation_form: str = "*"
    lemma: str = "*"
    lengthened: str = ""  # `pronunciation` with ー for vowels that lengthen another (センセー), "" where not known
    source: str = "dictionary"  # dictionary | user | ruby | rule:<name> | romaji | english | number | symbol | unknown
    note: str = ""
    alternatives: tuple[str, ...] = ()
    confident: bool = True
    entry: DictionaryEntry | None = None  # None where it has no entry

    def moved(self, distance: int) -> "Word":
        """The word so many characters further on in the original text."""
        return self._replace(start=self.start + distance, end=self.end + distance)
