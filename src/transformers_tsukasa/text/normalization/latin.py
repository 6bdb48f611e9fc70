# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Latin letters in a text: writings with signs in them, abbreviations, English words and romaji.

Which words are romaji is decided in `latin_words`.
"""

import re
import unicodedata
from functools import cached_property

from ..types import Piece
from . import english, numbers, romaji
from .latin_words import LatinWord, decide_words, is_latin, word_lists
from .rules import after, before, rewritten


_TOKEN = re.compile(r"[A-Za-z0-9.&+#'’/-]{1,24}")
_PHRASE = re.compile(r"[A-Za-z']+(?: [A-Za-z']+){1,3}")
_UNSPACED = 13  # letters; longer romaji words are several words without spaces
_NOUN_ENDING = re.compile(r"(?<!mase)n$|sh[ou]$|ch[ao]$|[kgsnhbpmz]o$|kan$")  # verbs and endings seldom end so
_TRAILING_LONG = re.compile(r"-(?![A-Za-z0-9-])")
_VOWEL = re.compile("[aiueoyAIUEOY]")
_JAPANESE = re.compile(r"[ぁ-ヺ一-鿿]")


class LatinReader:
    """Reads the Latin words of one text, which are decided together."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _words(self) -> dict[int, LatinWord]:
        return decide_words(self.text)

    def read(self, position: int) -> list[Piece]:
        """The pieces for the Latin letters that begin at `position`."""
        ending = _read_letter_after_kana(self.text, position)
        if ending is not None:
            return ending
        token = _read_token(self.text, position) or _read_roman_numeral(self.text, position)
        if token is not None:
            return token
        phrase = _read_phrase(self.text, position)
        if phrase is not None:
            return phrase
        word = self._words.get(position)
        if word is None:
            word = LatinWord(self.text[position], position, position + 1, None, -1.0, "letter")
        if word.is_romaji and word.kana:
            return self._read_romaji(word, word.kana) + self._tail(word)
        return _read_english(self.text, word) + self._tail(word)

    def _read_romaji(self, word: LatinWord, kana: str) -> list[Piece]:
        plain = romaji.normalize_word(word.text)
        length = word.end - word.start
        if _TRAILING_LONG.match(self.text, word.end):
            length, kana = length + 1, kana + "ー"
        note = f"romaji ({word.reason})"
        counter = romaji.COUNTERS.get(plain) if self.text[word.start - 1 : word.start].isdigit() else None
        if counter is not None:
            return [rewritten(length, counter, "romaji", note="romaji counter after a number")]
        particle = romaji.PARTICLES.get(plain)
        if particle and self._follows_romaji(word):
            sound = romaji.PARTICLE_SOUNDS[particle]
            pos = ("助詞", "係助詞" if sound == "ワ" else "格助詞")
            return [rewritten(length, sound, "romaji", sound, note + ", particle", accent=0, pos=pos)]
        others = (english.read_word(word.text).kana,) if english.is_word(word.text) and len(word.text) > 2 else ()
        accent = romaji.noun_accent(kana)
        is_name = word.text[0].isupper() and plain not in word_lists()["japanese words"]
        is_noun = romaji.known_word(word.text) is not None or (len(plain) > 4 and bool(_NOUN_ENDING.search(plain)))
        looks_like_particles = "ハ" in kana or "ヘ" in kana
        is_one_noun = accent is not None or is_name or is_noun or looks_like_particles
        if is_one_noun and len(plain) <= _UNSPACED:
            pos = ("名詞", "固有名詞" if is_name else "一般")
            return [rewritten(length, kana, "romaji", kana, note, others, accent, pos)]
        # Several words, verbs, endings: the analysis finds them in hiragana, and は among them.
        return [rewritten(length, romaji.to_hiragana(kana), "romaji", note=note, alternatives=others)]

    def _follows_romaji(self, word: LatinWord) -> bool:
        left = before(self.text, word.start).rstrip(" ")
        return bool(left) and (
            is_latin(left[-1]) or bool(_JAPANESE.match(left[-1])) or left[-1].isdigit() or left[-1] in "'\"”」』)ー-"
        )

    def _tail(self, word: LatinWord) -> list[Piece]:
        """The space between two romaji words is not spoken."""
        following = self._words.get(word.end + 1)
        if word.is_romaji and following and following.is_romaji and self.text[word.end : word.end + 1] == " ":
            return [rewritten(1, "", "romaji", note="space between romaji words")]
        return []


_LETTERS_AFTER_KANA = {"うp": "ぷ", "おk": "ーけー"}


