# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The Latin words of a text: romaji or English, decided word by word with its neighbours.

Every word gets a score, positive for romaji. Its spelling counts, whether a list of English or of Japanese words has
it, and how its neighbours scored; its reason tells which of these decided.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ..tables import lines
from . import english, romaji


_LETTER = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_WORD = re.compile(rf"[{_LETTER}]+(?:['’][{_LETTER}]+)*(?:-(?=[{_LETTER}])[{_LETTER}]+(?:['’][{_LETTER}]+)*)*")
_FOREIGN = re.compile("[ヴ]|ウ[ィェ]|フ[ァィェォュ]|ツ[ァィェォ]|シェ|ジェ|チェ|イェ|ティ|ディ|ヮ")
_SPACES_BETWEEN = re.compile(r"[ ,.!?、。！？…\d:/-]*")
_LONG_VOWEL_MARKS = frozenset("āīūēōâîûêô")
_PARTICLES_ONLY = frozenset(("o", "wo", "wa", "ga", "ni", "de", "e", "mo", "ha"))


class LatinWord(NamedTuple):
    """A word in Latin letters and the language that it is read in."""

    text: str
    start: int
    end: int
    kana: str | None  # as romaji
    score: float  # > 0: romaji
    reason: str
    is_settled: bool = False  # decided without its neighbours
    is_abbreviation: bool = False  # small letters that are read like capitals

    @property
    def is_romaji(self) -> bool:
        return self.score > 0


@lru_cache(maxsize=1)
def word_lists() -> dict[str, frozenset[str]]:
    """Words that can be read as romaji, by language (data/latin_words.txt)."""
    lists: dict[str, list[str]] = {}
    words: list[str] = []
    for line in lines("latin_words.txt"):
        if line.startswith("["):
            words = lists.setdefault(line.strip("[]"), [])
        else:
            words += line.split()
    return {name: frozenset(words) for name, words in lists.items()}


def is_latin(char: str) -> bool:
    """Whether a character is a letter of the Latin script, accents included."""
    return (
        ("A" <= char <= "Z")
        or ("a" <= char <= "z")
        or ("\u00c0" <= char <= "\u024f" and char not in "×÷")
        or "\u1e00" <= char <= "\u1eff"
    )


def decide_words(text: str) -> dict[int, LatinWord]:
    """The Latin words of a text by the place where they begin."""
    words = [_word_alone(match) for match in _WORD.finditer(text)]
    joined = [_SPACES_BETWEEN.fullmatch(text, left.end, right.start) is not None for left, right in pairwise(words)]
    words = [_abbreviated(words, joined, index) for index in range(len(words))]
    return {word.start: word for word in _like_their_neighbours(words, joined)}


def _abbreviated(words: list[LatinWord], joined: list[bool], index: int) -> LatinWord:
    """The word, marked where it is an abbreviation in small letters: pdf anywhere, led only beside Japanese."""
    word = words[index]
    if word.text.isupper():
        return word
    plain = word.text.lower()
    singular = plain[:-1] if plain.endswith("s") else plain
    lists = word_lists()
    is_one = plain in lists["abbreviations"] or singular in lists["abbreviations"]
    if not is_one and word.text.islower() and not any(joined[max(index - 1, 0) : index + 1]):
        has_reading = english.lookup(plain) is not None
        is_one = plain in lists["abbreviations in japanese"] or (
            not has_reading and plain.upper() in english.own_capitals()
        )
    if not is_one:
        return word
    return LatinWord(word.text, word.start, word.end, None, -2.0, "an abbreviation", True, is_abbreviation=True)


