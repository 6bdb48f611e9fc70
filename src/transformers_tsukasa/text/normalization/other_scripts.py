# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Letters of other scripts: Greek and Cyrillic are read, the rest is left out with a note."""

import re
import unicodedata

from ..types import Piece
from .romaji import SYLLABLES
from .rules import rewritten


_GREEK_NAMES = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        [
            "アルファ",
            "ベータ",
            "ガンマ",
            "デルタ",
            "イプシロン",
            "ゼータ",
            "イータ",
            "シータ",
            "イオタ",
            "カッパ",
            "ラムダ",
            "ミュー",
            "ニュー",
            "クサイ",
            "オミクロン",
            "パイ",
            "ロー",
            "シグマ",
            "タウ",
            "ウプシロン",
            "ファイ",
            "カイ",
            "プサイ",
            "オメガ",
        ],
        strict=True,
    )
)
_CYRILLIC_NAMES = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "アー",
            "ベー",
            "ヴェー",
            "ゲー",
            "デー",
            "イェー",
            "ヨー",
            "ジェー",
            "ゼー",
            "イー",
            "イークラトコエ",
            "カー",
            "エル",
            "エム",
            "エン",
            "オー",
            "ペー",
            "エル",
            "エス",
            "テー",
            "ウー",
            "エフ",
            "ハー",
            "ツェー",
            "チェー",
            "シャー",
            "シシャー",
            "カタイズナーク",
            "ウィ",
            "ミャーヒキズナーク",
            "エー",
            "ユー",
            "ヤー",
        ],
        strict=True,
    )
)
# Romaji of each letter; the syllables are then those of `romaji`.
_GREEK_LETTERS = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψως",
        "a v g d e z i s i k r m n ks o p r s t i f h ps o s".split(),  # noqa: SIM905
        strict=True,
    )
)
_CYRILLIC_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo j z i i k r m n o p r s t u f h ts ch sh sh - i - e yu ya".split(),  # noqa: SIM905
        strict=True,
    )
)
_LETTER = re.compile(r"[^\W\d_]")


def read_letter(text: str, position: int) -> list[Piece] | None:
    """Greek and Cyrillic letters by name, words of them by sound; other scripts are left out with a note."""
    if _LETTER.match(text, position) is None:
        return None
    char = text[position]
    script = unicodedata.name(char, "").split(" ", 1)[0]
    if script in ("GREEK", "CYRILLIC"):
        word = _same_script(text, position, script)
        names, letters = (_GREEK_NAMES, _GREEK_LETTERS) if script == "GREEK" else (_CYRILLIC_NAMES, _CYRILLIC_LETTERS)
        plain = "".join(_base_letter(letter) for letter in word.lower())
        if len(word) == 1 and plain in names:
            return [rewritten(len(word), names[plain], "symbol", names[plain], f"name of the letter {word}")]
        kana = _transliterate(plain, letters)
        if kana:
            return [rewritten(len(word), kana, "symbol", kana, f"{script.title()} letters by sound")]
    if script in ("CJK", "HIRAGANA", "KATAKANA", "LATIN", "IDEOGRAPHIC", "KANGXI"):
        return None
    length = _unread_length(text, position, script)
    return [rewritten(length, "", "symbol", note=f"no reading for {script.title()} letters")]


def _unread_length(text: str, position: int, script: str) -> int:
    """The length of a word in a script that is not read; its vowel signs may be marks, as in हिन्दी."""
    end = position + 1
    while end < len(text) and (
        (text[end].isalpha() and unicodedata.name(text[end], "").startswith(script))
        or unicodedata.category(text[end]).startswith("M")
    ):
        end += 1
    return end - position


def _same_script(text: str, position: int, script: str) -> str:
    """The letters of a script from `position` on."""
    end = position
    while _LETTER.match(text, end) and unicodedata.name(text[end], "").startswith(script):
        end += 1
    return text[position:end]


def _base_letter(letter: str) -> str:
    if letter in ("й", "ё"):
        return letter
    return unicodedata.normalize("NFD", letter)[0]


_FILL = {
    "t": "ト",
    "d": "ド",
    "k": "ク",
    "g": "グ",
    "s": "ス",
    "z": "ズ",
    "p": "プ",
    "b": "ブ",
    "f": "フ",
    "v": "ヴ",
    "m": "ム",
    "r": "ル",
    "h": "フ",
}
_FILL |= {"n": "ン", "ts": "ツ", "ch": "チ", "sh": "シ", "j": "ジ", "ks": "クス", "ps": "プス"}


def _transliterate(word: str, letters: dict[str, str]) -> str:
    single = re.sub(r"(\w)\1", r"\1", word)
    sounds = [sound for letter in single if (sound := letters.get(letter)) and sound != "-"]
    kana: list[str] = []
    index = 0
    while index < len(sounds):
        sound = sounds[index]
        following = sounds[index + 1] if index + 1 < len(sounds) else ""
        if sound[-1] in "aiueo":
            kana.append(SYLLABLES.get(sound, ""))
        elif following and following[0] in "aiueoy" and sound not in ("ks", "ps"):
            kana.append(SYLLABLES.get(sound + following) or _FILL[sound] + SYLLABLES.get(following, ""))
            index += 1
        else:
            kana.append(_FILL[sound])
        index += 1
    return "".join(kana)
