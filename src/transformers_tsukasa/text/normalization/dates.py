# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Dates and times, and the ratios and fractions that are written like them."""

import re

from ..types import Piece
from . import numbers
from .numbers_and_units import plain_number
from .rules import Rule, before, rewritten


_DATE = re.compile(r"(\d{4})([/.\-‐–−])(\d{1,2})\2(\d{1,2})(?![\d/.\-]\d|\d)")
_YEAR_MONTH = re.compile(r"((?:19|20)\d{2})/(\d{1,2})(?![\d/])")
_MONTH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})(?![\d/.%])")
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?:\.(\d{1,3}))?(?![\d:：])")
_RATIO = re.compile(r"(\d+(?:\.\d+)?)[:：対](\d+(?:\.\d+)?)((?:[:：対]\d+(?:\.\d+)?){0,20})(?![\d:：])")
_RATIO_WORDS = re.compile(r" ?(?:の割合|の比|で割|に薄め|で混ぜ|で希釈|のスコア|で(?:勝|負|敗|引|終|折))")
_RECORD_BEFORE = re.compile(r"(?:タイム|記録|ラップ)[はが]?$")
_DATE_AFTER = re.compile(r" ?(?:[(（][月火水木金土日祝]|付|発売|発表|開催|開始|締切|必着|時点|現在|\d{1,2}[:：時])")
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FRACTION_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 32, 60, 64, 100, 128, 256, 1000})
_FRACTION = re.compile(r"(\d+)[/⁄∕](\d+)(?![\d/.])")
_ERA = re.compile(r"([RHSTM])(\d{1,2})[./](\d{1,2})[./](\d{1,2})(?![\d.])")
_ERA_YEAR = re.compile(r"([RHSTM])(\d{1,2})(?=年(?!生|前|後|目))")
_ERA_NAMES = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}
_OPEN_YEAR = re.compile(r"(\d{2})([XxＸ]{2})(?=年)|(\d{3})([XxＸ])(?=年)")
_HALF_DAY = re.compile(r"(\d{1,2}) ?([aApP])\.?[mM](?![A-Za-z])\.?")


def _half_day(text: str, position: int) -> list[Piece] | None:
    """10am, 9 pm."""
    match = _HALF_DAY.match(text, position)
    if match is None:
        return None
    kana = {"a": "エーエム", "p": "ピーエム"}[match[2].lower()]
    rest = len(match.group()) - len(match[1])
    return [rewritten(len(match[1]), match[1], note="time"), rewritten(rest, kana, "acronym", kana, "time", accent=3)]


def _open_year(text: str, position: int) -> list[Piece] | None:
    """20XX年: a year that is left open."""
    match = _OPEN_YEAR.match(text, position)
    if match is None or re.search("[A-Za-z0-9]$", before(text, position)):
        return None
    digits = (match[1] or match[3]).ljust(4, "0")
    kana = numbers.integer_kana(digits) + "エックス" * len(match[2] or match[4])
    return [rewritten(4, match.group(), kana=kana, note="year left open")]


def _date(text: str, position: int) -> list[Piece] | None:
    """2025/11/20, 2025-01-05, 2025/11."""
    if match := _DATE.match(text, position):
        month, day = int(match[3]), int(match[4])
        if _is_day(month, day):
            return [
                rewritten(len(match[1]) + 1, f"{int(match[1])}年", note="date"),
                rewritten(len(match[3]) + 1, f"{month}月", note="date"),
                rewritten(len(match[4]), f"{day}日", note="date"),
            ]
    if (match := _YEAR_MONTH.match(text, position)) and 1 <= int(match[2]) <= 12:
        return [
            rewritten(5, f"{match[1]}年", note="date"),
            rewritten(len(match[2]), f"{int(match[2])}月", note="date"),
        ]
    return None


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _DAYS_IN_MONTH[month - 1]


def _clock_or_ratio(text: str, position: int) -> list[Piece] | None:
    """14:30, a measured time of 9:58.3, a ratio of 2:1."""
    match = _CLOCK.match(text, position)
    if match is None or int(match[1]) > 30 or int(match[2]) >= 60 or _RATIO_WORDS.match(text, match.end()):
        return _ratio(text, position)
    is_measured = match[3] is None and _RECORD_BEFORE.search(before(text, position))
    return _measured_time(match) if is_measured or match[4] is not None else _clock(match)


