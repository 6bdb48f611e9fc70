# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Latin letters in a text: abbreviations, English or romaji, decided word by word with its neighbours.

Every word gets a score, positive for romaji. Its spelling counts, whether a list of English or of Japanese words has
it, and how its neighbours scored; the note of the piece says which of these decided.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from . import english, numbers, romaji
from .numbers_and_units import Part, after, before


_LETTER = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_WORD = re.compile(rf"[{_LETTER}]+(?:['’][{_LETTER}]+)*(?:-(?=[{_LETTER}])[{_LETTER}]+(?:['’][{_LETTER}]+)*)*")
_TOKEN = re.compile(r"[A-Za-z0-9.&+#'’/-]{1,24}")
_PHRASE = re.compile(r"[A-Za-z']+(?: [A-Za-z']+){1,3}")
_UNSPACED = 13  # letters; longer romaji words are several words without spaces
_NOUN_ENDING = re.compile(r"(?<!mase)n$|sh[ou]$|ch[ao]$|[kgsnhbpmz]o$|kan$")  # verbs and endings seldom end so
_TRAILING_LONG = re.compile(r"-(?![A-Za-z0-9-])")
_FOREIGN = re.compile("[ヴ]|ウ[ィェ]|フ[ァィェォュ]|ツ[ァィェォ]|シェ|ジェ|チェ|イェ|ティ|ディ|ヮ")
_VOWEL = re.compile("[aiueoyAIUEOY]")
_SPACES_BETWEEN = re.compile(r"[ ,.!?、。！？…\d:/-]*")
_JAPANESE = re.compile(r"[ぁ-ヺ一-鿿]")


@lru_cache(maxsize=1)
def _word_lists() -> dict[str, frozenset[str]]:
    """Words that can be read as romaji, by language (data/latin_words.txt)."""
    lists: dict[str, list[str]] = {}
    words: list[str] = []
    source = resources.files("transformers_tsukasa.text").joinpath("data/latin_words.txt").read_text(encoding="utf-8")
    for line in source.splitlines():
        if line.startswith("["):
            words = lists.setdefault(line.strip("[]"), [])
        elif not line.startswith("#"):
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


@dataclass
class _Word:
    text: str
    start: int
    end: int
    kana: str | None  # as romaji
    score: float  # > 0: romaji
    reason: str


class LatinReader:
    """The Latin words of one text, decided together."""

    def __init__(self, text: str):
        self.text = text
        self._words: dict[int, _Word] | None = None

    def read(self, position: int) -> list[Part] | None:
        """What to read for the Latin letters that begin at `position`."""
        token = _read_token(self.text, position) or _read_roman_numeral(self.text, position)
        if token is not None:
            return token
        phrase = self._read_phrase(position)
        if phrase is not None:
            return phrase
        word = self._decided().get(position)
        if word is None:
            word = _Word(self.text[position], position, position + 1, None, -1.0, "letter")
        parts = self._read_word(word)
        return parts + self._tail(word)

    def _read_phrase(self, position: int) -> list[Part] | None:
        """Phrases of the list that are said as one: thank you, New York."""
        match = _PHRASE.match(self.text, position)
        written = match.group() if match else ""
        while " " in written:
            reading = english.lookup(written)
            if reading is not None:
                return [
                    Part(
                        len(written),
                        reading.kana,
                        "english",
                        reading.kana,
                        "phrase of the lexicon",
                        accent=reading.accent,
                    )
                ]
            written = written.rpartition(" ")[0]
        return None

    def _decided(self) -> dict[int, _Word]:
        if self._words is None:
            words = [_judge(self.text, match) for match in _WORD.finditer(self.text)]
            _listen_to_neighbours(self.text, words)
            self._words = {word.start: word for word in words}
        return self._words

    def _read_word(self, word: _Word) -> list[Part]:
        if word.score > 0 and word.kana:
            return self._read_romaji(word)
        return _read_english(self.text, word)

    def _read_romaji(self, word: _Word) -> list[Part]:
        length = word.end - word.start
        if _TRAILING_LONG.match(self.text, word.end):
            length += 1
            word = _Word(word.text, word.start, word.end + 1, (word.kana or "") + "ー", word.score, word.reason)
        note = f"romaji ({word.reason})"
        plain = romaji.normalize_word(word.text)
        others = (english.read_word(word.text).kana,) if english.is_word(word.text) and len(word.text) > 2 else ()
        counter = romaji.COUNTERS.get(plain) if self.text[word.start - 1 : word.start].isdigit() else None
        if counter is not None:
            return [Part(length, counter, "romaji", note="romaji counter after a number")]
        particle = romaji.PARTICLES.get(plain)
        if particle and self._follows_romaji(word):
            sound = romaji.PARTICLE_SOUNDS[particle]
            return [
                Part(
                    length,
                    sound,
                    "romaji",
                    sound,
                    note + ", particle",
                    accent=0,
                    pos=("助詞", "係助詞" if sound == "ワ" else "格助詞"),
                )
            ]
        kana = word.kana or ""
        accent = romaji.noun_accent(kana)
        if len(plain) > _UNSPACED:  # several words: the analysis finds them, and は among them
            return [Part(length, romaji.to_hiragana(kana), "romaji", note=note, alternatives=others)]
        is_name = word.text[0].isupper() and plain not in _word_lists()["japanese words"]
        is_noun = romaji.known_word(word.text) is not None or (len(plain) > 4 and bool(_NOUN_ENDING.search(plain)))
        if (
            accent is not None or is_name or is_noun or "ハ" in kana or "ヘ" in kana
        ):  # the latter might be taken for particles
            pos = ("名詞", "固有名詞" if is_name else "一般")
            return [Part(length, kana, "romaji", kana, note, others, accent, pos)]
        return [Part(length, romaji.to_hiragana(kana), "romaji", note=note, alternatives=others)]

    def _follows_romaji(self, word: _Word) -> bool:
        left = before(self.text, word.start).rstrip(" ")
        return bool(left) and (
            is_latin(left[-1]) or bool(_JAPANESE.match(left[-1])) or left[-1].isdigit() or left[-1] in "'\"”」』)ー-"
        )

    def _tail(self, word: _Word) -> list[Part]:
        """The space between two romaji words is not spoken."""
        following = self._decided().get(word.end + 1)
        if word.score > 0 and following and following.score > 0 and self.text[word.end : word.end + 1] == " ":
            return [Part(1, "", "romaji", note="space between romaji words")]
        return []