def _read_letter_after_kana(text: str, position: int) -> list[Piece] | None:
    """The letter of うp (upload) and おk (okay), which is none of an abbreviation."""
    kana = _LETTERS_AFTER_KANA.get(text[max(position - 1, 0) : position + 1].lower())
    if kana is None or is_latin(text[position + 1 : position + 2]):
        return None
    return [rewritten(1, kana, "romaji", note="a word of kana and a letter")]


def _read_phrase(text: str, position: int) -> list[Piece] | None:
    """Phrases of the lexicon that are spoken as one word: thank you, New York."""
    match = _PHRASE.match(text, position)
    written = match.group() if match else ""
    while " " in written:
        reading = english.lookup(written)
        if reading is not None:
            note = "phrase of the lexicon"
            return [rewritten(len(written), reading.kana, "english", reading.kana, note, accent=reading.accent)]
        written = written.rpartition(" ")[0]
    return None


# --- tokens with signs in them ---------------------------------------------------------------------------------------


def _read_token(text: str, position: int) -> list[Piece] | None:
    """Writings of the lexicon with signs or digits in them (Ph.D., C++, MP3, CD-ROM), the longest first."""
    match = _TOKEN.match(text, position)
    if match is None:
        return None
    token = match.group().replace("’", "'")
    # A writing ends where letters and digits end: a row of them without a sign is looked at once.
    ends = range(len(token), 1, -1)
    for end in ends[:1] if token.isalnum() else ends:
        if end < len(token) and token[end].isalnum() and token[end - 1].isalnum():
            continue
        candidate = token[:end]
        if candidate.isalpha() and end < len(token):
            break
        if candidate.isalpha() or (
            candidate[-1] == "." and candidate[:-1].isalpha() and not _has_own_point(text, position, end)
        ):
            continue
        reading = english.lookup(candidate) or (
            english.lookup_exact(candidate.upper()) if candidate.isalnum() and candidate.islower() else None
        )
        if reading is not None:
            word = rewritten(end, reading.kana, "english", reading.kana, "lexicon", accent=reading.accent)
            one = _NUMBER_ONE.match(text, position + end) if candidate.lower() == "no." else None
            if one is None:
                return [word]
            return [word, rewritten(len(one.group()), "ワン", "english", "ワン", "number one", ("イチ",), 1)]
    return _dotted(text, position)


_NUMBER_ONE = re.compile(r" ?1(?![\d.])")


def _has_own_point(text: str, position: int, end: int) -> bool:
    """Whether a point belongs to the word (Mr. Smith, No.5) and does not end a sentence."""
    if text[position : position + 3].lower() == "no.":
        return re.match(r" ?\d", after(text, position + end)) is not None
    return True


_ROMAN = re.compile(r"X{0,2}(?:IX|IV|V?I{0,3})(?![A-Za-z0-9.'’&-])")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_ORDINAL_AFTER = re.compile("[世章部巻期型編回号集話節項条幕楽番群類種度級]")


def _read_roman_numeral(text: str, position: int) -> list[Piece] | None:
    """Roman numerals: in Japanese in 第III章 and ルイXIV世, in English after a title (ロッキーIV, Part II)."""
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
        return [rewritten(len(written), str(number), note="Roman numeral")]
    kana = english.DIGIT_NAMES[number] if number < 10 else "テン"
    return [rewritten(len(written), kana, "english", kana, "Roman numeral", (numbers.integer_kana(str(number)),), 1)]


_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,}[A-Za-z]?")


def _dotted(text: str, position: int) -> list[Piece] | None:
    """U.S.A.: letters with points, spelled."""
    match = _DOTTED.match(text, position)
    if match is None:
        return None
    reading = english.spell(match.group().replace(".", ""))
    return [rewritten(len(match.group()), reading.kana, "acronym", reading.kana, reading.how, accent=reading.accent)]


# --- English ---------------------------------------------------------------------------------------------------------

_DIGIT_TAIL = re.compile(r"-?(\d)(?![\d.,/:年月日時分秒回個本番枚人円]|-\d)")
_NUMBER_TAIL = re.compile(r"-(?=\d)")


def _read_english(text: str, word: LatinWord) -> list[Piece]:
    written = word.text
    if "-" in written and english.lookup(written) is None:
        return _read_hyphenated(text, word)
    singular = _singular(word)
    spelled = singular is not None or _is_abbreviation(text, word)
    if singular is not None:
        reading = english.spell_many(singular)
    elif spelled:
        reading = english.spell(_letters(written))
    else:
        reading = english.read_word(written.upper() if word.is_abbreviation else _letters(written))
    if written == "a" and _has_english_after(text, word):
        reading = english.EnglishReading("ア", 1, "article")
    others = (word.kana,) if word.kana and not spelled and len(written) > 1 else ()
    source = "acronym" if spelled else "english"
    kana = reading.kana or "エックス"
    note = f"{reading.how} ({word.reason})"
    piece = rewritten(word.end - word.start, kana, source, kana, note, others, reading.accent)
    return [piece, *_digits_after(text, word)]


