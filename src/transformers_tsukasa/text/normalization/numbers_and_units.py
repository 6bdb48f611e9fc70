# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Written forms of quantities: dates, times, phone numbers, ranges, fractions, money, measures.

Each rule looks at one place of the text and, if it recognises a form there, says what to read instead. The dictionary
of the analysis reads numbers with counters well once they are written as a person would write them in a sentence
(2025年11月20日), and gives them their accent; so rules rewrite, and set a reading only where the dictionary has none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import numbers
from .unit_names import PREFIX_CURRENCIES, UNIT_NAMES, UNIT_PATTERN


_NEARBY = 24  # how far rules look back and ahead; it keeps long texts linear


def before(text: str, position: int) -> str:
    """The characters just before `position`."""
    return text[max(position - _NEARBY, 0) : position]


def after(text: str, position: int) -> str:
    """The characters from `position` on, as many as a rule may need."""
    return text[position : position + _NEARBY]


@dataclass(frozen=True)
class Part:
    """What to read for the next `length` characters of the folded text; the fields are those of `words.Piece`."""

    length: int
    text: str
    source: str = "number"
    kana: str | None = None
    note: str = ""
    alternatives: tuple[str, ...] = ()
    accent: int | None = None
    pos: tuple[str, str] = ("名詞", "固有名詞")


Rule = Callable[[str, int], "list[Part] | None"]

_INTEGER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_AMOUNT = re.compile(
    rf"{_INTEGER}(?:\.\d+)?(?:(?:千|百)?(?:[万億兆京垓])(?:{_INTEGER}(?:\.\d+)?[千百]?)?)*[千百]?(?:[万億兆京垓]+)?"
)
_NUMBER = re.compile(rf"{_INTEGER}(?:\.\d+)*")
_SPACED_NUMBER = re.compile(r"\d{1,3}(?: \d{3}){2,}(?![\d ]*\d)|\d{1,3} \d{3}(?= ?[円人台件年])")
_HYPHEN = "[-‐‑–−ー－]"
_COUNTED = re.compile(rf"(\d+)({numbers.COUNTER_PATTERN})")
_MAX_DICTIONARY_DIGITS = 16  # longer numbers the analysis spells digit by digit


def read_quantity(text: str, position: int) -> list[Part] | None:
    """What to read at `position`, where a digit stands, or None when the digits need nothing."""
    for rule in _RULES:
        parts = rule(text, position)
        if parts is not None:
            return parts
    return None


# --- phone numbers, codes --------------------------------------------------------------------------------------------

_PHONE = re.compile(
    rf"(?:0\d0 \d{{4}} \d{{4}}|\+\d{{1,3}}(?:{_HYPHEN}\d{{1,4}}){{2,4}}"
    rf"|0\d{{1,4}}{_HYPHEN}\d{{1,4}}{_HYPHEN}\d{{3,4}}|0\d{{2}}{_HYPHEN}?\d{{4}}{_HYPHEN}?\d{{4}}"
    rf"|\d{{4}}(?:{_HYPHEN}\d{{4}}){{2,3}}|\d{{3}}{_HYPHEN}\d{{4}})(?!{_HYPHEN}?\d)"
)
_PHONE_BRACKETS = re.compile(r"(0\d{1,4})\((\d{1,4})\)(\d{4})(?!\d)")
_ADDRESS = re.compile(rf"\d{{1,4}}(?:{_HYPHEN}\d{{1,4}}){{1,3}}(?!{_HYPHEN}?\d)")


def read_phone(text: str, position: int) -> list[Part] | None:
    match = _PHONE.match(text, position) or _PHONE_BRACKETS.match(text, position)
    if match is None or (position and text[position - 1].isdigit()):
        return None
    if match.group()[0] == "+":
        return [
            Part(1, "プラス", "symbol", "プラス", "country code"),
            *_spelled_groups(match.group()[1:], "phone number: digit by digit"),
        ]
    return _spelled_groups(match.group(), "phone number or code: digit by digit")


def _spelled_groups(written: str, note: str) -> list[Part]:
    parts = []
    for group in re.findall(r"\d+|\D+", written):
        if group.isdigit():
            parts.append(Part(len(group), group, kana=numbers.digits_kana(group), note=note, accent=1))
        else:
            parts.append(Part(len(group), "、" if group != ")" else "、", source="symbol"))
    return parts


