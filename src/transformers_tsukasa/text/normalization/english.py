# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""English words in katakana: a lexicon, word forms made from it, names of letters, and a rule for the rest.

`data/english.tsv` holds the katakana of English words in Japanese, with its accent (from UniDic's loanwords);
`data/english_own.tsv` adds words that a list of nouns lacks (function words, brands) and wins where both have a word;
`data/english_sounds.tsv.gz` holds 90,000 more words, most of them names, from the CMU pronouncing dictionary by rule.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ..phonemes.morae import cached_for_words
from ..tables import rows
from .english_letters import spell_out


LETTER_NAMES = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            "エー",
            "ビー",
            "シー",
            "ディー",
            "イー",
            "エフ",
            "ジー",
            "エイチ",
            "アイ",
            "ジェー",
            "ケー",
            "エル",
            "エム",
            "エヌ",
            "オー",
            "ピー",
            "キュー",
            "アール",
            "エス",
            "ティー",
            "ユー",
            "ブイ",
            "ダブリュー",
            "エックス",
            "ワイ",
            "ゼット",
        ],
        strict=True,
    )
)
DIGIT_NAMES = ("ゼロ", "ワン", "ツー", "スリー", "フォー", "ファイブ", "シックス", "セブン", "エイト", "ナイン")


@dataclass(frozen=True)
class EnglishReading:
    """Katakana of an English word, its accent nucleus if a dictionary knows it, and how it was found."""

    kana: str
    accent: int | None
    how: str


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, tuple[str, str]]:
    return {
        word: (kana, accent) for name in ("english.tsv", "english_own.tsv") for word, kana, accent in rows(name, 3)
    }


@lru_cache(maxsize=1)
def _longest_entry() -> int:
    return max(map(len, _lexicon()))


@lru_cache(maxsize=1)
def _sounds() -> dict[str, str]:
    return dict(rows("english_sounds.tsv.gz", 2))


def has_english_sound(word: str) -> bool:
    """Whether the pronouncing dictionary has the word: English or a name, Japanese names included."""
    return word.lower() in _sounds()


def lookup(word: str) -> EnglishReading | None:
    """The reading of a word in the lexicon, as written or in lower case."""
    table = _lexicon()
    entry = table.get(word) or table.get(word.lower())
    if entry is None:
        return None
    return EnglishReading(entry[0], int(entry[1]) if entry[1] else None, "lexicon")


def lookup_exact(word: str) -> EnglishReading | None:
    """The reading of a writing of the lexicon, capitals as they are."""
    entry = _lexicon().get(word)
    return None if entry is None else EnglishReading(entry[0], int(entry[1]) if entry[1] else None, "lexicon")


@lru_cache(maxsize=1)
def own_capitals() -> frozenset[str]:
    """Writings in capitals that are read as words: NASA, OFF."""
    return frozenset(word for word in _lexicon() if word.isupper() and len(word) > 1)


@cached_for_words
def is_word(word: str) -> bool:
    """Whether the lexicon has the word or the word it is a form of."""
    return lookup(word) is not None or _inflected(word.lower()) is not None


@cached_for_words
def read_word(word: str) -> EnglishReading:
    """The katakana of an English word: lexicon, word forms, compounds, and last letters to sounds."""
    word = word.replace("’", "'")
    reading = (
        lookup(word)
        or _inflected(word.lower())
        or _sounded(word.lower())
        or _camel_case(word)
        or _compound(word.lower())
    )
    if reading is not None:
        return reading
    return EnglishReading(spell_out(word.lower().replace("'", "")), None, "letters to sounds")


@cached_for_words
def spell(letters: str) -> EnglishReading:
    """Letters one by one: NHK -> エヌエイチケー."""
    names = [LETTER_NAMES.get(letter, "") for letter in letters.lower()]
    kana = "".join(names)
    # The accent of an abbreviation falls on the first mora of the last letter (エヌエイチケ]ー has it on ケ).
    accent = sum(_mora_count(name) for name in names[:-1]) + 1 if len(names) > 1 else 1
    return EnglishReading(kana, accent, "spelled letter by letter")


def spell_many(letters: str) -> EnglishReading:
    """Letters one by one with the s of the plural: PDFs -> ピーディーエフズ."""
    reading = spell(letters)
    return EnglishReading(reading.kana + "ズ", reading.accent, reading.how)


def _sounded(word: str) -> EnglishReading | None:
    kana = _sounds().get(word)
    if kana is None and word.endswith("'s"):
        kana = _sounds().get(word[:-2])
        kana = None if kana is None else _with_s(kana, word[:-2])
    return None if kana is None else EnglishReading(kana, None, "pronouncing dictionary")


def _mora_count(kana: str) -> int:
    return sum(char not in "ァィゥェォャュョ" for char in kana)


_VOICELESS_ENDS = ("ク", "プ", "フ", "ス")


