# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings written after a word whose beginning is not marked: 漢字《かんじ》, 漢字（かんじ）, 漢字【かんじ】.

《 》 is ruby by its form: it belongs to the run of kanji (or katakana, letters, hiragana) before it, as in Aozora
Bunko, and to more only where that is read so (取り扱い《とりあつかい》). Other brackets as often hold words that are
spoken, a gloss or a stage direction; whether the word before them can be read so decides (docs/decisions/0031).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from unicodedata import normalize as normalized

from .markup import BRACKETED_KANA, DESCRIBED_KANJI, KANA, is_emphasis
from .normalization.normalization import normalize
from .phonemes.morae import comparable_morae, is_kana, split_morae, to_katakana
from .readings.analysis import analyze
from .readings.given_kana import given_kana
from .readings.short_units import Unit, possible_readings, split_units
from .tables import rows
from .types import Word


@dataclass(frozen=True)
class Furigana:
    """A word at `start:stop` of a text and its reading in the brackets at `opening:end`.

    Closing quotes may stand between: 「憂鬱」（ゆううつ）. Without `kana` the brackets hold emphasis.
    """

    start: int
    stop: int
    opening: int
    end: int
    kana: str | None


_READING = re.compile(rf"[《≪](?P<ruby>[^《》≪≫\n]{{1,64}})[》≫]|{BRACKETED_KANA}")
_KANJI_PROPER = r"一-鿿㐀-䶿豈-龎々〆〇\U00020000-\U000323af"
_KANJI = rf"{_KANJI_PROPER}〻ヵヶ\ufe00-\ufe0f\U000e0100-\U000e01ef"
_LATIN = "A-Za-zＡ-Ｚａ-ｚ0-9０-９"
_RUN = re.compile(
    rf"(?:(?:[{_KANJI}]|{DESCRIBED_KANJI})+|[ァ-ヺｦ-ﾟー\u3099\u309a]+|[{_LATIN}]+|[ぁ-ゖー\u3099\u309a]+)\Z"
)
_ROUND_RUN = re.compile(rf"(?:[{_KANJI}]+|[{_LATIN}][{_LATIN} '’.-]*)\Z")
_PHRASE = re.compile(rf"[{_KANJI}{KANA}{_LATIN} \u3000・]+\Z")
_A_KANJI = re.compile(f"[{_KANJI_PROPER}]")
_NUMBER_OR_LATIN = re.compile(f"[{_LATIN}〇一二三四五六七八九十百千万]")
_NOT_KANA = re.compile(rf"[{_KANJI}{_LATIN}]")
_HIRAGANA = re.compile("[ぁ-ゖー]+")
_GOES_ON = re.compile(rf"[{_KANJI}{KANA}]")
_ENDING = re.compile("[ぁ-ゖ]{0,5}")
_CLOSING_QUOTES = "」』”"
_WINDOW = 80  # characters before a reading that may belong to its word
_MORAE_OF_A_KANJI = 5  # at most: 志 こころざし, 承 うけたまわ
_SIMILAR = 3  # a reading is similar when one mora in so many is the same
_VOICED_FIRST = re.compile("^[ガ-ドバ-ポ]")
_WEAK_MORAE = frozenset("ーンッ")
_LONGEST_ENDING = 2  # kana left out of a word that may be a noun, too: 始（まり）
_MOST_WORDS = 8  # of a phrase with one reading
_AFTER_WORDS = frozenset({"助詞", "助動詞"})
_FILLER = "フィラー"
_ENDINGS = _AFTER_WORDS | {"接尾辞"}
_QUOTES = frozenset("【〈＜<")  # brackets that as often hold a title or a name by itself
_NOUNS = frozenset({"名詞", "代名詞", "接頭辞", *_ENDINGS})
# Kanji that name a kind of things or persons, so that kana after them name one of the kind: 花（さくら）, 妹（はな）.
_KINDS = frozenset(
    "花木草虫魚鳥犬猫馬牛豚羊獣貝肉菜米豆酒茶水湯薬油布服靴帽傘紙筆本字語歌曲詩絵声音色形味香品物車船橋道川山島池湖"
    "国県都府道州市町村区駅店家城寺宮社館校棟室庭隣側中外内前後左右上下横奥先時日朝昼晩夜夕春夏秋冬年週曜"
    "人男女娘息妹姉兄弟父母妻夫嫁婿子孫親友君僕私俺彼王后姫神仏鬼敵師客者氏役型式数量値例他別"
)
_HONORIFIC = re.compile("さん|くん|ちゃん|さま|君|様|殿|氏|嬢|先輩")