def _word_alone(match: re.Match[str]) -> LatinWord:
    """A word as it reads by itself."""
    written, (start, end) = match.group(), match.span()
    kana = romaji.parse(written)
    if kana is None:
        return LatinWord(written, start, end, None, -2.0, "not spelled like romaji", is_settled=True)
    if 1 < len(written) < 5 and written.isupper():
        return LatinWord(written, start, end, kana, -3.0, "capitals", is_settled=True)
    plain = romaji.normalize_word(written)
    if plain in word_lists()["english everywhere"] or (english.is_word(written) and _FOREIGN.search(kana)):
        return LatinWord(written, start, end, None, -0.01, "an English word in any company", is_settled=True)
    return LatinWord(written, start, end, kana, *_score_alone(written, kana))


def _score_alone(written: str, kana: str) -> tuple[float, str]:
    """The score of a word that is spelled like romaji, and the reason for it."""
    plain = romaji.normalize_word(written)
    lists = word_lists()
    in_english = english.is_word(written)
    in_japanese = plain in lists["japanese words"] or _is_japanese_name(written)
    is_common = plain in lists["english words"]
    if not _LONG_VOWEL_MARKS.isdisjoint(unicodedata.normalize("NFC", written.lower())):
        return 3.0, "long vowel marks"
    if len(plain) == 1:
        return -0.8 if plain in "ai" else -0.4, "one letter"
    if in_japanese and not is_common:
        return 1.5 if in_english else 2.0, "a Japanese word"
    if in_japanese:
        return -0.2, "a word of both languages"
    if plain in romaji.PLAIN_PARTICLES or plain in romaji.PARTICLES:
        return -0.2 if is_common else 0.3, "particle or English word"
    noun = 0.5 if len(plain) > 2 and romaji.noun_accent(kana) is not None else 0.0
    if in_english or is_common:
        score = (-1.2 if is_common else -0.6) + noun + romaji.looks(written, listed=True)
        return score, "also an English word"
    if english.has_english_sound(plain):
        return 0.5 + noun + romaji.looks(written, listed=True), "spelled like romaji, or an English name"
    return 1.2 + romaji.looks(written) / 2, "spelled like romaji, not an English word"


def _like_their_neighbours(words: list[LatinWord], joined: list[bool]) -> list[LatinWord]:
    """The words after a look around: between romaji they are romaji, between English words English.

    `joined` tells of every word but the last whether only spaces, marks and digits stand between it and the next.
    """
    return [_like_its_neighbours(words, joined, index) for index in range(len(words))]


def _like_its_neighbours(words: list[LatinWord], joined: list[bool], index: int) -> LatinWord:
    word = words[index]
    if word.is_settled:
        return word
    influence = 0.0
    for distance, weight in ((1, 0.7), (2, 0.35), (3, 0.15)):
        for other in (index - distance, index + distance):
            if 0 <= other < len(words) and all(joined[min(index, other) : max(index, other)]):
                influence += weight * max(min(words[other].score, 2.0), -2.0)
    if abs(influence) <= 0.05:
        return word
    score = word.score + influence
    if _is_particle_between(words, joined, index):
        score = max(score, 0.1)
    if score <= 0 and (_is_japanese_name(word.text) or not _is_listed_english(word.text)):
        score = 0.1
    has_changed = (score > 0) != word.is_romaji
    return word._replace(score=score, reason=word.reason + ("; like the words around it" if has_changed else ""))


def _is_particle_between(words: list[LatinWord], joined: list[bool], index: int) -> bool:
    """`email o okutta`, `boku no hero`: a particle between romaji, though the other neighbour is English."""
    if not 0 < index < len(words) - 1 or not all(joined[index - 1 : index + 1]):
        return False
    plain = words[index].text.lower()
    return (plain in _PARTICLES_ONLY and words[index + 1].score > 0.5) or (
        plain == "no" and words[index - 1].score > 0.5
    )


def _is_listed_english(written: str) -> bool:
    return len(written) == 1 or english.is_word(written) or english.has_english_sound(written)


def _is_japanese_name(written: str) -> bool:
    """sushi and Tokyo stay Japanese among English words."""
    return romaji.known_word(written) is not None or romaji.normalize_word(written) in word_lists()["japanese names"]