def _ratio(text: str, position: int) -> list[Piece] | None:
    match = _RATIO.match(text, position)
    if match is None:
        return None
    first, *others = re.findall(r"\d+(?:\.\d+)?", match.group())
    pieces = [plain_number(first, "ratio or score")]
    for figure in others:
        pieces.append(rewritten(1, "対", "number", "タイ", "ratio or score", accent=1))
        pieces.append(plain_number(figure, "ratio or score"))
    return pieces


def _clock(match: re.Match[str]) -> list[Piece]:
    """A time of the day."""
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    pieces = [rewritten(len(match[1]) + 1, f"{hour}時" if hour else "零時", note="time")]
    if minute or second is not None:
        pieces.append(rewritten(len(match[2]), f"{minute}分" if minute else "零分", note="time"))
    else:
        pieces.append(rewritten(len(match[2]), "", note="time: full hour"))
    if second is not None:
        pieces.append(rewritten(1 + len(second), f"{int(second)}秒", note="time"))
    return pieces


def _measured_time(match: re.Match[str]) -> list[Piece]:
    """A time as a stop watch shows it."""
    figures = [group for group in (match[1], match[2], match[3]) if group is not None]
    names = ("時間", "分", "秒")[3 - len(figures) :]
    pieces = [
        rewritten(len(figure) + 1, f"{int(figure)}{name}", note="duration")
        for figure, name in zip(figures, names, strict=True)
    ]
    if match[4] is None:  # no sign follows the last figure
        return [*pieces[:-1], rewritten(len(figures[-1]), pieces[-1].text, note="duration")]
    return [*pieces, rewritten(len(match[4]), match[4], kana=numbers.digits_kana(match[4]), note="duration", accent=1)]


def _month_day_or_fraction(text: str, position: int) -> list[Piece] | None:
    """11/20 as a date, 1/2 as a fraction."""
    match = _MONTH_DAY.match(text, position)
    if match is None:
        return _fraction(text, position)
    month, day = int(match[1]), int(match[2])
    looks_like_fraction = 0 < month < day and day in _FRACTION_DENOMINATORS
    if not _is_day(month, day) or (looks_like_fraction and not _DATE_AFTER.match(text, match.end())):
        return _fraction(text, position)
    alternatives = (numbers.integer_kana(match[2]) + "ブンノ" + numbers.integer_kana(match[1]),)
    return [
        rewritten(len(match[1]) + 1, f"{month}月", note="date (not a usual fraction)", alternatives=alternatives),
        rewritten(len(match[2]), f"{day}日", note="date"),
    ]


def _fraction(text: str, position: int) -> list[Piece] | None:
    match = _FRACTION.match(text, position)
    if match is None or match[2].strip("0") == "" or text[position - 1 : position] == "/":
        return None
    return [rewritten(len(match[1]) + 1 + len(match[2]), f"{match[2]}分の{match[1]}", note="fraction")]


def read_era(text: str, position: int) -> list[Piece] | None:
    """R6.4.1 and R6年: a date in a Japanese era; the position is that of the letter."""
    if (match := _ERA_YEAR.match(text, position)) and not re.search("[A-Za-z0-9]$", before(text, position)):
        return [
            rewritten(1, _ERA_NAMES[match[1]], note="era"),
            rewritten(len(match[2]), str(int(match[2])), note="year of an era"),
        ]
    match = _ERA.match(text, position)
    if match is None or not _is_day(int(match[3]), int(match[4])):
        return None
    year = "元" if match[2] in ("1", "01") else str(int(match[2]))
    return [
        rewritten(1, _ERA_NAMES[match[1]], note="era"),
        rewritten(len(match[2]) + 1, f"{year}年", note="date"),
        rewritten(len(match[3]) + 1, f"{int(match[3])}月", note="date"),
        rewritten(len(match[4]), f"{int(match[4])}日", note="date"),
    ]


RULES: tuple[Rule, ...] = (_half_day, _open_year, _date, _clock_or_ratio, _month_day_or_fraction)
"""The rules for a place where a digit stands."""
