# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Several numbers in a row: phone numbers and codes, street addresses, scores, ranges, neighbours ("two or three")."""

import re

from ..types import Piece
from . import numbers
from .numbers_and_units import UNIT_PATTERN, plain_number, spelled_number
from .rules import Rule, after, before, rewritten


_HYPHEN = "[-‐‑–−ー－]"
_PHONE = re.compile(
    rf"(?:(?=(?:\d ?){{10,11}}(?! ?\d))0\d{{1,3}} \d{{2,4}} \d{{3,4}}|\d{{4}}(?: \d{{4}}){{3}}"
    rf"|(?=\+(?:\d ?){{10,14}}(?!\d))\+\d{{1,3}}(?: \d{{1,4}}){{2,4}}|\+\d{{1,3}}(?:{_HYPHEN}\d{{1,4}}){{2,4}}"
    rf"|0\d{{1,4}}{_HYPHEN}\d{{1,4}}{_HYPHEN}\d{{3,4}}|0\d{{2}}{_HYPHEN}?\d{{4}}{_HYPHEN}?\d{{4}}"
    rf"|\d{{4}}(?:{_HYPHEN}\d{{4}}){{2,3}}|\d{{3}}{_HYPHEN}\d{{4}})(?!{_HYPHEN}?\d)"
)
_PHONE_BRACKETS = re.compile(r"(0\d{1,4})\((\d{1,4})\)(\d{4})(?!\d)")
_ADDRESS = re.compile(rf"\d{{1,4}}(?:{_HYPHEN}\d{{1,4}}){{1,3}}(?!{_HYPHEN}?\d)")
_SCORE = re.compile(rf"(\d{{1,3}})( ?{_HYPHEN} ?)(\d{{1,3}})(?! ?{_HYPHEN} ?\d|\d)")
_SCORE_AFTER = re.compile(
    r" ?(?:で|の|と)?(?:勝|負|敗|終|下し|破|引き分|リード|逆転|快勝|大勝|辛勝|完敗|完封|スコア|ドロー|折り返)"
)
_SCORE_BEFORE = re.compile(r"(?:試合|スコア|得点|結果|前半|後半|戦)[はがをで、 ]{0,2}$")
_COUNTER_AFTER = re.compile(rf"(?:{numbers.COUNTER_PATTERN})")
_NEIGHBOURS = re.compile(rf"([1-8])[,、，]([2-9])({numbers.COUNTER_PATTERN})")
_NEIGHBOUR_KANA = {("4", "5"): "シ", ("7", "8"): "シチ"}
_RANGE_BEFORE = re.compile(
    r"(?:[0-9a-zA-Z%℃°万億千百十]|[年月日時分秒円人個本回歳才度階号点位頁話章番室台代枚冊週]|キロ|メートル|ページ)[)）]?$"
)


def read_phone(text: str, position: int) -> list[Piece] | None:
    """090-1234-5678, +81-3-1234-5678, 100-0001: a phone number or another code in groups."""
    match = _PHONE.match(text, position) or _PHONE_BRACKETS.match(text, position)
    if match is None or (position and text[position - 1].isdigit()):
        return None
    if match.group()[0] == "+":
        return [
            rewritten(1, "プラス", "symbol", "プラス", "country code"),
            *_spelled_groups(match.group()[1:], "phone number: digit by digit"),
        ]
    return _spelled_groups(match.group(), "phone number or code: digit by digit")


def _spelled_groups(written: str, note: str) -> list[Piece]:
    """Groups of digits, each digit by itself, with pauses between the groups."""
    return [
        rewritten(len(group), group, kana=numbers.digits_kana(group), note=note, accent=1)
        if group.isdigit()
        else rewritten(len(group), "、", "symbol")
        for group in re.findall(r"\d+|\D+", written)
    ]


def _comma_neighbours(text: str, position: int) -> list[Piece] | None:
    """2,3本: two neighbouring numbers, not a thousands separator."""
    match = _NEIGHBOURS.match(text, position)
    if match is None or int(match[2]) != int(match[1]) + 1 or (position and text[position - 1].isdigit()):
        return None
    return _neighbours(match[1], match[2], match[3], 3)


