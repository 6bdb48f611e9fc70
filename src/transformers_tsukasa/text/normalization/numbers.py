# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How numbers are spoken: integers of any size, digits one by one, and counters.

The sound changes follow NHK's accent dictionary (2016, appendix on counters): the last numeral of a number loses its
last mora to ッ before k, s, t, h (イチ + カイ -> イッカイ), and h becomes p or b after it (サン + ホン -> サンボン).
Which numerals do so depends on the counter's class; `data/counters.tsv` gives every
counter its class and the readings that follow no rule (一人, 二十日, 四月).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ..tables import rows


DIGIT_KANA = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
# As in phone numbers and after the decimal point of long numbers: two morae each keep the rhythm.
SPELLED_DIGIT_KANA = ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュウ")
DIGIT_KANJI = "〇一二三四五六七八九"

# Powers of ten thousand, the classical series of 塵劫記.
MYRIADS = (
    ("", ""),
    ("万", "マン"),
    ("億", "オク"),
    ("兆", "チョウ"),
    ("京", "ケイ"),
    ("垓", "ガイ"),
    ("秭", "ジョ"),
    ("穣", "ジョウ"),
    ("溝", "コウ"),
    ("澗", "カン"),
    ("正", "セイ"),
    ("載", "サイ"),
    ("極", "ゴク"),
    ("恒河沙", "ゴウガシャ"),
    ("阿僧祇", "アソウギ"),
    ("那由他", "ナユタ"),
    ("不可思議", "フカシギ"),
    ("無量大数", "ムリョウタイスウ"),
)
MAX_DIGITS = 4 * len(MYRIADS)
# Sound changes of the numeral before a myriad, where it is spoken with one (十兆 ジュッチョウ, 百京 ヒャッケイ).
_MYRIAD_CLASS = {"兆": "t", "京": "k", "溝": "k", "澗": "k", "正": "s1", "載": "s1"}

_HUNDREDS = ("ヒャク", "ビャク", "ピャク")
_SHORT_FORMS = {
    "イチ": "イッ",
    "ロク": "ロッ",
    "ハチ": "ハッ",
    "ジュウ": "ジュッ",
    "ヒャク": "ヒャッ",
    "ビャク": "ビャッ",
    "ピャク": "ピャッ",
}
# Which last numerals take their short form, by class of the counter.
_SHORTENED = {
    "-": frozenset(),
    "k": frozenset({"イチ", "ロク", "ハチ", "ジュウ", *_HUNDREDS}),
    "s": frozenset({"イチ", "ハチ", "ジュウ"}),
    "s1": frozenset({"イチ", "ハチ", "ジュウ"}),
    "t": frozenset({"イチ", "ハチ", "ジュウ"}),
    "h": frozenset({"イチ", "ロク", "ハチ", "ジュウ", *_HUNDREDS}),
    "hp": frozenset({"イチ", "ロク", "ハチ", "ジュウ", *_HUNDREDS}),
    "h3p": frozenset({"イチ", "ロク", "ハチ", "ジュウ", *_HUNDREDS}),
    "hako": frozenset({"ロク", "ハチ", "ジュウ", *_HUNDREDS}),
    "kilo": frozenset({"ロク", "ジュウ", *_HUNDREDS}),
    "loan": frozenset({"ジュウ"}),
}
_TO_P = str.maketrans("ハヒフヘホ", "パピプペポ")
_TO_B = str.maketrans("ハヒフヘホ", "バビブベボ")


@dataclass(frozen=True)
class Counter:
    """A counter: its reading, its class of sound change, and readings of single numbers that follow no rule."""

    writing: str
    kana: str
    sound_class: str
    exact: dict[str, tuple[str, ...]]  # "20" -> (ハタチ, ニジュッサイ)
    by_last_digit: dict[str, str]  # "4" -> ヨニン
    own: bool  # the dictionary of the analysis misreads it


@lru_cache(maxsize=1)
def counters() -> dict[str, Counter]:
    """Every counter of `data/counters.tsv`, by its writing."""
    table: dict[str, Counter] = {}
    for writings, kana, sound_class, reader, own_readings in rows("counters.tsv", 5):
        exact: dict[str, tuple[str, ...]] = {}
        by_last_digit: dict[str, str] = {}
        for rule in own_readings.split():
            number, _, readings = rule.partition("=")
            if number.startswith("*"):
                by_last_digit[number[1:]] = readings
            else:
                exact[number] = tuple(readings.split("|"))
        for writing in writings.split("|"):
            table[writing] = Counter(writing, kana, sound_class, exact, by_last_digit, reader == "own")
    return table