def _inflected(word: str) -> EnglishReading | None:
    """Plural, possessive, -ed, -ing, -ly, -er, -ness of a word in the lexicon."""
    for suffix, stems in _STEMS:
        if not word.endswith(suffix) or len(word) - len(suffix) < 2:
            continue
        doubled = word[-len(suffix) - 2 : -len(suffix)]
        if suffix in _VOWEL_SUFFIXES and len(doubled) == 2 and doubled[0] == doubled[1]:  # getting, stopped
            stems = (*stems, (doubled[1] + suffix, ""))
        for drop, add in stems:
            if not word.endswith(drop):
                continue
            stem = word[: len(word) - len(drop)] + add
            base = lookup(stem) or (_inflected(stem) if suffix in _SECOND_SUFFIXES else None)
            if base and len(stem) > 2:
                return EnglishReading(_attach(base.kana, suffix, stem), base.accent, f"form of {stem}")
    return None


_SECOND_SUFFIXES = ("ly", "ness")  # may follow another one: carefully, carelessness
_VOWEL_SUFFIXES = ("ing", "ed", "er")
_STEMS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("'s", (("'s", ""),)),
    ("s'", (("'", ""), ("s'", ""))),
    ("ies", (("ies", "y"),)),
    ("es", (("es", ""), ("s", ""))),
    ("s", (("s", ""),)),
    ("ing", (("ing", ""), ("ing", "e"))),
    ("ied", (("ied", "y"),)),
    ("ed", (("ed", ""), ("d", ""))),
    ("ly", (("ly", ""),)),
    ("ness", (("ness", ""),)),
    ("less", (("less", ""),)),
    ("ful", (("ful", ""),)),
    ("er", (("er", ""), ("r", ""))),
)


def _attach(kana: str, suffix: str, stem: str) -> str:
    if suffix in ("'s", "s'", "s", "es", "ies"):
        return _with_s(kana, stem)
    if suffix in ("ed", "ied"):
        if stem.endswith(("t", "d", "te", "de")) and kana[-1] in "トド":
            return kana[:-1] + {"ト": "テッド", "ド": "デッド"}[kana[-1]]
        return kana + ("ト" if kana[-1] in "クプフスシチュッ" and not stem.endswith(("se", "ge")) else "ド")
    if suffix == "ly" and stem.endswith("l") and kana[-1] == "ル":  # the l is spoken once: finally, carefully
        return kana[:-1] + "リー"
    endings = {"ly": "リー", "ness": "ネス", "less": "レス", "ful": "フル"}
    if suffix in endings:
        return kana + endings[suffix]
    return _with_vowel(kana, "ing" if suffix == "ing" else "er")


def _with_s(kana: str, stem: str) -> str:
    if stem.endswith(("s", "x", "z", "sh", "ch", "ce", "ge", "se", "ze")):
        if kana[-1] in "スズ":
            return kana[:-1] + {"ス": "シズ", "ズ": "ジズ"}[kana[-1]]
        return kana + "ズ" if kana[-1] != "ュ" else kana[:-1] + "ズ"
    if kana[-1] == "ト":
        return kana[:-1] + "ツ"
    if kana[-1] == "ド":
        return kana[:-1] + "ズ"
    return kana + ("ス" if kana[-1] in _VOICELESS_ENDS else "ズ")


_ROWS_WITH_VOWEL = {
    "ク": ("キ", "カ"),
    "グ": ("ギ", "ガ"),
    "ス": ("シ", "サ"),
    "ズ": ("ジ", "ザ"),
    "ト": ("ティ", "タ"),
    "ド": ("ディ", "ダ"),
    "プ": ("ピ", "パ"),
    "ブ": ("ビ", "バ"),
    "フ": ("フィ", "ファ"),
    "ム": ("ミ", "マ"),
    "ル": ("リ", "ラ"),
    "ン": ("ニ", "ナ"),
    "チ": ("チ", "チャ"),
    "ジ": ("ジ", "ジャ"),
}


def _with_vowel(kana: str, ending: str) -> str:
    tail = "ング" if ending == "ing" else "ー"
    if kana.endswith("シュ"):
        return kana[:-1] + ("" if ending == "ing" else "ャ") + tail
    if kana[-1] in _ROWS_WITH_VOWEL:
        return kana[:-1] + _ROWS_WITH_VOWEL[kana[-1]][0 if ending == "ing" else 1] + tail
    if kana.endswith("ング"):
        return kana[:-1] + ("ギング" if ending == "ing" else "ガー")
    return kana + ("イング" if ending == "ing" else "アー")


def _camel_case(word: str) -> EnglishReading | None:
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+", word)
    if len(parts) < 2 or "".join(parts) != word:
        return None
    readings = [read_part(part) for part in parts]
    return EnglishReading("".join(reading.kana for reading in readings), None, "compound of " + " + ".join(parts))


def read_part(part: str) -> EnglishReading:
    """A part of a compound: capitals without vowels or of one or two letters are spelled."""
    if len(part) == 1 or (part.isupper() and lookup(part) is None):
        return spell(part)
    return read_word(part)


def _compound(word: str) -> EnglishReading | None:
    """Two words of the lexicon written as one (both of four letters or more)."""
    longest = _longest_entry()
    for cut in range(max(4, len(word) - longest), min(len(word) - 3, longest + 1)):
        left, right = lookup(word[:cut]), lookup(word[cut:])
        if left and right:
            return EnglishReading(left.kana + right.kana, None, f"compound of {word[:cut]} + {word[cut:]}")
    return None
