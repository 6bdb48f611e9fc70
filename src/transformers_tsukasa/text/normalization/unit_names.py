# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of units and currencies, written as the dictionary of the analysis knows them."""

import re


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
