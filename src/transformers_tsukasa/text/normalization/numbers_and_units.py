# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Single numbers as they are written: with a counter, with a unit, amounts of money, very large ones.

The dictionary of the analysis reads numbers with counters well once they are written as in a sentence
(2025年11月20日), and gives them their accent; so rules rewrite, and set a reading only where the dictionary has none.
"""

import re

from ..types import Piece
from . import numbers
from .rules import Rule, after, before, rewritten


# --- units and currencies, named as in the dictionary of the analysis ------------------------------------------------

_BASE_UNITS = {
    "m": "メートル",
    "g": "グラム",
    "L": "リットル",
    "l": "リットル",
    "ℓ": "リットル",
    "W": "ワット",
    "V": "ボルト",
    "A": "アンペア",
    "Hz": "ヘルツ",
    "Pa": "パスカル",
    "J": "ジュール",
    "N": "ニュートン",
    "cal": "カロリー",
    "B": "バイト",
    "bps": "ビーピーエス",
    "Ω": "オーム",
    "Bq": "ベクレル",
    "Sv": "シーベルト",
    "Wh": "ワット時",
    "mol": "モル",
    "bit": "ビット",
    "byte": "バイト",
}
_PREFIXES = {
    "k": "キロ",
    "K": "キロ",
    "M": "メガ",
    "G": "ギガ",
    "T": "テラ",
    "m": "ミリ",
    "μ": "マイクロ",
    "µ": "マイクロ",
    "n": "ナノ",
}
_PREFIXES |= {"c": "センチ", "d": "デシ", "h": "ヘクト"}
# Prefixes in use; others would turn words into units (Tm, nV).
_IN_USE = """
km cm mm μm µm nm kg mg μg µg ml mL dl dL kl kL kW mW MW GW kV mV mA kHz KHz MHz GHz THz hPa kPa MPa kJ MJ
kcal Kcal KB kB MB GB TB kbps Kbps Mbps Gbps kΩ MΩ mSv μSv µSv kWh MWh kBq mAh Mbit Gbit
""".split()  # noqa: SIM905

UNIT_NAMES: dict[str, str] = dict(_BASE_UNITS)
for _unit in _IN_USE:
    _base = {"mAh": ""}.get(_unit, _BASE_UNITS.get(_unit[1:], ""))
    UNIT_NAMES[_unit] = _PREFIXES[_unit[0]] + _base
UNIT_NAMES |= {
    "mAh": "ミリアンペア時",
    "t": "トン",
    "s": "秒",
    "sec": "秒",
    "ms": "ミリ秒",
    "h": "時間",
    "min": "分",
    "cc": "シーシー",
    "ha": "ヘクタール",
    "a": "アール",
    "ft": "フィート",
    "in": "インチ",
    "inch": "インチ",
    "lb": "ポンド",
    "oz": "オンス",
    "mph": "マイル毎時",
    "fps": "エフピーエス",
    "rpm": "アールピーエム",
    "ppm": "ピーピーエム",
    "ppb": "ピーピービー",
    "dpi": "ディーピーアイ",
    "px": "ピクセル",
    "pt": "ポイント",
    "dB": "デシベル",
    "%": "パーセント",
    "‰": "パーミル",
    "℃": "度",
    "°C": "度",
    "℉": "度",
    "°F": "度",
    "°": "度",
    "′": "分",
    "″": "秒",
    "USD": "ドル",
    "JPY": "円",
    "EUR": "ユーロ",
    "yen": "円",
    "¢": "セント",
    "$": "ドル",
    "€": "ユーロ",
    "£": "ポンド",
    "¥": "円",
    "km/h": "キロメートル毎時",
    "Km/h": "キロメートル毎時",
    "m/s": "メートル毎秒",
    "m/min": "メートル毎分",
    "km/s": "キロメートル毎秒",
    "m/s²": "メートル毎秒毎秒",
    "g/L": "グラム毎リットル",
    "kg/m³": "キログラム毎立方メートル",
}
for _length, _name in (("m", "メートル"), ("cm", "センチメートル"), ("mm", "ミリメートル"), ("km", "キロメートル")):
    for _mark, _power in (("²", "平方"), ("2", "平方"), ("^2", "平方"), ("³", "立方"), ("3", "立方"), ("^3", "立方")):
        UNIT_NAMES[_length + _mark] = _power + _name

_SYMBOL_UNITS = frozenset("%‰℃℉°′″¢$€£¥")
# A unit ends where the letters end: 5GHz, not 5G of 5GHz; `a`, `h`, `s`, `in` are words after a space.
UNIT_PATTERN = (
    "(?:"
    + "|".join(
        re.escape(unit) + ("" if unit[-1] in _SYMBOL_UNITS else r"(?![A-Za-z0-9'/²³^-])")
        for unit in sorted(UNIT_NAMES, key=len, reverse=True)
        if unit not in ("a", "B")
    )
    + ")"
)

PREFIX_CURRENCIES: tuple[tuple[str, str], ...] = (
    ("US$", "ドル"),
    ("NT$", "台湾ドル"),
    ("HK$", "香港ドル"),
    ("A$", "オーストラリアドル"),
    ("¥", "円"),
    ("$", "ドル"),
    ("€", "ユーロ"),
    ("£", "ポンド"),
    ("₩", "ウォン"),
    ("₹", "ルピー"),
    ("₽", "ルーブル"),
    ("฿", "バーツ"),
    ("₿", "ビットコイン"),
)


# --- rules -----------------------------------------------------------------------------------------------------------

_INTEGER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_AMOUNT = re.compile(
    rf"{_INTEGER}(?:\.\d+)?(?:(?:千|百)?(?:[万億兆京垓])(?:{_INTEGER}(?:\.\d+)?[千百]?)?){{0,8}}[千百]?(?:[万億兆京垓]+)?"
)
_UNIT = re.compile(rf" ?({UNIT_PATTERN})")
_MONEY = re.compile(rf" ?({_AMOUNT.pattern})( (?:million|billion|trillion))?")
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_BARE_FRACTION = re.compile(r"\.(\d+)(?![\d.])")
_ROMAJI_TEN_MINUTES = re.compile(r"10 ?[pf]un(?![A-Za-z])")
_SPACED_NUMBER = re.compile(r"\d{1,3}(?: \d{3}){1,24}(?! ?\d)")
_SEPARATORS = re.compile("[, ]")
_LISTED = re.compile(r"\d+(?:\.\d+)?(?= \d)")
_NUMBERS_OF_THINGS = re.compile(r"[1-9]\d{0,3}(?=[ 、・とや]\d)")
_NUMBER_NAMED_BEFORE = re.compile("番号(?:[はがをも]|:|、)? ?$")
_COUNTED_AFTER = re.compile(rf" ?(?:{numbers.COUNTER_PATTERN}|{UNIT_PATTERN})")
_LIST_STEP = 3  # numbers of a list are of like size; the second group of a grouped number is larger than this allows
_COUNTED = re.compile(rf"(\d+)({numbers.COUNTER_PATTERN})")
_MAX_DICTIONARY_DIGITS = 16  # longer numbers the analysis spells digit by digit
_LEADING_ZERO = re.compile(r"0\d+(?![\d.])")
_MONTH_BEFORE = re.compile(r"(?:[毎今来先翌同前当各]月|(?<![かヶカヵケ箇])月の?|日[と、やか])$")
# No month has a name here: a day in every month (月1日だけ), in so many months (1か月1日).
_EVERY_MONTH_BEFORE = re.compile(r"(?:^|[^一-鿿々〇0-9A-Za-zァ-ヺー○◯×△□●▲■*?？の]|[かヶカヵケ箇])月$")
_ONE_DAY_AFTER = re.compile(r"[中目間分あ当おじ]|[一1]|から?け|以[内上下]|につき")
_FIRST_AFTER = re.compile(
    r"(?:から|まで|付|午前|午後|未明|夜|朝|夕|昼|発売|開催|開幕|より|[(（]|、|[とや・]\d{1,2}日(?!間))"
)
# 1日に: what is done in a day, unless something happens then: a word for an event, or the past without an amount.
_EVENT_AFTER = re.compile(
    r"に(?!.*(?:[\d一二三四五六七八九十何数量額回]|時間|距離|割合|平均|くらい|ぐらい|どれ|必要))"
    r"(?:[開閉発公締挙][^、。]|支払|払|引き|届|始ま|終わ|予定|入[社学居荷籍会]|退[社職院]|納|更新|配信|放送|出発|到着|上陸|就任|結婚|引っ越"
    r"|会[いうおっ]|行[くこきっ]|来[るたま]|帰|亡|死|生まれ|リリース|オープン|スタート|ある|あっ|あり"
    r"|[^、。]{1,12}(?:行わ|開催|開始|発売|発表|発効|公開|公表|公布|施行|実施|締め?切|始ま|終わ)"
    r"|[^、。]{1,16}(?:た|だ|でした)(?:[。、！？!?]|$))"
)
_WORD_OF_THINGS_AFTER = re.compile("[編巴折角足揃切裂]|当たり|道具|ん?這")
_MANY_THINGS_AFTER = re.compile("(?!ぶ|な(?!の|ら)|ま(?!で)|か[みむ])")
_PER_KANA = {"時": "マイジ", "秒": "マイビョウ", "分": "マイフン"}
_THOUSANDS = re.compile(r"(?<=[万億兆])(\d)千$")  # 千円 is a word of the dictionary, so 8 would not join with 千


def plain_number(figure: str, note: str = "") -> Piece:
    """A number that the analysis reads, without separators."""
    return rewritten(len(figure), figure.replace(",", ""), note=note)


def spelled_number(figure: str) -> Piece:
    """A number with a leading zero, digit by digit."""
    kana = numbers.digits_kana(figure)
    return rewritten(len(figure), figure, kana=kana, note="leading zero: digit by digit", accent=1)


def _version(text: str, position: int) -> list[Piece] | None:
    """1.2.3: digits with more than one point."""
    match = _VERSION.match(text, position)
    if match is None:
        return None
    kana = "テン".join(
        numbers.digits_kana(figure) if len(figure) == 1 else numbers.integer_kana(figure)
        for figure in match.group().split(".")
    )
    return [rewritten(len(match.group()), match.group(), kana=kana, note="version or section number")]


def _leading_zero(text: str, position: int) -> list[Piece] | None:
    """007, 05月."""
    match = _LEADING_ZERO.match(text, position)
    if match is None or (position and text[position - 1] in ",."):
        return None
    figure = match.group()
    if re.match("[年月日時分秒歳]", after(text, match.end())) and figure.strip("0"):
        return [rewritten(len(figure), figure.lstrip("0"), note="leading zero")]
    if re.match("[時]", after(text, match.end())):
        return [rewritten(len(figure) + 1, "零時", note="time")]
    return [spelled_number(figure)]


def _counted(text: str, position: int) -> list[Piece] | None:
    """Numbers with a counter whose reading the dictionary does not have."""
    if match := _ROMAJI_TEN_MINUTES.match(text, position):
        return [rewritten(len(match.group()), "10分", "romaji", kana="ジュップン", note="romaji counter", accent=1)]
    match = _COUNTED.match(text, position)
    if match is None or (position and text[position - 1] in "0123456789.,"):
        return None
    written, digits, writing = match.group(), match[1], match[2]
    following = after(text, match.end())
    if writing == "時" and not digits.strip("0"):
        return [rewritten(len(written), "零時", note="time")]
    if writing in ("歳", "才") and digits == "20":
        return [rewritten(len(written), "二十歳", "number", "ハタチ", "20歳", ("ニジュッサイ",), accent=1)]
    if writing == "日" and digits == "1":
        return _first_day(before(text, position), following)
    if writing == "つ":
        return _things(digits, following)
    if writing == "分" and re.match(r"の[\d一二三四五六七八九]", following):
        return [rewritten(len(written), f"{digits}分", kana=numbers.integer_kana(digits) + "ブン", note="fraction")]
    if writing == "分" and digits == "10":  # the dictionary may take 十分 for じゅうぶん
        return [rewritten(len(written), "10分", kana="ジュップン", note="minutes", accent=1)]
    counter = numbers.counters()[writing]
    round_number = writing in ("号室", "号線") and len(digits) == 3 and digits.endswith("00")  # not digit by digit
    twenty = writing in ("歳", "才") and digits.endswith("20")  # ハタチ only for 20
    if not (counter.own or round_number or twenty) or len(digits) > 4:
        return None
    kana, *others = numbers.join_counter(numbers.integer_parts(digits), counter, digits)
    return [rewritten(len(written), written, kana=kana, note="number with counter", alternatives=tuple(others))]


def _first_day(left: str, following: str) -> list[Piece] | None:
    """1日: ツイタチ as a date, イチニチ as a span (`heteronyms`); 何月1日 is a date for the dictionary already."""
    is_date = _MONTH_BEFORE.search(left) or _FIRST_AFTER.match(following) or _EVENT_AFTER.match(following)
    if _ONE_DAY_AFTER.match(following) or _EVERY_MONTH_BEFORE.search(left) or not is_date:
        return None
    return [rewritten(2, "一日", kana="ツイタチ", note="1日 as a date", alternatives=("イチニチ",), accent=4)]


def _things(digits: str, following: str) -> list[Piece] | None:
    """12つ: the native numerals end with ten, so more things are counted in Sino-Japanese ones; 3つ編み is a word."""
    if len(digits) == 1:
        is_word = digits != "0" and _WORD_OF_THINGS_AFTER.match(following)
        written = numbers.DIGIT_KANJI[int(digits)] + "つ"
        return [rewritten(2, written, note="first part of a word")] if is_word else None
    if not _MANY_THINGS_AFTER.match(following) or len(digits) > _MAX_DICTIONARY_DIGITS:
        return None
    spoken = numbers.integer_kana(digits) + "ツ"
    kana, *others = ("トオ", spoken) if digits == "10" else (spoken,)
    return [rewritten(len(digits) + 1, f"{digits}つ", kana=kana, note="number of things", alternatives=tuple(others))]


def _measure(text: str, position: int) -> list[Piece] | None:
    """12kg, 60km/h, 25℃: a number and a unit's symbol."""
    match = _spaced_number(text, position) or _AMOUNT.match(text, position)
    if match is None:
        return None
    unit = _UNIT.match(text, match.end())
    if unit is None:
        return None
    figure = _SEPARATORS.sub("", match.group())
    name = UNIT_NAMES[unit[1]]
    pieces = [rewritten(len(match.group()), figure, note="measure"), *_unit_pieces(unit, name)]
    if re.match("走(?![らりるれろっ])", after(text, unit.end())):
        pieces.append(rewritten(1, "走", kana="ソウ", note="race over a distance", accent=1))
    return pieces


