# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Numbers and dates written in kanji that the dictionary of the analysis misreads."""

import re

from ..types import Piece
from . import numbers
from .rules import after, rewritten


# Set phrases that the dictionary cuts into numbers: reading and accent nucleus.
_PHRASES = {
    "三日三晩": ("ミッカミバン", 4),
    "二十四節気": ("ニジュウシセッキ", 5),
    "四十肩": ("シジュウカタ", 0),
    "五十肩": ("ゴジュウカタ", 0),
    "千本桜": ("センボンザクラ", 5),
    "三ヶ日": ("サンガニチ", 3),
    "三が日": ("サンガニチ", 3),
    "四十路": ("ヨソジ", 0),
    "五十路": ("イソジ", 0),
    "富岳三十六景": ("フガクサンジュウロッケイ", 8),
    "百聞は一見に": ("ヒャクブンワイッケンニ", 0),
    "二人前": ("ニニンマエ", 0),
    "2人前": ("ニニンマエ", 0),
    "二人組": ("フタリグミ", 0),
    "2人組": ("フタリグミ", 0),
    "2人3脚": ("ニニンサンキャク", 4),
    "二言三言": ("フタコトミコト", 4),
    "3つ子": ("ミツゴ", 0),
    "4つ葉": ("ヨツバ", 0),
    "二十四の瞳": ("ニジュウシノヒトミ", 5),
}
_DAY_KANA = {"月": "ゲツ", "火": "カ", "水": "スイ", "木": "モク", "金": "キン", "土": "ド", "日": "ニチ"}
_DAY_RUN = "[月火水木金土日](?:[〜～・、,-][月火水木金土日])+"
_DAYS = rf"(?<![一-鿿\d]){_DAY_RUN}(?![一-鿿ぁ-ん]*[一-鿿]?月|[一-鿿])"
_WEEKLY = rf"(?:(?<=毎週)|(?<![一-鿿\d])){_DAY_RUN}(?=曜)"
_DIGIT = "〇一二三四五六七八九"
_DECIMAL = rf"(?<![{_DIGIT}十百千・])[{_DIGIT}十]+・[{_DIGIT}]+(?![{_DIGIT}十百千・])"
_TENTHS = rf"(?<=割)[{_DIGIT[1:]}1-9]分(?:[{_DIGIT[1:]}1-9]厘)?"
_RACE = r"(?<=メートル)走(?![らりるれろっ])"
_POSTAL_CODE = r"(?<=郵便番号)\d{7}(?!\d)"
_ROOM = r"(?<=畳)一間"
_FIRST_DAY = "(?<=[毎今来先翌同前当各]月)一日(?![中目間分おじ一])"
_MINUTES = r"(?<=時)何分|何分(?=で|か|後|前|間|ぐ|く|も|経|た|ご|ほど|待|遅|[?？]|$)"
# Neighbours in a row mean "three or four" before these (三四人); before 月 or 歳 they are one number (一二月).
_FEW = (
    "人|名|日|回|度|歩|本|匹|枚|冊|杯|個|軒|時間|分間|分(?=で|ほど|も|後|前|し)|週間|か月|ヶ月|カ月|頭|羽|台|里|町|丁|尺|寸|間"
    "|階|行|字|言|通|発|滴|粒|着|段|件|曲|年(?=前|後|も|ほど|の間|ぶり|間|は|し|経|た|来)|の|[十百千万]"
)
_NEIGHBOURS = (
    rf"(?<![{_DIGIT}十百千・第中和正成治暦\d])(?:一二|二三|三四|四五|五六|六七|七八|八九)(?:{_FEW})(?![{_DIGIT}十])"
    rf"|(?<=十)(?:一二|二三|三四|四五|五六|六七|七八|八九)(?={numbers.COUNTER_PATTERN})"
)

_OTHERS = (_WEEKLY, _DAYS, _DECIMAL, _TENTHS, _RACE, _ROOM, _POSTAL_CODE, _FIRST_DAY, _MINUTES, _NEIGHBOURS)
PATTERN = "|".join([*_PHRASES, *_OTHERS])
"""Places where `read` may apply."""

_COMPILED = re.compile(PATTERN)