def _judge(text: str, match: re.Match[str]) -> _Word:
    """The score of a word by itself."""
    written = match.group()
    plain = romaji.normalize_word(written)
    kana = romaji.parse(written)
    start, end = match.span()
    if kana is None:
        return _Word(written, start, end, None, -2.0, "not spelled like romaji")
    if len(written) > 1 and written.isupper() and len(written) < 5:
        return _Word(written, start, end, kana, -3.0, "capitals")
    listed = english.is_word(written)
    if plain in _word_lists()["english everywhere"] or (listed and _FOREIGN.search(kana)):
        return _Word(written, start, end, None, -0.01, "an English word in any company")
    if any(char in "āīūēōâîûêô" for char in unicodedata.normalize("NFC", written.lower())):
        return _Word(written, start, end, kana, 3.0, "long vowel marks")
    in_english = listed
    in_japanese = plain in _word_lists()["japanese words"] or _is_japanese_name(written)
    common = plain in _word_lists()["english words"]
    if len(plain) == 1:
        return _Word(written, start, end, kana, -0.8 if plain in "ai" else -0.4, "one letter")
    if in_japanese and not common:
        score = 2.0 if not in_english else 1.5
        return _Word(written, start, end, kana, score, "a Japanese word")
    if in_japanese:
        return _Word(written, start, end, kana, -0.2, "a word of both languages")
    if plain in romaji.PLAIN_PARTICLES or plain in romaji.PARTICLES:
        return _Word(written, start, end, kana, -0.2 if common else 0.3, "particle or English word")
    noun = 0.5 if len(plain) > 2 and romaji.noun_accent(kana) is not None else 0.0
    if not in_english and not common and english.has_english_sound(plain):
        return _Word(
            written,
            start,
            end,
            kana,
            0.5 + noun + romaji.looks(written, listed=True),
            "spelled like romaji, or an English name",
        )
    if not in_english and not common:
        return _Word(
            written, start, end, kana, 1.2 + romaji.looks(written) / 2, "spelled like romaji, not an English word"
        )
    return _Word(
        written,
        start,
        end,
        kana,
        (-1.2 if common else -0.6) + noun + romaji.looks(written, listed=True),
        "also an English word",
    )


def _listen_to_neighbours(text: str, words: list[_Word]) -> None:
    """Words between romaji are romaji, words between English words are English."""
    own = [word.score for word in words]
    for index, word in enumerate(words):
        if word.kana is None or word.reason == "capitals":
            continue
        influence = 0.0
        for distance, weight in ((1, 0.7), (2, 0.35), (3, 0.15)):
            for other in (index - distance, index + distance):
                if 0 <= other < len(words) and _connected(text, words, min(index, other), max(index, other)):
                    influence += weight * max(min(own[other], 2.0), -2.0)
        if abs(influence) > 0.05:
            word.score = own[index] + influence
            if _is_particle_between(text, words, own, index):
                word.score = max(word.score, 0.1)
            if word.score <= 0 and (_is_japanese_name(word.text) or not _is_listed_english(word.text)):
                word.score = 0.1
            if (word.score > 0) != (own[index] > 0):
                word.reason += "; like the words around it"