# --- dates and times -------------------------------------------------------------------------------------------------

_DATE = re.compile(r"(\d{4})([/.\-‐–−])(\d{1,2})\2(\d{1,2})(?![\d/.\-]\d|\d)")
_YEAR_MONTH = re.compile(r"((?:19|20)\d{2})/(\d{1,2})(?![\d/])")
_MONTH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})(?![\d/.%])")
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?:\.(\d{1,3}))?(?![\d:：])")
_RATIO = re.compile(r"(\d+(?:\.\d+)?)[:：対](\d+(?:\.\d+)?)((?:[:：対]\d+(?:\.\d+)?)*)(?![\d:：])")
_RATIO_WORDS = re.compile(r" ?(?:の割合|の比|で割|に薄め|で混ぜ|で希釈|のスコア|で(?:勝|負|敗|引|終|折))")
_DATE_AFTER = re.compile(r" ?(?:[(（][月火水木金土日祝]|付|発売|発表|開催|開始|締切|必着|時点|現在|\d{1,2}[:：時])")
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FRACTION_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 32, 60, 64, 100, 128, 256, 1000})


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _DAYS_IN_MONTH[month - 1]


def _date(text: str, position: int) -> list[Part] | None:
    if match := _DATE.match(text, position):
        year, month, day = match[1], int(match[3]), int(match[4])
        if _is_day(month, day):
            first, second = len(match[1]) + 1, len(match[3]) + 1
            return [
                Part(first, f"{int(year)}年", note="date"),
                Part(second, f"{month}月", note="date"),
                Part(len(match[4]), f"{day}日", note="date"),
            ]
    if (match := _YEAR_MONTH.match(text, position)) and 1 <= int(match[2]) <= 12:
        return [Part(5, f"{match[1]}年", note="date"), Part(len(match[2]), f"{int(match[2])}月", note="date")]
    return None


def _month_day_or_fraction(text: str, position: int) -> list[Part] | None:
    match = _MONTH_DAY.match(text, position)
    if match is None:
        return _fraction(text, position)
    month, day = int(match[1]), int(match[2])
    looks_like_fraction = 0 < month < day and day in _FRACTION_DENOMINATORS
    if not _is_day(month, day) or (looks_like_fraction and not _DATE_AFTER.match(text, match.end())):
        return _fraction(text, position)
    alternatives = (numbers.integer_kana(match[2]) + "ブンノ" + numbers.integer_kana(match[1]),)
    return [
        Part(len(match[1]) + 1, f"{month}月", note="date (not a usual fraction)", alternatives=alternatives),
        Part(len(match[2]), f"{day}日", note="date"),
    ]


_FRACTION = re.compile(r"(\d+)[/⁄∕](\d+)(?![\d/.])")


def _fraction(text: str, position: int) -> list[Part] | None:
    match = _FRACTION.match(text, position)
    if match is None or match[2].strip("0") == "" or text[position - 1 : position] == "/":
        return None
    return [Part(len(match[1]) + 1 + len(match[2]), f"{match[2]}分の{match[1]}", note="fraction")]


def _clock_or_ratio(text: str, position: int) -> list[Part] | None:
    match = _CLOCK.match(text, position)
    if match and int(match[1]) <= 30 and int(match[2]) < 60 and not _RATIO_WORDS.match(text, match.end()):
        if match[4] is not None or (
            match[3] is None and re.search(r"(?:タイム|記録|ラップ)[はが]?$", before(text, position))
        ):
            return _stop_watch(match)
        return _clock(match)
    match = _RATIO.match(text, position)
    if match is None:
        return None
    figures = re.findall(r"\d+(?:\.\d+)?", match.group())
    parts: list[Part] = []
    for index, figure in enumerate(figures):
        parts.append(_plain(figure, len(figure), "ratio or score"))
        if index < len(figures) - 1:
            parts.append(Part(1, "対", "number", "タイ", "ratio or score", accent=1))
    return parts


_ERA = re.compile(r"([RHSTM])(\d{1,2})[./](\d{1,2})[./](\d{1,2})(?![\d.])")
_ERA_YEAR = re.compile(r"([RHSTM])(\d{1,2})(?=年(?!生|前|後|目))")
_ERA_NAMES = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}


