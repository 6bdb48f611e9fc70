# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Morae, spaces and marks of analysed words in order, and the phonemes that they are written in, in any profile."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..types import UNSPOKEN, Word
from .morae import split_written_morae
from .phoneme_text import NO_OWNER, Owner, PhonemeText
from .symbols import SPACE


PUNCTUATION = {
    **dict.fromkeys("、，,､", ","),
    **dict.fromkeys("。．.｡", "."),
    **dict.fromkeys("？?⁇❓❔", "?"),
    **dict.fromkeys("！!‼♪♫♬♩❗❕", "!"),
    **dict.fromkeys('「」『』｢｣＂"“”〝〟«»', '"'),
    **dict.fromkeys("：:", ":"),
    **dict.fromkeys("；;", ";"),
    **dict.fromkeys("～—―–", "—"),
    "…": "...",
    "‥": "..",
    "⁈": "?!",
    "⁉": "!?",
}
"""Mark to symbols. Any other mark becomes a space; normalisation has removed the marks that must vanish."""

_SENTENCE_MARKS = frozenset(".,?!:;")


class Mora(NamedTuple):
    """A mora as a profile speaks it, and the index of its word."""

    text: str
    word: int
    silent: bool = False  # a small vowel that the published strings do not write


class Space(NamedTuple):
    """The space before a word."""

    word: int


class Mark(NamedTuple):
    """A word without a reading."""

    text: str
    word: int


Unit = Mora | Space | Mark
AccentMarks = dict[tuple[int, int], tuple[str, str]]


class Marks(NamedTuple):
    """How a profile writes marks: their symbols, and those with a space before and after."""

    symbols: dict[str, str]
    opening: frozenset[str]
    closing: frozenset[str]


def lay_out(words: Sequence[Word], morae_of: Callable[[int, Word], Sequence[tuple[str, bool]]]) -> list[Unit]:
    """Morae, spaces and marks in order.

    Args:
        words: as `analysis.analyze` returns them.
        morae_of: the morae of a word, given its index, each with whether it is silent.
    """
    units: list[Unit] = []
    for index, word in enumerate(words):
        if word.pos == UNSPOKEN:
            continue
        if not word.pronunciation:
            units.append(Mark(word.surface, index))
            continue
        if units and isinstance(units[-1], Mora) and not word.joined:
            units.append(Space(index))
        units += [Mora(mora, index, silent) for mora, silent in morae_of(index, word)]
    return units


def write(
    units: Sequence[Unit],
    symbols: Mapping[str, str],
    symbols_at: Callable[[int], str],
    marks: Marks,
    accents: AccentMarks | None = None,
) -> PhonemeText:
    """The phonemes of units.

    Args:
        units: in order.
        symbols: of the morae that are written alike everywhere.
        symbols_at: the symbols of any other mora, at a place of `units`.
        marks: of the profile.
        accents: (word, mora of the word) to the symbols before and after that mora.
    """
    text = PhonemeText()
    mora_count = mora_of_word = 0
    word = NO_OWNER
    for position, unit in enumerate(units):
        if isinstance(unit, Mora):
            mora_of_word = mora_of_word + 1 if unit.word == word else 0
            word = unit.word
            if mora_of_word == 0 and text.last in _SENTENCE_MARKS:
                text.append(SPACE, Owner(word, NO_OWNER))
            written = "" if unit.silent else symbols.get(unit.text)
            if written is None:
                written = symbols_at(position)
            if accents:
                before, after = accents.get((word, mora_of_word), ("", ""))
                written = before + written + after
            text.append(written, Owner(word, mora_count))
            mora_count += 1
        elif isinstance(unit, Space):
            text.append(SPACE, Owner(unit.word, NO_OWNER))
        else:
            _write_mark(text, unit, marks)
    return text


def _write_mark(text: PhonemeText, mark: Mark, marks: Marks) -> None:
    owner = Owner(mark.word, NO_OWNER)
    for character in mark.text:
        symbols = marks.symbols.get(character, SPACE)
        if symbols == SPACE or character in marks.opening:
            text.append(SPACE, owner)
        if symbols != SPACE:
            text.append(symbols, owner)
        if character in marks.closing:
            text.append(SPACE, owner)


def is_iu(word: Word) -> bool:
    """Whether a word ends in the verb 言う, which is spoken ユウ."""
    return word.pronunciation.endswith("イウ") and word.lemma.endswith(("言う", "いう", "云う"))


def accent_phrases(words: Sequence[Word]) -> Iterator[list[int]]:
    """The accent phrases, each as the indices of its words; words without a reading end one and are in none."""
    phrase: list[int] = []
    for index, word in enumerate(words):
        if phrase and (word.starts_accent_phrase or not word.pronunciation):
            yield phrase
            phrase = []
        if word.pronunciation:
            phrase.append(index)
    if phrase:
        yield phrase


def mora_places(words: Sequence[Word], phrase: Sequence[int]) -> list[tuple[int, int]]:
    """The morae of an accent phrase, each as the index of its word and its number in that word."""
    return [(index, mora) for index in phrase for mora in range(len(split_written_morae(words[index].pronunciation)))]