def _is_particle_between(text: str, words: list[_Word], own: list[float], index: int) -> bool:
    """`email o okutta`, `boku no hero`: a particle among romaji, whatever the other neighbour is."""
    if not 0 < index < len(words) - 1 or not _connected(text, words, index - 1, index + 1):
        return False
    plain = words[index].text.lower()
    return (plain in _PARTICLES_ONLY and own[index + 1] > 0.5) or (plain == "no" and own[index - 1] > 0.5)


_PARTICLES_ONLY = frozenset(("o", "wo", "wa", "ga", "ni", "de", "e", "mo", "ha"))


def _is_listed_english(written: str) -> bool:
    return len(written) == 1 or english.is_word(written) or english.has_english_sound(written)


def _is_japanese_name(written: str) -> bool:
    """sushi and Tokyo stay Japanese among English words."""
    return romaji.known_word(written) is not None or romaji.normalize_word(written) in _word_lists()["japanese names"]


def _connected(text: str, words: list[_Word], left: int, right: int) -> bool:
    return all(_SPACES_BETWEEN.fullmatch(text, words[i].end, words[i + 1].start) for i in range(left, right))


# --- tokens with signs in them ---------------------------------------------------------------------------------------


def _read_token(text: str, position: int) -> list[Part] | None:
    """Writings of the list with signs or digits in them (Ph.D., C++, MP3, CD-ROM), the longest first."""
    match = _TOKEN.match(text, position)
    if match is None:
        return None
    token = match.group().replace("’", "'")
    for end in range(len(token), 1, -1):
        candidate = token[:end]
        if candidate.isalpha() and end < len(token):
            break
        if end < len(token) and token[end].isalnum() and candidate[-1].isalnum():
            continue
        if candidate.isalpha() or (
            candidate[-1] == "." and candidate[:-1].isalpha() and not _abbreviation(text, position, end)
        ):
            continue
        reading = english.lookup(candidate)
        if reading is not None:
            parts = [Part(end, reading.kana, "english", reading.kana, "lexicon", accent=reading.accent)]
            if candidate.lower() == "no." and (first := re.compile(r" ?1(?![\d.])").match(text, position + end)):
                parts.append(Part(len(first.group()), "ワン", "english", "ワン", "number one", ("イチ",), 1))
            return parts
    return _dotted(text, position)


def _abbreviation(text: str, position: int, end: int) -> bool:
    """Mr. Smith, No.5: a point that belongs to the word, not to the end of a sentence."""
    if text[position : position + 3].lower() == "no.":
        return re.match(r" ?\d", after(text, position + end)) is not None
    return True


_ROMAN = re.compile(r"X{0,2}(?:IX|IV|V?I{0,3})(?![A-Za-z0-9.'’&-])")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_ORDINAL_AFTER = re.compile("[世章部巻期型編回号集話節項条幕楽番群類種度級]")


def _read_roman_numeral(text: str, position: int) -> list[Part] | None:
    """第III章 and ルイXIV世 are said in Japanese, what follows a title (ロッキーIV, Part II) in English."""
    match = _ROMAN.match(text, position)
    written = match.group() if match else ""
    if not written or text[position - 1 : position].isalnum() and text[position - 1].isascii():
        return None
    ordinal = text[position - 1 : position] == "第" or _ORDINAL_AFTER.match(text, position + len(written))
    titled = len(written) > 1 and re.search(r"[ァ-ヺー一-鿿A-Za-z] ?$", before(text, position))
    if not ordinal and not titled:
        return None
    values = [_ROMAN_VALUES[letter] for letter in written]
    number = sum(-one if one < max(values[place:]) else one for place, one in enumerate(values))
    if ordinal or number > 10:
        return [Part(len(written), str(number), note="Roman numeral")]
    kana = english.DIGIT_NAMES[number] if number < 10 else "テン"
    return [Part(len(written), kana, "english", kana, "Roman numeral", (numbers.integer_kana(str(number)),), 1)]


_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,}[A-Za-z]?")


def _dotted(text: str, position: int) -> list[Part] | None:
    match = _DOTTED.match(text, position)
    if match is None:
        return None
    reading = english.spell(match.group().replace(".", ""))
    return [Part(len(match.group()), reading.kana, "acronym", reading.kana, reading.how, accent=reading.accent)]


