# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings written after a word whose beginning is not marked: 漢字《かんじ》, 漢字（かんじ）.

《 》 is ruby by its form: it belongs to the run of kanji (or katakana, letters, hiragana) before it, as in Aozora
Bunko, and to more only where that is read so (取り扱い《とりあつかい》). Round brackets hold as often something that is
to be spoken, a gloss or a stage direction; which of both is decided by what the word before can be read like.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .given_kana import given_kana
from .markup import is_emphasis
from .normalization.normalization import normalize
from .phonemes.morae import comparable_morae, split_morae
from .readings.analysis import analyze
from .readings.short_units import possible_readings, split_units
from .types import Word


@dataclass(frozen=True)
class Furigana:
    """A word at `start:opening` of a text and its reading in the brackets at `opening:end`.

    Without `kana` the brackets hold emphasis and are only left out.
    """

    start: int
    opening: int
    end: int
    kana: str | None


_KANA = "ぁ-ゖァ-ヺーゝゞヽヾｦ-ﾟ\u3099\u309a"
_READING = re.compile(rf"[《≪](?P<ruby>[^《》≪≫\n]{{1,64}})[》≫]|[（(](?P<round>[{_KANA}・･ \u3000〜～]{{1,40}})[)）]")
_KANJI = r"一-鿿㐀-䶿豈-龎々〆〇〻ヵヶ\U00020000-\U000323af\ufe00-\ufe0f\U000e0100-\U000e01ef"
_ANNOTATED = "※［＃[^［］\n]*］"  # a kanji that Aozora Bunko describes
_LATIN = "A-Za-zＡ-Ｚａ-ｚ0-9０-９"
_RUN = re.compile(
    rf"(?:(?:[{_KANJI}]|{_ANNOTATED})+|[ァ-ヺｦ-ﾟー\u3099\u309a]+|[{_LATIN}]+|[ぁ-ゖー\u3099\u309a]+)\Z"
)
_ROUND_RUN = re.compile(rf"(?:[{_KANJI}]+|[{_LATIN}][{_LATIN} '’.-]*)\Z")
_PHRASE = re.compile(rf"[{_KANJI}{_KANA}{_LATIN} \u3000・]+\Z")
_A_KANJI = re.compile("[一-鿿㐀-䶿豈-龎\U00020000-\U000323af々〆〇]")
_LATIN_LETTER = re.compile(f"[{_LATIN}]")
_NOT_KANA = re.compile(rf"[{_KANJI}{_LATIN}]")
_HIRAGANA = re.compile("[ぁ-ゖー]+")
_GOES_ON = re.compile(rf"[{_KANJI}{_KANA}]")
_ENDING = re.compile("[ぁ-ゖ]{0,5}")
_WINDOW = 40  # characters before a reading that may belong to its word
_MORAE_OF_A_KANJI = 5  # at most: 志 こころざし, 承 うけたまわ
_MOST_WORDS = 8  # of a phrase with one reading
_ENDINGS = frozenset({"助詞", "助動詞", "接尾辞"})


def find_furigana(text: str) -> Iterator[Furigana]:
    """The readings after words in `text`, from left to right.

    Kana in round brackets are the reading of the word before them, if that has a kanji or a letter and

    1. the word can be read so, alone or with the kana after the brackets: 躊躇（ためら）った, 3人（さんにん）;
    2. or the word as it would be read begins or ends with the same mora, as names do: 大輝（ひろき）;
    3. or they are hiragana, not only a particle or a suffix, the sentence goes on after them in kana or kanji, and the
       kanji can have so many morae: 運命（さだめ）を.
    """
    position = 0
    for match in _READING.finditer(text):
        before = text[max(position, match.start() - _WINDOW) : match.start()]
        found = (_ruby if match["ruby"] is not None else _round_brackets)(match, before, text)
        if found is not None:
            yield found
            position = match.end()