def _singular(word: LatinWord) -> str | None:
    """The letters of an abbreviation before the s of its plural: PDFs, urls."""
    singular = word.text[:-1]
    is_plural = word.text.endswith("s") and len(singular) > 1
    if is_plural and word.is_abbreviation and word.text.lower() not in word_lists()["abbreviations"]:
        return singular if singular.lower() in word_lists()["abbreviations"] else None
    return singular if is_plural and singular.isupper() and english.lookup(word.text) is None else None


def _letters(written: str) -> str:
    """A word without its accents: café -> cafe."""
    return "".join(char for char in unicodedata.normalize("NFD", written) if not unicodedata.combining(char))


def _has_english_after(text: str, word: LatinWord) -> bool:
    return re.match(r" [A-Za-z]{2}", after(text, word.end)) is not None


def _is_abbreviation(text: str, word: LatinWord) -> bool:
    """Whether a word is spelled letter by letter."""
    written = word.text.upper() if word.is_abbreviation else word.text
    if len(written) == 1:
        return not (written == "I" and re.match(r"['’ ][a-z]", after(text, word.end))) and not (
            written == "a" and _has_english_after(text, word)
        )
    if written in english.own_capitals() or english.lookup(written) is not None and not written.isupper():
        return False
    if written.isupper():
        if written.lower() in _FUNCTION_WORDS and _is_in_capitals(text, word):
            return False
        if len(written) > 2 and english.is_word(written) and _after_article(text, word):
            return False
        if len(written) > 3 and english.is_word(written):
            return False
        return len(written) < 6 or not _VOWEL.search(written)
    is_unknown = not (english.is_word(written) or english.has_english_sound(written))
    return not _VOWEL.search(_letters(written)) or (written.islower() and len(written) <= _SHORT and is_unknown)


_SHORT = 3  # letters; an unknown word that is no longer is an abbreviation
_FUNCTION_WORDS = frozenset(
    "of the and to in on at for is are a an my your it be or not with from by we you".split()  # noqa: SIM905
)


def _is_in_capitals(text: str, word: LatinWord) -> bool:
    """BUMP OF CHICKEN: a title in capitals is read, not spelled."""
    return (
        re.search(r"[A-Z]{2} $", before(text, word.start)) is not None
        or re.match(r" [A-Z]{2}", after(text, word.end)) is not None
    )


def _after_article(text: str, word: LatinWord) -> bool:
    return re.search(r"(?:^|[^A-Za-z])(?:THE|A|AN|MY|YOUR|OF) $", before(text, word.start)) is not None


def _read_hyphenated(text: str, word: LatinWord) -> list[Piece]:
    """The parts of a word with hyphens that the lexicon lacks, each read by itself."""
    pieces: list[Piece] = []
    position = word.start
    for part in re.findall(r"[^-]+|-", word.text):
        if part == "-":
            pieces.append(rewritten(1, "", "symbol", note="hyphen"))
        else:
            inner = LatinWord(part, position, position + len(part), romaji.parse(part), word.score, word.reason)
            pieces += _read_english(text, inner)[:1]
        position += len(part)
    return [*pieces, *_digits_after(text, word)]


def _digits_after(text: str, word: LatinWord) -> list[Piece]:
    """GPT-4, HTML5: one digit after a word or abbreviation is read in English; other hyphens are silent."""
    if len(word.text) > 1 and (match := _DIGIT_TAIL.match(text, word.end)):
        kana = english.DIGIT_NAMES[int(match[1])]
        native = numbers.DIGIT_KANA[int(match[1])]
        return [rewritten(len(match.group()), kana, "english", kana, "digit after an abbreviation", (native,), 1)]
    if _NUMBER_TAIL.match(text, word.end):
        return [rewritten(1, "", "symbol", note="hyphen before a number")]
    return []


def read_code(text: str, position: int) -> list[Piece] | None:
    """Writings of the list that begin with a digit: 3D, 5G, 1st."""
    match = re.compile(r"\d+[A-Za-z]+(?![A-Za-z0-9])").match(text, position)
    if match is None or (position and text[position - 1].isdigit()):
        return None
    reading = english.lookup_exact(match.group())
    if reading is None:
        return None
    return [rewritten(len(match.group()), reading.kana, "english", reading.kana, "lexicon", accent=reading.accent)]