COUNTER_PATTERN = "|".join(sorted(map(re.escape, counters()), key=len, reverse=True))
"""Matches any counter, the longest first."""


def integer_parts(digits: str) -> list[str]:
    """The numerals of an integer in katakana, in order: "3600" -> ["サン", "ゼン", "ロッ", "ピャク"].

    Args:
        digits: ASCII digits without sign or separators. More than `MAX_DIGITS` are read one by one.
    """
    digits = digits.lstrip("0") or "0"
    if digits == "0":
        return ["ゼロ"]
    if len(digits) > MAX_DIGITS:
        return [SPELLED_DIGIT_KANA[int(digit)] for digit in digits]
    parts: list[str] = []
    groups = (len(digits) + 3) // 4
    for group in range(groups - 1, -1, -1):
        end = len(digits) - 4 * group
        four = digits[max(end - 4, 0) : end].lstrip("0")
        if not four:
            continue
        kanji, kana = MYRIADS[group]
        spoken = _four_digits(four, before_myriad=group > 0)
        if group:
            spoken[-1] = _shorten(spoken[-1], _MYRIAD_CLASS.get(kanji, "-"))
            spoken.append(kana)
        parts += spoken
    return parts


def _four_digits(digits: str, before_myriad: bool) -> list[str]:
    parts: list[str] = []
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            continue
        if place == 3:
            parts += {
                "1": ["イッ", "セン"] if before_myriad else ["セン"],
                "3": ["サン", "ゼン"],
                "8": ["ハッ", "セン"],
            }.get(digit, [DIGIT_KANA[int(digit)], "セン"])
        elif place == 2:
            parts += {"1": ["ヒャク"], "3": ["サン", "ビャク"], "6": ["ロッ", "ピャク"], "8": ["ハッ", "ピャク"]}.get(
                digit, [DIGIT_KANA[int(digit)], "ヒャク"]
            )
        elif place == 1:
            parts += ["ジュウ"] if digit == "1" else [DIGIT_KANA[int(digit)], "ジュウ"]
        else:
            parts.append(DIGIT_KANA[int(digit)])
    if before_myriad and parts == ["イッ", "セン"]:
        return parts
    return ["セン", *parts[2:]] if parts[:2] == ["イッ", "セン"] else parts


def _shorten(numeral: str, sound_class: str) -> str:
    return _SHORT_FORMS[numeral] if numeral in _SHORTENED[sound_class] else numeral


def integer_kana(digits: str) -> str:
    """An integer in katakana: "12345" -> イチマンニセンサンビャクヨンジュウゴ."""
    return "".join(integer_parts(digits))


def digits_kana(digits: str) -> str:
    """Digits one by one, as in phone numbers: "120" -> イチニーゼロ."""
    return "".join(SPELLED_DIGIT_KANA[int(digit)] for digit in digits if digit.isdigit())


def join_counter(parts: list[str], counter: Counter, digits: str | None = None) -> tuple[str, ...]:
    """A number and its counter in katakana, with sound changes; first choice first.

    Args:
        parts: the numerals, as `integer_parts` gives them.
        counter: the counter.
        digits: the integer in ASCII digits when it is one; it selects the counter's own readings.
    """
    if digits in counter.exact:
        return counter.exact[digits]
    last = parts[-1]
    if digits is not None:
        digit = digits[-1]
        if digit in counter.by_last_digit and last == DIGIT_KANA[int(digit)]:
            return ("".join(parts[:-1]) + counter.by_last_digit[digit],)
    short = _shorten(last, counter.sound_class)
    return ("".join(parts[:-1]) + short + _changed(counter, last, short),)


def _changed(counter: Counter, last: str, short: str) -> str:
    """The counter's reading after the numeral `last`: h -> p after ッ, h -> b or p after ン."""
    kana = counter.kana
    if counter.sound_class not in ("h", "hp", "h3p", "hako"):
        return kana
    if short != last:
        return kana[0].translate(_TO_P) + kana[1:]
    if last in ("サン", "ナン"):
        to_p = counter.sound_class in ("hp", "hako") or (counter.sound_class == "h3p")
        return kana[0].translate(_TO_P if to_p else _TO_B) + kana[1:]
    if last == "ヨン" and counter.sound_class == "hp":
        return kana[0].translate(_TO_P) + kana[1:]
    if last in ("セン", "ゼン", "マン"):
        return kana[0].translate(_TO_B if counter.sound_class == "h" else _TO_P) + kana[1:]
    return kana