# --- English ---------------------------------------------------------------------------------------------------------

_DIGIT_TAIL = re.compile(r"-?(\d)(?![\d.,/:年月日時分秒回個本番枚人円]|-\d)")
_NUMBER_TAIL = re.compile(r"-(?=\d)")


def _read_english(text: str, word: _Word) -> list[Part]:
    written = word.text
    if "-" in written and english.lookup(written) is None:
        return _read_hyphenated(text, word)
    spelled = _is_abbreviation(text, word)
    reading = english.spell(_letters(written)) if spelled else english.read_word(_letters(written))
    if written == "a" and _has_english_after(text, word):
        reading = english.EnglishReading("ア", 1, "article")
    others = (word.kana,) if word.kana and not spelled and len(written) > 1 else ()
    source = "acronym" if spelled else "english"
    kana = reading.kana or "エックス"
    part = Part(word.end - word.start, kana, source, kana, f"{reading.how} ({word.reason})", others, reading.accent)
    return [part, *_digits_after(text, word, spelled)]


def _letters(written: str) -> str:
    """Accents removed: café -> cafe."""
    return "".join(char for char in unicodedata.normalize("NFD", written) if not unicodedata.combining(char))


def _has_english_after(text: str, word: _Word) -> bool:
    return re.match(r" [A-Za-z]{2}", after(text, word.end)) is not None


def _is_abbreviation(text: str, word: _Word) -> bool:
    written = word.text
    if len(written) == 1:
        return not (written == "I" and re.match(r"['’ ][a-z]", after(text, word.end))) and not (
            written == "a" and _has_english_after(text, word)
        )
    if written in _own_capitals() or english.lookup(written) is not None and not written.isupper():
        return False
    if written.isupper():
        if written.lower() in _FUNCTION_WORDS and _is_in_capitals(text, word):
            return False
        if len(written) > 2 and english.is_word(written) and _after_article(text, word):
            return False
        if len(written) > 3 and english.is_word(written):
            return False
        return len(written) < 6 or not _VOWEL.search(written)
    return not _VOWEL.search(_letters(written)) and english.lookup(written) is None


_FUNCTION_WORDS = frozenset(
    "of the and to in on at for is are a an my your it be or not with from by we you".split()  # noqa: SIM905
)


def _is_in_capitals(text: str, word: _Word) -> bool:
    """BUMP OF CHICKEN: a title in capitals is read, not spelled."""
    return (
        re.search(r"[A-Z]{2} $", before(text, word.start)) is not None
        or re.match(r" [A-Z]{2}", after(text, word.end)) is not None
    )


def _after_article(text: str, word: _Word) -> bool:
    return re.search(r"(?:^|[^A-Za-z])(?:THE|A|AN|MY|YOUR|OF) $", before(text, word.start)) is not None


def _own_capitals() -> frozenset[str]:
    return english.own_capitals()


def _read_hyphenated(text: str, word: _Word) -> list[Part]:
    parts: list[Part] = []
    position = word.start
    for piece in re.findall(r"[^-]+|-", word.text):
        if piece == "-":
            parts.append(Part(1, "", "symbol", note="hyphen"))
        else:
            inner = _Word(piece, position, position + len(piece), romaji.parse(piece), word.score, word.reason)
            parts += _read_english(text, inner)[:1]
        position += len(piece)
    return [*parts, *_digits_after(text, word, False)]


def _digits_after(text: str, word: _Word, spelled: bool) -> list[Part]:
    """GPT-4, HTML5: one digit after a word or abbreviation is read in English; other hyphens are silent."""
    if len(word.text) > 1 and (match := _DIGIT_TAIL.match(text, word.end)):
        kana = english.DIGIT_NAMES[int(match[1])]
        native = numbers.DIGIT_KANA[int(match[1])]
        return [Part(len(match.group()), kana, "english", kana, "digit after an abbreviation", (native,), 1)]
    if _NUMBER_TAIL.match(text, word.end):
        return [Part(1, "", "symbol", note="hyphen before a number")]
    return []


def read_code(text: str, position: int) -> list[Part] | None:
    """Writings of the list that begin with a digit: 3D, 5G, 1st."""
    match = re.compile(r"\d+[A-Za-z]+(?![A-Za-z0-9])").match(text, position)
    if match is None or (position and text[position - 1].isdigit()):
        return None
    reading = english.lookup_exact(match.group())
    if reading is None:
        return None
    return [Part(len(match.group()), reading.kana, "english", reading.kana, "lexicon", accent=reading.accent)]
