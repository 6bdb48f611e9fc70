# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Numbers in a text that is English from beginning to end: "I have 3 cats in 2024" is read in English."""

import re
from functools import lru_cache

from ..types import Piece
from . import romaji
from .english import DIGIT_NAMES, is_word
from .rules import rewritten


_TEENS = (
    *("テン", "イレブン", "トゥエルブ", "サーティーン", "フォーティーン", "フィフティーン", "シックスティーン"),
    *("セブンティーン", "エイティーン", "ナインティーン"),
)
_TENS = (
    "",
    "",
    "トゥエンティ",
    "サーティ",
    "フォーティ",
    "フィフティ",
    "シックスティ",
    "セブンティ",
    "エイティ",
    "ナインティ",
)
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_JAPANESE = re.compile("[ぁ-ヿ一-鿿]")
_WORD = re.compile("[A-Za-z']{2,}")
_MAX_DIGITS = 9


def read_number(text: str, position: int) -> list[Piece] | None:
    """Reads an integer at `position`; None where the text is not English or the number has another form."""
    match = _NUMBER.match(text, position)
    if match is None or not _is_english(text):
        return None
    around = text[position - 1 : position] + text[match.end() : match.end() + 1]
    digits = match.group().replace(",", "")
    if re.search(r"[A-Za-z\d.:/%$¥€£+-]", around.rstrip(".")) or digits[0] == "0" or len(digits) > _MAX_DIGITS:
        return None
    if text[match.end() : match.end() + 2][1:].isdigit() and text[match.end()] == ".":
        return None
    kana = _year(int(digits)) if match.group() == digits and 1100 <= int(digits) <= 2099 else _number(int(digits))
    return [rewritten(len(match.group()), kana, "english", kana, "number in an English text", accent=1)]


@lru_cache(maxsize=8)  # every number of a text asks
def _is_english(text: str) -> bool:
    """Whether a text has no Japanese letters and two or more words, nearly all English, one of them not romaji."""
    words = _WORD.findall(text)
    if len(words) < 2 or _JAPANESE.search(text):
        return False
    known = [word for word in words if is_word(word)]
    return len(known) > 0.7 * len(words) and any(romaji.parse(word) is None for word in known)


def _year(value: int) -> str:
    if value % 1000 < 10 or value // 100 == 20 and value % 100 < 10:
        return _number(value)
    rest = _number(value % 100) if value % 100 else "ハンドレッド"
    return _number(value // 100) + ("オー" if 0 < value % 100 < 10 else "") + rest


def _number(value: int) -> str:
    for size, name in ((1_000_000, "ミリオン"), (1000, "サウザンド"), (100, "ハンドレッド")):
        if value >= size:
            rest = value % size
            return _number(value // size) + name + (_number(rest) if rest else "")
    if value >= 20:
        return _TENS[value // 10] + (DIGIT_NAMES[value % 10] if value % 10 else "")
    return _TEENS[value - 10] if value >= 10 else DIGIT_NAMES[value]