def find_furigana(text: str) -> Iterator[Furigana]:
    """The readings after words in `text`, from left to right.

    Kana in brackets other than 《 》 are the reading of the word before them, if that has a kanji or a letter and

    1. the word can be read so, alone or with the kana after the brackets: 躊躇（ためら）った, 3人（さんにん）;
    2. or writers often give it the reading of that synonym: 運命（さだめ） (`data/readings_by_meaning.tsv`);
    3. or a third of them stand at the ends of the word as it would be read, as in names: 大輝（ひろき）;
    4. or they are hiragana, not only a particle or a suffix, the sentence goes on after them in kana or kanji, and the
       kanji are no number and can have so many morae: 心愛（ここあ）を.

    3 and 4 do not hold where the kana are words of their own and the kanji a common noun or a place: 果物（りんご）を
    and 東京（にほん）の are a word and its gloss; in 【 】 and 〈 〉, which quote titles and names, any kana are. They
    hold nevertheless for a noun in kana after a single kanji that names no kind of things, and before an honorific:
    星（あかり）, 結愛（めぐみ）さん. Kana that may be left out of a word (申込（み）) are read as in the word.
    """
    position = 0
    for match in _READING.finditer(text):
        before = text[max(position, match.start() - _WINDOW) : match.start()]
        after = text[match.end() : match.end() + _WINDOW]
        found = (_ruby if match["ruby"] is not None else _other_brackets)(match, before, after)
        if found is not None:
            yield found
            position = match.end()


def _ruby(match: re.Match[str], before: str, after: str) -> Furigana | None:
    """The reading in 《 》, or None where they are ordinary brackets: after no word, or around words."""
    run = _RUN.search(before)
    kana = given_kana(match["ruby"])
    if run is None or (kana is None and not is_emphasis(match["ruby"])):
        return None
    start = run.start()
    if kana is not None and _HIRAGANA.fullmatch(run.group()):
        last = split_units(before)[-1]
        if last.pos in _AFTER_WORDS:
            return None  # 《 》 is a quote there: 彼は《たすけて》と言った
        start = min(start, last.start)
    if kana is not None and _may_be_longer(before, run.start(), kana):
        word = _WordBefore.of(before, kana)
        start = min(start, len(before) - ((word and word.known_length(after)) or 0))
    opening = match.start()
    return Furigana(opening - len(before) + start, opening, opening, match.end(), kana)


def _may_be_longer(before: str, run_start: int, kana: str) -> bool:
    """Whether a word may begin before its run: with a number, or with kana that its reading has as well."""
    written = before[-1] if _HIRAGANA.fullmatch(before, run_start) else before[max(run_start - 1, 0) : run_start]
    return bool(written) and (to_katakana(written) in kana or _NUMBER_OR_LATIN.match(written) is not None)


