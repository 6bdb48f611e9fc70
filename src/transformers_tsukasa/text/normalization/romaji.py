# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Romaji to kana: Hepburn, Kunrei, Nihon and word-processor spellings, one word at a time.

A word is a row of syllables; `parse` finds them from left to right, the longest first, and returns None when letters
are left over: the word is then not romaji. Long vowels may be written out (ou, oo), with macron or circumflex, with h
(Ohtani), or with a hyphen (ra-men).
"""

import re
import unicodedata
from functools import lru_cache

from ..phonemes.morae import KANA_ROWS
from ..tables import rows


def _syllables() -> dict[str, str]:
    table: dict[str, str] = {}
    plain_rows = {"r" if onset == "ɽ" else onset: kana for onset, kana in KANA_ROWS.items() if onset not in ("j", "w")}
    for onset, kana in plain_rows.items():
        table |= {onset + vowel: sound for vowel, sound in zip("aiueo", kana, strict=True)}
    for onset, kana in {
        "ky": "キ",
        "gy": "ギ",
        "sy": "シ",
        "zy": "ジ",
        "jy": "ジ",
        "ty": "チ",
        "cy": "チ",
        "dy": "ヂ",
    }.items():
        table |= _palatal(onset, kana)
    for onset, kana in {"ny": "ニ", "hy": "ヒ", "by": "ビ", "py": "ピ", "my": "ミ", "ry": "リ"}.items():
        table |= _palatal(onset, kana)
    for onset, kana in {"sh": "シ", "ch": "チ", "j": "ジ"}.items():
        table |= _palatal(onset, kana) | {onset + "i": kana, onset + "e": kana + "ェ"}
    table |= {"ya": "ヤ", "yu": "ユ", "yo": "ヨ", "ye": "イェ", "wa": "ワ", "wi": "ウィ", "we": "ウェ", "wo": "ヲ"}
    table |= {"tsu": "ツ", "fu": "フ", "fa": "ファ", "fi": "フィ", "fe": "フェ", "fo": "フォ", "fyu": "フュ"}
    table |= {"tsa": "ツァ", "tsi": "ツィ", "tse": "ツェ", "tso": "ツォ", "thi": "ティ", "dhi": "ディ", "dhu": "デュ"}
    table |= {"va": "ヴァ", "vi": "ヴィ", "vu": "ヴ", "ve": "ヴェ", "vo": "ヴォ", "kwa": "クヮ", "gwa": "グヮ"}
    table |= {"twu": "トゥ", "dwu": "ドゥ"}
    return table


def _palatal(onset: str, kana: str) -> dict[str, str]:
    return {onset + "a": kana + "ャ", onset + "u": kana + "ュ", onset + "o": kana + "ョ"}


SYLLABLES: dict[str, str] = _syllables()
"""Syllables without ン and ッ, in every spelling."""

_MACRONS = {
    "ā": "aa",
    "ī": "ii",
    "ū": "uu",
    "ē": "ee",
    "ō": "ou",
    "â": "aa",
    "î": "ii",
    "û": "uu",
    "ê": "ee",
    "ô": "ou",
}
_LONGEST = max(map(len, SYLLABLES))
_DOUBLED = set("kgsztdhbpcjfrmyw")
_HYPHEN_BOUNDARY_BEFORE = {"o", "go"}  # o-tera
_HYPHEN_BOUNDARY_AFTER = frozenset(
    """
    san sama kun chan sensei senpai shi eki ken fu to ku cho machi mura gun jima kawa gawa dori jo ji jinja dono tachi
    ra ya sen zan dou jou
    desu no wa ga wo ni de he mo ka ne yo kai sha go teki ten hen tou dai gai chou wan koku jin domo
    """.split()  # noqa: SIM905
)

PARTICLES = {"wa": "は", "ha": "は", "e": "へ", "he": "へ", "o": "を", "wo": "を"}
"""Particles whose sound is not their spelling, or that are written as a word of their own."""
PARTICLE_SOUNDS = {"は": "ワ", "へ": "エ", "を": "オ"}
# fmt: off
COUNTERS = {
    "ji": "時", "jikan": "時間", "han": "半", "fun": "分", "pun": "分", "byou": "秒", "nen": "年",
    "gatsu": "月", "nichi": "日", "ka": "日", "nin": "人", "ri": "人", "sai": "歳", "en": "円", "ko": "個",
    "hon": "本", "bon": "本", "pon": "本", "mai": "枚", "satsu": "冊", "hiki": "匹", "biki": "匹",
    "piki": "匹", "kai": "回", "gai": "階", "dai": "台", "ban": "番", "do": "度", "tsu": "つ", "hai": "杯",
    "pai": "杯", "bai": "杯",
}
# fmt: on
"""Counters that follow a number in digits: 7ji, 3nin."""
PLAIN_PARTICLES = frozenset(
    "no ni de to ga mo ka ne yo na ya kara made yori dake shika demo nado sa zo wo he desu da".split()  # noqa: SIM905
)


def normalize_word(word: str) -> str:
    """Lower case, macrons and circumflexes written out, one kind of apostrophe."""
    lowered = unicodedata.normalize("NFC", word.lower()).replace("’", "'").replace("ʼ", "'")
    if lowered[:1] in ("ō", "ô"):  # at the beginning nearly always おお: Ōsaka, ōkii
        lowered = "oo" + lowered[1:]
    return "".join(_MACRONS.get(char, char) for char in lowered)


_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


def to_hiragana(kana: str) -> str:
    """Katakana as hiragana: the analysis then knows verbs, endings and particles among romaji words."""
    return kana.translate(_TO_HIRAGANA)


@lru_cache(maxsize=1)
def _known_words() -> dict[str, str]:
    return dict(rows("romaji_words.tsv", 2))


@lru_cache(maxsize=1)
def _noun_accents() -> dict[str, int]:
    return {kana: int(accent) for kana, accent in rows("romaji_nouns.tsv", 2)}


def noun_accent(kana: str) -> int | None:
    """The accent nucleus of a common noun or adverb in kana; None for other words (verbs, endings, rare nouns)."""
    return _noun_accents().get(kana)


def known_word(word: str) -> str | None:
    """The reading of a Japanese word whose usual spelling in Latin letters lacks a sound (Tokyo, kinyoubi)."""
    return _known_words().get(normalize_word(word).replace("'", ""))


@lru_cache(maxsize=4096)
def parse(word: str) -> str | None:
    """The kana of one romaji word, or None when it is not spelled as romaji.

    Args:
        word: letters, apostrophes and hyphens: "kin'en", "Ôsaka", "ra-men".

    Returns:
        Katakana, long vowels as spelled (トウキョウ; ー only for a hyphen), を as ヲ.
    """
    plain = normalize_word(word)
    if plain in _known_words() and not any(char in _MACRONS for char in word.lower()):
        return _known_words()[plain]
    if "-" in plain.strip("-"):
        return _parse_hyphenated(plain)
    length_mark = "ー" if plain.endswith("-") else ""
    kana = _parse_plain(plain.rstrip("-"))
    return kana + length_mark if kana else None


def _parse_hyphenated(word: str) -> str | None:
    parts = word.split("-")
    kana = []
    for index, part in enumerate(parts):
        if not part:
            kana.append("")
            continue
        reading = _known_words().get(part) or _parse_plain(part)
        if reading is None:
            return None
        boundary = index == 0 or parts[index - 1] in _HYPHEN_BOUNDARY_BEFORE or part in _HYPHEN_BOUNDARY_AFTER
        if not boundary and not (len(part) >= 4 and len(parts[index - 1]) >= 4):
            kana.append("ー")
        kana.append(reading)
    return "".join(kana) + ("ー" if word.endswith("-") else "")


def _parse_plain(word: str) -> str | None:
    kana: list[str] = []
    position = 0
    while position < len(word):
        sound, length = _next_sound(word, position)
        if not length:
            return None
        kana.append(sound)
        position += length
    result = "".join(kana)
    return result if result and not result.startswith("ッ") else None


def _next_sound(word: str, position: int) -> tuple[str, int]:
    char = word[position]
    following = word[position + 1 : position + 2]
    for length in range(min(_LONGEST, len(word) - position), 0, -1):
        kana = SYLLABLES.get(word[position : position + length])
        if kana:
            return _with_h(word, position, length, kana)
    if char in "nm":
        return _nasal(word, position, char, following)
    if char == "t" and word.startswith("tch", position):
        return "ッ", 1
    if char == following and char in _DOUBLED:
        return "ッ", 1
    if char == "'" and position:
        return "", 1
    return "", 0


def _with_h(word: str, position: int, length: int, kana: str) -> tuple[str, int]:
    """oh before a consonant or at the end is a long o: Ohtani, Satoh."""
    end = position + length
    if word[end - 1] == "o" and word[end : end + 1] == "h":
        after = word[end + 1 : end + 2]
        if not after or after not in "aiueoy":
            return kana + ("オ" if end == 1 else "ウ"), length + 1
    return kana, length


def _nasal(word: str, position: int, char: str, following: str) -> tuple[str, int]:
    if char == "n":
        if following == "'":
            return "ン", 2
        if following == "n" and word[position + 2 : position + 3] in ("", "n", "'") + tuple("kgsztdhbpmrjcfw"):
            return "ン", 2  # nn as word processors want it
        if not following or following not in "aiueoy":
            return "ン", 1
    elif following and following in "bpm":
        return "ン", 1
    return "", 0


_JAPANESE_LOOKS = re.compile(
    r"ou|uu|ii|shi|chi|tsu|kyo|ryo|gyo|hyo|ryu|kyu|sho|cho|ju|sh[ou]u|kk|tt[eao]|ss[hu]|nn[aio]|zu$|tsu|mas[ue]|desu|masu|mashi|te$|tai$|nai$|ku$|ru$|su$|ko$|aka|ama|awa"
)
_ENGLISH_LOOKS = re.compile(
    r"[aiueo][^aiueo]e$|^(?:be|re|de|in)|er|ing$|ee|oo|ea|ie$|io|ia$|^e[^aiueonhk]|dd|bb|gg|rr|zz|ff|cc|v|f(?!u)|je|[cs]he|au|oa|ue$|que|[tnl]te$"
)
# Endings that Japanese words have too; they count when an English list has the word.
_ENGLISH_ENDINGS = re.compile(r"[^aiueoy]e$|[^aiueo]en$|ion$|[^aiueo]on$|ain$|man$|oon$|tion$|oo$|oe$|ie$|y[aeo]n$")


def looks(word: str, listed: bool = False) -> float:
    """How Japanese (positive) or English (negative) the spelling of a word looks that parses as romaji.

    Args:
        word: a word that `parse` can read.
        listed: whether a list of English words has it; its ending then counts too.
    """
    plain = normalize_word(word)
    listed_score = -1.0 * len(_ENGLISH_ENDINGS.findall(plain)) if listed and len(plain) > 3 else 0.0
    score = listed_score + 0.6 * len(_JAPANESE_LOOKS.findall(plain)) - 0.6 * len(_ENGLISH_LOOKS.findall(plain))
    if any(char in _MACRONS for char in word.lower()):
        score += 3.0
    return max(min(score, 2.0), -2.0)