def read_era(text: str, position: int) -> list[Part] | None:
    """R6.4.1: a date in a Japanese era; the position is that of the letter."""
    if (match := _ERA_YEAR.match(text, position)) and not re.search("[A-Za-z0-9]$", before(text, position)):
        year = Part(len(match[2]), str(int(match[2])), note="year of an era")
        return [Part(1, _ERA_NAMES[match[1]], note="era"), year]
    match = _ERA.match(text, position)
    if match is None or not _is_day(int(match[3]), int(match[4])):
        return None
    year = "元" if match[2] in ("1", "01") else str(int(match[2]))
    return [
        Part(1, _ERA_NAMES[match[1]], note="era"),
        Part(len(match[2]) + 1, f"{year}年", note="date"),
        Part(len(match[3]) + 1, f"{int(match[3])}月", note="date"),
        Part(len(match[4]), f"{int(match[4])}日", note="date"),
    ]


_OPEN_YEAR = re.compile(r"(\d{2})([XxＸ]{2})(?=年)|(\d{3})([XxＸ])(?=年)")


def _open_year(text: str, position: int) -> list[Part] | None:
    """20XX年: a year that is left open."""
    match = _OPEN_YEAR.match(text, position)
    if match is None or re.search("[A-Za-z0-9]$", before(text, position)):
        return None
    digits = (match[1] or match[3]).ljust(4, "0")
    kana = numbers.integer_kana(digits) + "エックス" * len(match[2] or match[4])
    return [Part(4, match.group(), kana=kana, note="year left open")]


def read_bare_fraction(text: str, position: int) -> list[Part] | None:
    """.325 without a digit before the point."""
    match = re.compile(r"\.(\d+)(?![\d.])").match(text, position)
    if match is None or (position and (text[position - 1].isalnum() and text[position - 1].isascii())):
        return None
    return [
        Part(
            len(match.group()),
            match.group(),
            kana="テン" + numbers.digits_kana(match[1]),
            note="decimal without its zero",
            accent=1,
        )
    ]


def _clock(match: re.Match[str]) -> list[Part]:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    parts = [Part(len(match[1]) + 1, f"{hour}時" if hour else "零時", note="time")]
    if minute or second is not None:
        parts.append(Part(len(match[2]), f"{minute}分" if minute else "零分", note="time"))
    else:
        parts.append(Part(len(match[2]), "", note="time: full hour"))
    if second is not None:
        parts.append(Part(1 + len(second), f"{int(second)}秒", note="time"))
    return parts


def _stop_watch(match: re.Match[str]) -> list[Part]:
    figures = [group for group in (match[1], match[2], match[3]) if group is not None]
    names = ("時間", "分", "秒")[3 - len(figures) :]
    parts = [
        Part(len(figure) + 1, f"{int(figure)}{name}", note="duration")
        for figure, name in zip(figures, names, strict=True)
    ]
    rest = match[4]
    if rest is None:
        parts[-1] = Part(parts[-1].length - 1, parts[-1].text, note="duration")
        return parts
    parts.append(Part(len(rest), rest, kana=numbers.digits_kana(rest), note="duration", accent=1))
    return parts


# --- ranges and scores -----------------------------------------------------------------------------------------------

_SCORE = re.compile(rf"(\d{{1,3}}){_HYPHEN}(\d{{1,3}})(?!{_HYPHEN}?\d)")
_SCORE_AFTER = re.compile(
    r" ?(?:で|の|と)?(?:勝|負|敗|終|下し|破|引き分|リード|逆転|快勝|大勝|辛勝|完敗|完封|スコア|ドロー|折り返)"
)
_SCORE_BEFORE = re.compile(r"(?:試合|スコア|得点|結果|前半|後半|戦)[はがをで、 ]{0,2}$")
_COUNTER_AFTER = re.compile(rf"(?:{numbers.COUNTER_PATTERN})")