def _unit_pieces(unit: re.Match[str], name: str) -> list[Piece]:
    """A unit's name; `per hour` apart, so that the number before it joins with the unit itself."""
    note = f"unit {unit[1]}"
    head, per, rest = name.partition("毎")
    if not per or rest not in _PER_KANA:
        return [rewritten(len(unit.group()), name, "symbol", note=note)]
    cut = unit.group().index("/")
    return [
        rewritten(cut, head, "symbol", note=note),
        rewritten(len(unit.group()) - cut, per + rest, "symbol", _PER_KANA[rest], note, accent=1),
    ]


def _amount(text: str, position: int) -> list[Piece] | None:
    """1,234,567, 1 000 000, and forms that the analysis misreads."""
    match = _spaced_number(text, position)
    if match:
        return [rewritten(len(match.group()), match.group().replace(" ", ""), note="number")]
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
        return [rewritten(len(figure), digits, note="thousands in digits, without separators")]
    return None


def _spaced_number(text: str, position: int) -> re.Match[str] | None:
    match = _SPACED_NUMBER.match(text, position)
    return match if match and _is_one_number(text, match) else None


def _is_one_number(text: str, match: re.Match[str]) -> bool:
    """Whether groups of digits with spaces between are one number (12 345人) rather than a list (170 165 180)."""
    first, *rest = match.group().split(" ")
    if re.search(r"\d $", before(text, match.start())):
        return False
    if any(group[0] == "0" for group in rest):  # as no number of a list begins
        return True
    is_counted = _COUNTED_AFTER.match(text, match.end()) is not None
    if len(rest) == 1 and not is_counted:
        return False
    is_pair_of_three = len(rest) == 1 and len(first) == 3
    return is_pair_of_three or int(rest[0]) > _LIST_STEP * int(first)