def _other_brackets(match: re.Match[str], before: str, after: str) -> Furigana | None:
    """The reading in brackets of another form than 《 》, or None where they hold something else."""
    written = match.group()[1:-1]
    kana = given_kana(written)
    unquoted = before.rstrip(_CLOSING_QUOTES)
    word = _WordBefore.of(unquoted, kana) if kana is not None else None
    if word is None:
        return None
    length = word.known_length(after if unquoted == before else "")
    if length is None and unquoted == before:
        units = split_units(word.phrase + written)
        is_quote = match.group()[0] in _QUOTES
        length, kana = word.completed_by(units, written) or (word.likely_length(units, written, after, is_quote), kana)
    stop = match.start() - len(before) + len(unquoted)
    return None if length is None else Furigana(stop - length, stop, match.start(), match.end(), kana)


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
        return cls(phrase.group(), _spoken_words(phrase.group()), kana)

    def known_length(self, after: str) -> int | None:
        """The length of the shortest stretch that is read as `kana`, alone or with the kana of `after`.

        Words come before the last kanji of a longer one, 一撃（げき）, which may be voiced there: 笑い声（ごえ）.
        """
        ending = _ENDING.match(after)
        following = ending.group() if ending else ""
        for start in self._starts()[:_MOST_WORDS]:
            base = self.phrase[start:]
            if _NOT_KANA.search(base) is not None and _can_be_read(base, self.kana, following, self._reading(start)):
                return len(base)
        last = self.phrase[-1]
        readings = (self.kana, _VOICED_FIRST.sub(lambda match: normalized("NFD", match.group())[0], self.kana))
        return 1 if _A_KANJI.match(last) and any(_can_be_read(last, kana, following) for kana in readings) else None

    def completed_by(self, units: Sequence[Unit], written: str) -> tuple[int, str] | None:
        """The length and the reading of a word whose last kana are `written` in the brackets: 申込（み）.

        `units` are those of the phrase and the kana together. Kana that are a noun, 星（あかり）, end no other word.
        """
        if len(written) > _LONGEST_ENDING and _are_nouns(written):
            return None
        size = len(self.phrase)
        last = units[-1]
        is_word = last.known and last.start < size and last.end == size + len(written)
        return (size - last.start, last.reading) if is_word and is_kana(last.reading) else None

    def likely_length(self, units: Sequence[Unit], written: str, after: str, is_quote: bool) -> int | None:
        """The length of the word of which kana, `written` in brackets before `after`, seem to be the reading.

        `units` are those of the phrase and the kana together. `is_quote`: the brackets are such as titles have, too.
        """
        if self._is_continued_by(units):
            return None
        length = self._similar_length()
        if length is None and _HIRAGANA.fullmatch(written) and (_GOES_ON.match(after) or self._may_name(written)):
            length = self._possible_length()
        is_gloss = length is not None and self._has_gloss(written, length, after, is_quote)
        return None if is_gloss else length

    def _similar_length(self) -> int | None:
        """The length of the word whose own reading shares the most of `kana` at its ends, if that is enough."""
        morae = comparable_morae(self.kana)
        shared = {
            start: _shared_ends(comparable_morae(self._reading(start)), morae) for start in self._possible_starts()
        }
        best = max(shared, key=shared.__getitem__, default=None)
        return None if best is None or shared[best] * _SIMILAR < len(morae) else len(self.phrase) - best

    def _possible_length(self) -> int | None:
        """The length of the longest word in kanji, numbers left out, that may have as many morae as `kana`."""
        starts = self._possible_starts()
        is_word = bool(starts) and not _NUMBER_OR_LATIN.search(self.phrase, starts[0])
        return len(self.phrase) - starts[0] if is_word else None

    def _has_gloss(self, written: str, length: int, after: str, is_quote: bool) -> bool:
        """Whether both the last `length` characters and the kana after them are words of their own."""
        nouns = split_units(self.phrase[-length:])
        is_name = len(nouns) > 1 and all(len(unit.surface) == 1 for unit in nouns)
        if is_name or not all(unit.known and (unit.detail != "固有名詞" or unit.is_place) for unit in nouns):
            return False
        if is_quote:
            return True
        first, *rest = split_units(written)
        begins_word = first.pos not in _ENDINGS and (len(first.surface) > 1 or first.pos == "接頭辞")
        if not begins_word or not all(unit.known and unit.detail != _FILLER for unit in (first, *rest)):
            return False
        return not (self._may_name(written) or _HONORIFIC.match(after))

    def _may_name(self, written: str) -> bool:
        """Whether kana are a noun after a single kanji that names no kind of things: 星（あかり）."""
        run = _ROUND_RUN.search(self.phrase)
        kanji = run.group() if run else ""
        is_own = len(kanji) == 1 and kanji not in _KINDS and _A_KANJI.match(kanji) is not None
        return is_own and _HIRAGANA.fullmatch(written) is not None and _are_nouns(written)

    def _is_continued_by(self, units: Sequence[Unit]) -> bool:
        """Whether particles and suffixes follow the phrase, put in brackets as they may be left out: 学生（たち）."""
        size = len(self.phrase)
        return all(unit.start >= size and unit.pos in _ENDINGS for unit in units if unit.end > size)

    def _starts(self) -> list[int]:
        """Where words begin, the last word first."""
        return sorted({word.start for word in self.words}, reverse=True)

    def _possible_starts(self) -> list[int]:
        """Where words that can have as many morae begin in the kanji or letters before it, the first word first."""
        run = _ROUND_RUN.search(self.phrase)
        if run is None:
            return []
        morae = len(split_morae(self.kana))
        first = self._word_start(run.start())
        starts = sorted({first, *(start for start in self._starts() if start > first)})
        return [
            start
            for start in starts
            if len(_A_KANJI.findall(self.phrase, start)) <= morae <= _MORAE_OF_A_KANJI * (len(self.phrase) - start)
        ]

    def _word_start(self, place: int) -> int:
        """Where the word begins that `place` lies in, if it begins with a kanji: 飲み物, but お|兄."""
        start = next((start for start in self._starts() if start <= place), place)
        return start if _A_KANJI.match(self.phrase, start) else place

    def _reading(self, start: int) -> str:
        return "".join(word.pronunciation for word in self.words if word.start >= start)


def _can_be_read(base: str, kana: str, following: str, present: str = "") -> bool:
    """Whether `base` before the kana `following` may be read as `kana`; in its context it is read as `present`."""
    if kana in _readings_by_meaning().get(base, ()):
        return True
    morae = comparable_morae(kana)
    readings = possible_readings(base + following, len(base))
    return any(comparable_morae(reading) == morae for reading in (present, *readings))


@lru_cache(maxsize=1)
def _readings_by_meaning() -> dict[str, tuple[str, ...]]:
    """Word to the readings of its synonyms."""
    return {word: tuple(readings.split("/")) for word, readings in rows("readings_by_meaning.tsv", 2)}


@lru_cache(maxsize=1024)
def _spoken_words(phrase: str) -> tuple[Word, ...]:
    """The words of a phrase that are spoken, as it would be read without readings."""
    return tuple(word for word in analyze(normalize(phrase)) if word.pronunciation)


def _are_nouns(written: str) -> bool:
    """Whether kana are nouns, with particles at most."""
    return all(unit.pos in _NOUNS for unit in split_units(written))


def _shared_ends(first: Sequence[str], second: Sequence[str]) -> int:
    """How many morae two readings share at their beginnings and ends, without ー, ン and ッ, which end many words."""
    shared = 0
    for one, other in (first, second), (first[::-1], second[::-1]):
        same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
        shared += sum(mora not in _WEAK_MORAE for mora, _ in same)
    return shared