def _score_or_range(text: str, position: int) -> list[Part] | None:
    match = _SCORE.match(text, position)
    if match is None or (position and text[position - 1] in "-‐–−"):
        return _address(text, position)
    left, right = match[1], match[2]
    if "=" in text[match.end() : match.end() + 3]:
        return [
            _plain(left, len(left), ""),
            Part(1, "ひく", "symbol", "ヒク", "subtraction", ("マイナス",), 0),
            _plain(right, len(right), ""),
        ]
    if _SCORE_AFTER.match(text, match.end()) or _SCORE_BEFORE.search(before(text, position)):
        return [
            _plain(left, len(left), "score"),
            Part(1, "対", "number", "タイ", "score", accent=1),
            _plain(right, len(right), "score"),
        ]
    counter = _COUNTER_AFTER.match(text, match.end())
    if counter is None and not re.match("[%％]|" + UNIT_PATTERN, after(text, match.end())):
        return _address(text, position)
    if counter and len(left) == len(right) == 1 and int(right) == int(left) + 1:
        return _neighbours(left, right, counter.group(), len(match.group()))
    return [_plain(left, len(left), "range"), Part(1, "から", note="range")]


_NEIGHBOURS = re.compile(rf"([1-8])[,、，]([2-9])({numbers.COUNTER_PATTERN})")
_NEIGHBOUR_KANA = {("4", "5"): "シ", ("7", "8"): "シチ"}


def _comma_neighbours(text: str, position: int) -> list[Part] | None:
    """2,3本: two neighbouring numbers, not a thousands separator."""
    match = _NEIGHBOURS.match(text, position)
    if match is None or int(match[2]) != int(match[1]) + 1 or (position and text[position - 1].isdigit()):
        return None
    return _neighbours(match[1], match[2], match[3], 3)


def _neighbours(left: str, right: str, writing: str, written: int) -> list[Part]:
    counter = numbers.counters()[writing]
    first = _NEIGHBOUR_KANA.get((left, right), numbers.DIGIT_KANA[int(left)])
    spoken = [numbers.DIGIT_KANA[int(right)]]
    second = numbers.join_counter(
        spoken, counter, right if right in counter.exact or writing in ("人", "年", "時間") else None
    )[0]
    if writing.startswith("日"):
        second = spoken[0] + counter.kana
    text = numbers.DIGIT_KANJI[int(left)] + "、" + numbers.DIGIT_KANJI[int(right)] + writing
    return [Part(written + len(writing), text, kana=first + second, note="two neighbouring numbers")]


_RANGE_BEFORE = re.compile(
    r"(?:[0-9a-zA-Z%℃°万億千百十]|[年月日時分秒円人個本回歳才度階号点位頁話章番室台代枚冊週]|キロ|メートル|ページ)[)）]?$"
)


def read_range(text: str, position: int) -> list[Part] | None:
    """The wave or hyphen between two numbers_and_units (10〜20人, 8:00-17:00); the position is that of the sign."""
    left, right = before(text, position), after(text, position + 1)
    if text[position] == "-":
        return (
            [Part(1, "から", note="range")] if re.search(r"\d:\d\d$", left) and re.match(r"\d+:\d\d", right) else None
        )
    places = re.search(r"[一-鿿]$", left) and re.match(r"[一-鿿]", right)
    letters = re.search(r"(?<![A-Za-z])[A-Z]$", left) and re.match(r"[A-Z](?![A-Za-z])", right)
    if places or letters or (re.match(r"[¥$€]?\d", right) and _RANGE_BEFORE.search(left)):
        return [Part(1, "から", note="range")]
    return None


def _address(text: str, position: int) -> list[Part] | None:
    """1-2-3 as in an address: イチ ノ ニ ノ サン."""
    match = _ADDRESS.match(text, position)
    if match is None or (position and text[position - 1] in "-‐–−"):
        return None
    parts: list[Part] = []
    for figure in re.findall(r"\d+|\D", match.group()):
        if figure.isdigit():
            leading_zero = len(figure) > 1 and figure[0] == "0"
            parts.append(
                _spelled(figure) if leading_zero else _plain(figure, len(figure), "number of an address or code")
            )
        else:
            parts.append(Part(1, "の", note="number of an address or code"))
    return parts


# --- single quantities -----------------------------------------------------------------------------------------------


def _version(text: str, position: int) -> list[Part] | None:
    """1.2.3: digits with more than one point."""
    match = re.compile(r"\d+(?:\.\d+){2,}").match(text, position)
    if match is None:
        return None
    kana = "テン".join(
        numbers.digits_kana(figure) if len(figure) == 1 else numbers.integer_kana(figure)
        for figure in match.group().split(".")
    )
    return [Part(len(match.group()), match.group(), kana=kana, note="version or section number")]