def _neighbours(left: str, right: str, writing: str, written: int) -> list[Piece]:
    """Two neighbouring numbers of `written` characters and their counter: 三、四人."""
    counter = numbers.counters()[writing]
    first = _NEIGHBOUR_KANA.get((left, right), numbers.DIGIT_KANA[int(left)])
    last = numbers.DIGIT_KANA[int(right)]
    if writing.startswith("日"):
        second = last + counter.kana
    else:
        has_own_reading = right in counter.exact or writing in ("人", "年", "時間")
        second = numbers.join_counter([last], counter, right if has_own_reading else None)[0]
    text = numbers.DIGIT_KANJI[int(left)] + "、" + numbers.DIGIT_KANJI[int(right)] + writing
    return [rewritten(written + len(writing), text, kana=first + second, note="two neighbouring numbers")]


def _score_or_range(text: str, position: int) -> list[Piece] | None:
    """Two numbers with a hyphen: 3-2で勝った, 10-20人, 3-4人, 5-3=2; otherwise a street address."""
    match = _SCORE.match(text, position)
    if match is None or (position and text[position - 1] in "-‐–−"):
        return _address(text, position)
    left, hyphen, right = match.groups()
    if "=" in text[match.end() : match.end() + 3]:
        return [
            plain_number(left),
            rewritten(len(hyphen), "ひく", "symbol", "ヒク", "subtraction", ("マイナス",), 0),
            plain_number(right),
        ]
    if _SCORE_AFTER.match(text, match.end()) or _SCORE_BEFORE.search(before(text, position)):
        return [
            plain_number(left, "score"),
            rewritten(len(hyphen), "対", "number", "タイ", "score", accent=1),
            plain_number(right, "score"),
        ]
    if " " in hyphen:
        return None
    counter = _COUNTER_AFTER.match(text, match.end())
    if counter is None and not re.match("[%％]|" + UNIT_PATTERN, after(text, match.end())):
        return _address(text, position)
    if counter and len(left) == len(right) == 1 and int(right) == int(left) + 1:
        return _neighbours(left, right, counter.group(), len(match.group()))
    return [plain_number(left, "range"), rewritten(1, "から", note="range")]


def _address(text: str, position: int) -> list[Piece] | None:
    """1-2-3 as in an address: イチ ノ ニ ノ サン."""
    match = _ADDRESS.match(text, position)
    if match is None or (position and text[position - 1] in "-‐–−"):
        return None
    note = "number of an address or code"
    pieces: list[Piece] = []
    for figure in re.findall(r"\d+|\D", match.group()):
        if figure.isdigit():
            leading_zero = len(figure) > 1 and figure[0] == "0"
            pieces.append(spelled_number(figure) if leading_zero else plain_number(figure, note))
        else:
            pieces.append(rewritten(1, "の", note=note))
    return pieces


def read_range(text: str, position: int) -> list[Piece] | None:
    """The wave or hyphen between two quantities (10〜20人, 8:00-17:00); the position is that of the sign."""
    left, right = before(text, position), after(text, position + 1)
    if text[position] == "-":
        between_times = re.search(r"\d:\d\d$", left) and re.match(r"\d+:\d\d", right)
        return [rewritten(1, "から", note="range")] if between_times else None
    places = re.search(r"[一-鿿]$", left) and re.match(r"[一-鿿]", right)
    letters = re.search(r"(?<![A-Za-z])[A-Z]$", left) and re.match(r"[A-Z](?![A-Za-z])", right)
    if places or letters or (re.match(r"[¥$€]?\d", right) and _RANGE_BEFORE.search(left)):
        return [rewritten(1, "から", note="range")]
    return None


RULES: tuple[Rule, ...] = (_comma_neighbours, _score_or_range)
"""The rules for a place where a digit stands; `read_phone` comes before all others."""