def read(text: str, position: int) -> list[Piece] | None:
    """Reads kanji numerals, or days of the week, at `position`."""
    match = _COMPILED.match(text, position)
    if match is None:
        return None
    written = match.group()
    if written in _PHRASES:
        kana, accent = _PHRASES[written]
        return [rewritten(len(written), written, kana=kana, note="set phrase with a number", accent=accent)]
    if written == "何分":
        return [
            rewritten(2, written, kana="ナンプン", note="minutes, not なにぶん", alternatives=("ナニブン",), accent=1)
        ]
    if written == "一間":
        return [rewritten(2, written, kana="ヒトマ", note="one room", accent=2)]
    if written == "一日":
        return [rewritten(2, written, kana="ツイタチ", note="day of a month", alternatives=("イチニチ",), accent=4)]
    if written == "走":
        return [rewritten(1, written, kana="ソウ", note="race over a distance", accent=1)]
    if len(written) == 7 and written.isascii():
        return [rewritten(7, written, kana=numbers.digits_kana(written), note="postal code: digit by digit", accent=1)]
    if written[:2] in _FIRST_OF_TWO:
        return _neighbours(text, position, written)
    if "分" in written:
        return _tenths(written)
    if written[0] in _DAY_KANA:
        return [_day_part(char) for char in written]
    return _decimal(text, match)


_FIRST_OF_TWO = {
    "一二": "イチ",
    "二三": "ニ",
    "三四": "サン",
    "四五": "シ",
    "五六": "ゴ",
    "六七": "ロク",
    "七八": "シチ",
    "八九": "ハチ",
}


def _neighbours(text: str, position: int, written: str) -> list[Piece]:
    """四五人 is four or five people, 二三百 two or three hundred, 十四五歳 fourteen or fifteen years old."""
    digits = str(_value(written[1]))
    end = position + 2
    power = "十百千万".find(text[end : end + 1]) + 1
    if power and text[end : end + 1]:
        digits += "0" * power
        end += 1
    counter = re.compile(numbers.COUNTER_PATTERN).match(text, end)
    spoken = numbers.integer_parts(digits)
    if counter is None:
        kana = "".join(spoken)
    elif counter.group() == "日":
        kana, end = "".join(spoken) + "ニチ", counter.end()
    else:
        exact = digits if counter.group() in ("人", "年", "時間") else None
        kana, end = numbers.join_counter(spoken, numbers.counters()[counter.group()], exact)[0], counter.end()
    kana = _FIRST_OF_TWO[written[:2]] + kana
    return [rewritten(end - position, text[position:end], kana=kana, note="two neighbouring numbers")]


def _tenths(written: str) -> list[Piece]:
    """八割三分二厘: 分 is a tenth of a tenth here, not a minute."""
    names = {"分": "ブ", "厘": "リン"}
    kana = "".join(names.get(char) or numbers.DIGIT_KANA[_value(char)] for char in written)
    return [rewritten(len(written), written, kana=kana, note="tenths", accent=1)]


def _value(char: str) -> int:
    return int(char) if char.isascii() else _DIGIT.index(char)


def _day_part(char: str) -> Piece:
    if char in _DAY_KANA:
        return rewritten(1, char, kana=_DAY_KANA[char], note="day of the week", accent=1)
    return rewritten(1, "から", note="range") if char in "〜～-" else rewritten(1, "、", "symbol")


def _decimal(text: str, match: re.Match[str]) -> list[Piece] | None:
    """三・一四 is a decimal; 二・三人 is two or three."""
    integer, fraction = match.group().split("・")
    neighbours = len(integer) == len(fraction) == 1 and _value(fraction) == _value(integer) + 1
    if neighbours and not re.match("倍|パーセント|%|割|度|秒|キロ|メートル", after(text, match.end())):
        return None
    if "十" in integer and len(integer) > 3:
        return None
    figures = "".join(str(_value(char)) for char in integer) if "十" not in integer else str(_tens(integer))
    return [
        rewritten(
            len(match.group()), f"{figures}.{''.join(str(_value(char)) for char in fraction)}", note="decimal in kanji"
        )
    ]


def _tens(written: str) -> int:
    """十, 二十, 二十五."""
    tens, _, ones = written.partition("十")
    return (_value(tens[0]) if tens else 1) * 10 + (_value(ones[0]) if ones else 0)