_LEADING_ZERO = re.compile(r"0\d+(?![\d.])")


def _leading_zero(text: str, position: int) -> list[Part] | None:
    match = _LEADING_ZERO.match(text, position)
    if match is None or (position and text[position - 1] in ",."):
        return None
    figure = match.group()
    if re.match("[年月日時分秒歳]", after(text, match.end())) and figure.strip("0"):
        return [Part(len(figure), figure.lstrip("0"), note="leading zero")]
    if re.match("[時]", after(text, match.end())):
        return [Part(len(figure) + 1, "零時", note="time")]
    return [_spelled(figure)]


def _spelled(figure: str) -> Part:
    return Part(len(figure), figure, kana=numbers.digits_kana(figure), note="leading zero: digit by digit", accent=1)


def _special(text: str, position: int) -> list[Part] | None:
    """Numbers with a counter whose reading the dictionary does not have."""
    if match := re.compile(r"10 ?[pf]un(?![A-Za-z])").match(text, position):
        return [Part(len(match.group()), "10分", "romaji", kana="ジュップン", note="romaji counter", accent=1)]
    match = _COUNTED.match(text, position)
    if match is None or (position and text[position - 1] in "0123456789.,"):
        return None
    digits, writing = match[1], match[2]
    following = after(text, match.end())
    if writing == "時" and not digits.strip("0"):
        return [Part(len(match.group()), "零時", note="time")]
    if writing in ("歳", "才") and digits == "20":
        return [
            Part(len(match.group()), "二十歳", kana="ハタチ", note="20歳", alternatives=("ニジュッサイ",), accent=1)
        ]
    if writing == "日" and digits == "1":
        return _first_day(following)
    if writing == "分" and re.match(r"の[\d一二三四五六七八九]", following):
        return [Part(len(match.group()), f"{digits}分", kana=f"{numbers.integer_kana(digits)}ブン", note="fraction")]
    if writing == "分" and digits == "10":  # the dictionary may take 十分 for じゅうぶん
        return [Part(len(match.group()), "10分", kana="ジュップン", note="minutes", accent=1)]
    counter = numbers.counters()[writing]
    round_number = writing in ("号室", "号線") and len(digits) == 3 and digits.endswith("00")  # not digit by digit
    twenty = writing in ("歳", "才") and digits.endswith("20")  # ハタチ only for 20
    if not (counter.own or round_number or twenty) or len(digits) > 4:
        return None
    kana, *others = numbers.join_counter(numbers.integer_parts(digits), counter, digits)
    return [Part(len(match.group()), match.group(), kana=kana, note="number with counter", alternatives=tuple(others))]


_ONE_DAY_AFTER = re.compile(r"に[約平均計最大]?[\d一二三四五六七八九十数何]|[中目間分あ当]|[一1]")
_FIRST_AFTER = re.compile(r"(?:に|から|まで|付|午前|午後|未明|夜|朝|夕|昼|発売|開催|開幕|より|[(（]|、)")


def _first_day(following: str) -> list[Part] | None:
    """1日: ツイタチ as a date, イチニチ as a span; 何月1日 is a date for the dictionary already."""
    if _ONE_DAY_AFTER.match(following) or not _FIRST_AFTER.match(following):
        return None
    return [Part(2, "一日", kana="ツイタチ", note="1日 as a date", alternatives=("イチニチ",), accent=4)]


def read_money(text: str, position: int) -> list[Part] | None:
    """¥1,500 and $5 million; the position is that of the sign."""
    sign, name = next((pair for pair in PREFIX_CURRENCIES if text.startswith(pair[0], position)), ("", ""))
    if not sign:
        return None
    start = position + len(sign)
    match = re.compile(rf" ?({_AMOUNT.pattern})( (?:million|billion|trillion))?").match(text, start)
    if match is None:
        return None
    amount = match[1].replace(",", "")
    large = {" million": "ミリオン", " billion": "ビリオン", " trillion": "トリリオン"}.get(match[2] or "", "")
    return [Part(len(sign) + len(match.group()), f"{amount}{large}{name}", note="amount of money")]


