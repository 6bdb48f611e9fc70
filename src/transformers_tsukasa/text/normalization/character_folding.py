# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Folding of characters: width, kana marks, iteration marks, compatibility forms, invisible characters.

`fold` rewrites characters one by one into the forms that the other rules expect, and keeps for every resulting
character its place in the original text. It is not NFKC: that would turn `…` into three full stops, `3½` into
`31⁄2`, `①②` into twelve, `ﾟ` into a stray combining mark and `ª` into `a`.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from ..tables import lines
from ..types import PlacedText


# Text made only of these needs no folding at all.
_PLAIN = re.compile(r"[ぁ-ゖァ-ヺー一-鿿々、。！？「」『』…・ 〜～!?,.0-9A-Za-z\-:/%()（）]*")

_HALFWIDTH_KANA = dict(
    zip(
        "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ",
        "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン",
        strict=True,
    )
)
_VOICED_MARKS = "\u3099\u309b\uff9e"  # combining, spacing, half-width
_SEMIVOICED_MARKS = "\u309a\u309c\uff9f"
_OWN_FORMS = {
    "￥": "¥",
    "￡": "£",
    "￠": "¢",
    "￦": "₩",
    "＼": "＼",  # an arm of a kaomoji; the backslash of a Japanese keyboard is ¥
    "／": "／",
    "！": "！",
    "？": "？",
    "（": "（",
    "）": "）",
    "～": "～",
    "∶": ":",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "\u2011": "-",
    "\u2212": "-",
    "⁄": "/",
    "㈱": "株式会社",
    "㈲": "有限会社",
    "㈳": "社団法人",
    "㈶": "財団法人",
    "㊤": "上",
    "㊥": "中",
    "㊦": "下",
    "№": "No.",
    "℡": "電話",
    "㏍": "株式会社",
    "ℓ": "L",
    "㎘": "kL",
    "㎖": "mL",
    "㎗": "dL",
    "Å": "Å",
}
_ROMAN_NUMERALS = {chr(0x2160 + index): str(index + 1) for index in range(12)}
_ROMAN_NUMERALS |= {chr(0x2170 + index): str(index + 1) for index in range(12)}
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
_WITHOUT_WIDTH = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_OTHER_WIDTHS = re.compile(rf"[\u3000\uff01-\uffee{_VOICED_MARKS}{_SEMIVOICED_MARKS}]|{_WITHOUT_WIDTH.pattern}")
_THIN_SPACES = "\u2007\u2009\u202f"
_THREE_DIGITS = re.compile(r"\d{3}(?!\d)")
_REPEAT_KANA = "ゝゞヽヾ"
# Inside a word (す～ごい, ラ〜メン) a wave is ー; between two words in katakana it is a range (パリ～ロンドン).
_KATAKANA = "ァ-ヺｦ-ﾟ"
_LONG_WAVE = re.compile(
    rf"(?<=[ぁ-ゖ])[〜～~]{{1,8}}(?=[ぁ-ゖ{_KATAKANA}])"
    rf"|(?<=[ー{_KATAKANA}])[〜～~]{{1,8}}(?=[ぁ-ゖ]|[{_KATAKANA}](?![ー{_KATAKANA}]))"
    rf"|(?<![ー{_KATAKANA}][ー{_KATAKANA}])(?<=[ー{_KATAKANA}])[〜～~]{{1,8}}(?=[{_KATAKANA}])"
)
_REPEAT_TWO = re.compile("[\u3031\u3032]|[\u3033\u3034]\u3035|／＼|／″＼|／゛＼")


def is_unknown_writing(char: str) -> bool:
    """Whether a character without a meaning of its own stands for writing that the reader of a text would miss.

    A private character (Japanese 外字), one that a decoder could not read, or a kanji newer than Python's tables.
    """
    code = ord(char)
    return unicodedata.category(char) == "Co" or char == "\ufffd" or 0x20000 <= code <= 0x3FFFD