def _ruby(match: re.Match[str], before: str, text: str) -> Furigana | None:
    """The reading in 《 》, or None where they are ordinary brackets: after no word, or around words."""
    run = _RUN.search(before)
    kana = given_kana(match["ruby"])
    if run is None or (kana is None and not is_emphasis(match["ruby"])):
        return None
    length = len(run.group())
    if kana is not None and (word := _WordBefore.of(before, kana)) is not None:
        length = max(length, word.known_length(text[match.end() :]) or 0)
    return Furigana(match.start() - length, match.start(), match.end(), kana)


def _round_brackets(match: re.Match[str], before: str, text: str) -> Furigana | None:
    """The reading in round brackets, or None where they hold something else."""
    kana = given_kana(match["round"])
    word = _WordBefore.of(before, kana) if kana is not None else None
    if word is None:
        return None
    length = word.known_length(text[match.end() :])
    if length is None and not word.is_continued_by(match["round"]):
        length = word.similar_length()
        if length is None and _HIRAGANA.fullmatch(match["round"]) and _GOES_ON.match(text, match.end()):
            length = word.possible_length()
    return None if length is None else Furigana(match.start() - length, match.start(), match.end(), kana)


@dataclass(frozen=True)
class _WordBefore:
    """The text before a reading, as it would be read without it; the methods give the length of the reading's word."""

    phrase: str
    words: tuple[Word, ...]
    kana: str

    @classmethod
    def of(cls, before: str, kana: str) -> "_WordBefore | None":
        """The phrase at the end of `before`, None where it has nothing but kana."""
        phrase = _PHRASE.search(before)
        if phrase is None or _NOT_KANA.search(phrase.group()) is None:
            return None
        words = analyze(normalize(phrase.group()))
        return cls(phrase.group(), tuple(word for word in words if word.pronunciation), kana)

    def known_length(self, after: str) -> int | None:
        """The length of the shortest stretch that is read as `kana`, alone or with the kana of `after`."""
        ending = _ENDING.match(after)
        for start in self._starts()[:_MOST_WORDS]:
            base = self.phrase[start:]
            if _NOT_KANA.search(base) is None:
                continue
            readings = possible_readings(base + (ending.group() if ending else ""), len(base))
            if any(_sounds_same(reading, self.kana) for reading in (self._reading(start), *readings)):
                return len(base)
        return None

    def similar_length(self) -> int | None:
        """The length of the longest word that begins or ends in the same mora as `kana`."""
        morae = comparable_morae(self.kana)
        starts = self._possible_starts()
        for start in starts:
            if comparable_morae(self._reading(start))[:1] == morae[:1]:
                return len(self.phrase) - start
        if starts and comparable_morae(self._reading(starts[0]))[-1:] == morae[-1:]:
            return len(self.phrase) - starts[0]
        return None

    def possible_length(self) -> int | None:
        """The length of the longest word in kanji that may have as many morae as `kana`."""
        starts = [start for start in self._possible_starts() if not _LATIN_LETTER.search(self.phrase, start)]
        return len(self.phrase) - starts[0] if starts else None

    def is_continued_by(self, kana: str) -> bool:
        """Whether `kana` are particles and suffixes, which stand in brackets where they may be left out: 学生（たち）."""
        size = len(self.phrase)
        units = [unit for unit in split_units(self.phrase + kana) if unit.end > size]
        return all(unit.start >= size and unit.pos in _ENDINGS for unit in units)

    def _starts(self) -> list[int]:
        """Where words begin, the last word first."""
        return sorted({word.start for word in self.words}, reverse=True)

    def _possible_starts(self) -> list[int]:
        """Where words begin in the kanji or letters before the reading that can have as many morae, the first first."""
        run = _ROUND_RUN.search(self.phrase)
        if run is None:
            return []
        morae = len(split_morae(self.kana))
        starts = sorted({run.start(), *(start for start in self._starts() if start > run.start())})
        return [
            start
            for start in starts
            if len(_A_KANJI.findall(self.phrase, start)) <= morae <= _MORAE_OF_A_KANJI * (len(self.phrase) - start)
        ]

    def _reading(self, start: int) -> str:
        return "".join(word.pronunciation for word in self.words if word.start >= start)


def _sounds_same(first: str, second: str) -> bool:
    return comparable_morae(first) == comparable_morae(second)