def _listed(text: str, position: int) -> list[Piece] | None:
    """A number with a space and another number after it: they are kept apart, which the analysis would not do."""
    match = _LISTED.match(text, position)
    if match is None or re.search(r"[A-Za-z0-9.,/:-]$", before(text, position)):
        return None
    return [plain_number(match.group()), rewritten(1, "、", "symbol", note="list of numbers")]


def _numbers_of_things(text: str, position: int) -> list[Piece] | None:
    """番号は101、102: the analysis spells the first number after 番号 only; in a list all are read alike."""
    match = _NUMBERS_OF_THINGS.match(text, position)
    if match is None or not _NUMBER_NAMED_BEFORE.search(before(text, position)):
        return None
    kana = numbers.integer_kana(match.group())
    number = rewritten(len(match.group()), match.group(), kana=kana, note="list of numbers")
    is_spaced = text[match.end()] == " "
    return [number, rewritten(1, "、", "symbol", note="list of numbers")] if is_spaced else [number]


def _large(digits: str, written: int) -> list[Piece]:
    """Numbers beyond the analysis: one piece for every power of ten thousand, each with its own accent."""
    if len(digits.lstrip("0")) > numbers.MAX_DIGITS or digits[0] == "0":
        return [rewritten(written, digits, kana=numbers.digits_kana(digits), note="beyond 無量大数: digit by digit")]
    pieces: list[Piece] = []
    groups = [digits[max(end - 4, 0) : end] for end in range(len(digits), 0, -4)][::-1]
    for index, group in enumerate(groups):
        power = len(groups) - 1 - index
        length = len(group) if index < len(groups) - 1 else written - sum(piece.length for piece in pieces)
        kana = numbers.integer_kana(group + "0" * 4 * power) if group.strip("0") else ""
        text = group.lstrip("0") + numbers.MYRIADS[power][0] if kana else ""
        pieces.append(rewritten(length, text, kana=kana or None, note="large number"))
    return pieces