def is_writing(char: str) -> bool:
    """Whether the reader of a text would miss the character where it is not spoken: no mark, picture or emoji."""
    plain = char if ord(char) >= 0x1F000 else unicodedata.normalize("NFKC", char)[:1]
    category = unicodedata.category(plain)
    return category[0] in "LN" or category in ("Mc", "Sc") or is_unknown_writing(char)


def fold(text: str) -> PlacedText:
    """Fold `text`; characters that cannot be spoken (controls, zero width, variation selectors) disappear."""
    text = _with_modern_kanji(text)
    if _PLAIN.fullmatch(text) and "々々" not in text and _LONG_WAVE.search(text) is None:
        return PlacedText.unchanged(text)
    return _fold_each(text, _fold_at)


def fold_widths(text: str) -> PlacedText:
    """`text` with full and half width made one and every kana one character (ｶﾞ is ガ), for comparing two writings.

    Characters without a width (zero width, variation selectors) disappear; nothing else changes, so that words that
    `fold` makes alike (Ⅱ and 2) stay two.
    """
    if _OTHER_WIDTHS.search(text) is None:
        return PlacedText.unchanged(text)
    return _fold_each(text, _fold_width_at)


def _fold_each(text: str, fold_at: "Callable[[str, int, list[str]], tuple[str | None, int]]") -> PlacedText:
    """`text` folded from left to right by `fold_at`, which has the form and meaning of `_fold_at`."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    while position < len(text):
        produced, consumed = fold_at(text, position, out)
        if produced is None:  # a mark that went into the character before
            if out:
                ends[-1] = position + consumed
        else:
            out += produced
            starts += [position] * len(produced)
            ends += [position + consumed] * len(produced)
        position += consumed
    return PlacedText("".join(out), starts, ends)


def _fold_width_at(text: str, position: int, out: list[str]) -> tuple[str | None, int]:
    """The character at `position` in its usual width, and its length in the text."""
    char = text[position]
    if char in _VOICED_MARKS or char in _SEMIVOICED_MARKS:
        marked = _add_mark(out[-1], voiced=char in _VOICED_MARKS) if out else ""
        if not out or marked == out[-1]:
            return char, 1
        out[-1] = marked
        return None, 1
    if _WITHOUT_WIDTH.match(char):
        return None, 1
    usual = unicodedata.normalize("NFKC", char) if char == "\u3000" or "\uff01" <= char <= "\uffee" else char
    return (usual if len(usual) == 1 else char), 1


@lru_cache(maxsize=1)
def _kanji_variants() -> tuple[re.Pattern[str], dict[int, str]]:
    pairs = [pair for line in lines("kanji_variants.txt") for pair in line.split()]
    table = {ord(pair[0]): pair[1] for pair in pairs}
    return re.compile("[" + "".join(map(chr, table)) + "]"), table


def _with_modern_kanji(text: str) -> str:
    """Old and simplified Chinese forms of kanji as the dictionary has them, one for one: 圖 -> 図, 习 -> 習."""
    pattern, table = _kanji_variants()
    return text.translate(table) if pattern.search(text) else text


def _fold_at(text: str, position: int, out: list[str]) -> tuple[str | None, int]:
    """The folded form of the character at `position`, and its length in the text; `out` is the result so far."""
    char = text[position]
    if char in _VOICED_MARKS or char in _SEMIVOICED_MARKS:
        if out:
            out[-1] = _add_mark(out[-1], voiced=char in _VOICED_MARKS)
        return None, 1
    if char in _REPEAT_KANA:
        return _repeat_one(char, out), 1
    if char in "\u3031\u3032\u3033\u3034／" and (match := _REPEAT_TWO.match(text, position)):
        voiced = match.group()[0] in "\u3032\u3034" or len(match.group()) == 3
        repeated = _repeat_two(out, voiced)
        if repeated or char != "／":
            return repeated, len(match.group())
    if (
        char == "々"
        and text.startswith("々", position + 1)
        and len(out) > 1
        and _is_kanji(out[-1])
        and _is_kanji(out[-2])
    ):
        return out[-2] + out[-1], 2  # 部分々々
    if char in "〜～~" and (wave := _LONG_WAVE.match(text, position)):
        return "ー", len(wave.group())
    if char in "＝゠" and _is_kana_at(text, position - 1) and _is_kana_at(text, position + 1):
        return "・", 1  # ジャン＝リュック
    if char in _THIN_SPACES and _is_digit_at(text, position - 1) and _THREE_DIGITS.match(text, position + 1):
        return ",", 1  # 1 500 000 as printers set it
    if char in "，．" and not (_is_digit_at(text, position - 1) and _is_digit_at(text, position + 1)):
        return char, 1
    return _fold_char(char), 1


def _is_kana_at(text: str, position: int) -> bool:
    return 0 <= position < len(text) and (_is_kana(text[position]) or text[position] == "ー")


def _is_digit_at(text: str, position: int) -> bool:
    return 0 <= position < len(text) and text[position].isdecimal()


def _add_mark(kana: str, voiced: bool) -> str:
    composed = unicodedata.normalize("NFC", kana + ("\u3099" if voiced else "\u309a"))
    return composed if len(composed) == 1 else kana


def _is_kana(char: str) -> bool:
    return "ぁ" <= char <= "ヺ"


def _is_kanji(char: str) -> bool:
    return "一" <= char <= "鿿"


def _repeat_one(mark: str, out: list[str]) -> str:
    """ゝ ヽ repeat the kana before without its voicing, ゞ ヾ with it: こゝろ, いすゞ."""
    if not out or not _is_kana(out[-1]):
        return ""
    plain = unicodedata.normalize("NFD", out[-1])[0]
    return _add_mark(plain, voiced=True) if mark in "ゞヾ" else plain


def _repeat_two(out: list[str], voiced: bool) -> str:
    """〳〵 repeats the word before, here its last two kana: いろ〳〵; 〴〵 with voicing: しみ〴〵."""
    pair = out[-2:]
    if len(pair) < 2 or not all(map(_is_kana, pair)):
        return ""
    first = _add_mark(unicodedata.normalize("NFD", pair[0])[0], voiced=True) if voiced else pair[0]
    return first + pair[1]


@lru_cache(maxsize=8192)
def _fold_char(char: str) -> str:
    if char in _HALFWIDTH_KANA:
        return _HALFWIDTH_KANA[char]
    if char in _OWN_FORMS:
        return _OWN_FORMS[char]
    if char in _ROMAN_NUMERALS:
        return _ROMAN_NUMERALS[char]
    code = ord(char)
    category = unicodedata.category(char)
    if char in "\t\n\r\x0b\x0c\x85" or category in ("Zs", "Zl", "Zp"):
        return " " if char != "\n" else "\n"
    if category in _DROPPED_CATEGORIES and not is_unknown_writing(char):
        return ""
    # full-width ASCII, squared words and units (㌔ ㎞ ㍻), letters of mathematics, ligatures, compatibility kanji
    if 0xFF01 <= code <= 0xFF5E or 0x3300 <= code <= 0x33FF or 0x1D400 <= code <= 0x1D7FF or 0xFB00 <= code <= 0xFB06:
        return unicodedata.normalize("NFKC", char).replace("⁄", "/").replace("∕", "/")
    if 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F or 0x2E80 <= code <= 0x2FDF:
        return unicodedata.normalize("NFKC", char)
    if code >= 0x0660 and category == "Nd":  # digits of other scripts
        return str(unicodedata.digit(char))
    if 0x24B6 <= code <= 0x24E9 or 0x1F130 <= code <= 0x1F149:  # letters in circles and squares
        return unicodedata.normalize("NFKC", char)
    return char