def _measure(text: str, position: int) -> list[Part] | None:
    """12kg, 60km/h, 25℃: a number and a unit's symbol."""
    match = _AMOUNT.match(text, position)
    if match is None:
        return None
    unit = re.compile(rf" ?({UNIT_PATTERN})").match(text, match.end())
    if unit is None:
        return None
    figure = match.group().replace(",", "")
    name = UNIT_NAMES[unit[1]]
    parts = [Part(len(match.group()), figure, note="measure"), *_unit_parts(unit, name)]
    if re.match("走(?![らりるれろっ])", after(text, unit.end())):
        parts.append(Part(1, "走", kana="ソウ", note="race over a distance", accent=1))
    return parts


def _unit_parts(unit: re.Match[str], name: str) -> list[Part]:
    """A unit's name; `per hour` apart, so that the number before it joins with the unit itself."""
    note = f"unit {unit[1]}"
    head, per, rest = name.partition("毎")
    if not per or rest not in _PER_KANA:
        return [Part(len(unit.group()), name, "symbol", note=note)]
    cut = unit.group().index("/")
    return [
        Part(cut, head, "symbol", note=note),
        Part(len(unit.group()) - cut, per + rest, "symbol", _PER_KANA[rest], note, accent=1),
    ]


_PER_KANA = {"時": "マイジ", "秒": "マイビョウ", "分": "マイフン"}


_THOUSANDS = re.compile(r"(?<=[万億兆])(\d)千$")  # 千円 is a word of the dictionary, so 8 would not join with 千


def _amount(text: str, position: int) -> list[Part] | None:
    match = _SPACED_NUMBER.match(text, position)
    if match:
        return [Part(len(match.group()), match.group().replace(" ", ""), note="number")]
    match = _AMOUNT.match(text, position)
    if match is None:
        return None
    figure = match.group()
    digits = figure.replace(",", "")
    if not text[match.end() : match.end() + 1].isdigit():
        digits = _THOUSANDS.sub(r"\g<1>000", digits)
    digits = re.sub(r"(?<!\d)1000(?=[万億兆])", "一千", digits)
    if len(digits) > _MAX_DICTIONARY_DIGITS and digits.isdigit():
        return _large(digits, len(figure))
    if digits != figure:
        return [Part(len(figure), digits, note="thousands in digits, without separators")]
    return None


def _large(digits: str, written: int) -> list[Part]:
    """Numbers beyond the analysis: one piece for every power of ten thousand, each with its own accent."""
    if len(digits.lstrip("0")) > numbers.MAX_DIGITS or digits[0] == "0":
        return [Part(written, digits, kana=numbers.digits_kana(digits), note="beyond 無量大数: digit by digit")]
    parts: list[Part] = []
    groups = [digits[max(end - 4, 0) : end] for end in range(len(digits), 0, -4)][::-1]
    for index, group in enumerate(groups):
        power = len(groups) - 1 - index
        length = len(group) if index < len(groups) - 1 else written - sum(part.length for part in parts)
        kana = numbers.integer_kana(group + "0" * 4 * power) if group.strip("0") else ""
        text = group.lstrip("0") + numbers.MYRIADS[power][0] if kana else ""
        parts.append(Part(length, text, kana=kana or None, note="large number"))
    return parts


def _plain(figure: str, length: int, note: str) -> Part:
    return Part(length, figure.replace(",", ""), note=note)


_HALF_DAY = re.compile(r"(\d{1,2}) ?([aApP])\.?[mM](?![A-Za-z])\.?")


def _half_day(text: str, position: int) -> list[Part] | None:
    """10am, 9 pm."""
    match = _HALF_DAY.match(text, position)
    if match is None:
        return None
    kana = {"a": "エーエム", "p": "ピーエム"}[match[2].lower()]
    rest = len(match.group()) - len(match[1])
    return [Part(len(match[1]), match[1], note="time"), Part(rest, kana, "acronym", kana, "time", accent=3)]


_RULES: tuple[Rule, ...] = (
    read_phone,
    _half_day,
    _open_year,
    _date,
    _clock_or_ratio,
    _month_day_or_fraction,
    _comma_neighbours,
    _score_or_range,
    _version,
    _leading_zero,
    _special,
    _measure,
    _amount,
)