def read_money(text: str, position: int) -> list[Piece] | None:
    """¥1,500 and $5 million; the position is that of the sign."""
    sign, name = next((pair for pair in PREFIX_CURRENCIES if text.startswith(pair[0], position)), ("", ""))
    if not sign:
        return None
    start = position + len(sign)
    match = _MONEY.match(text, start)
    if match is None:
        return None
    amount = match[1].replace(",", "")
    large = {" million": "ミリオン", " billion": "ビリオン", " trillion": "トリリオン"}.get(match[2] or "", "")
    return [rewritten(len(sign) + len(match.group()), f"{amount}{large}{name}", note="amount of money")]


def read_bare_fraction(text: str, position: int) -> list[Piece] | None:
    """.325 without a digit before the point."""
    match = _BARE_FRACTION.match(text, position)
    if match is None or (position and (text[position - 1].isalnum() and text[position - 1].isascii())):
        return None
    kana = "テン" + numbers.digits_kana(match[1])
    return [rewritten(len(match.group()), match.group(), kana=kana, note="decimal without its zero", accent=1)]


RULES: tuple[Rule, ...] = (
    _version,
    _leading_zero,
    _counted,
    _measure,
    _numbers_of_things,
    _amount,
    _listed,
)
"""The rules for a place where a digit stands."""
