# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Numbers, counters, dates, times and measures, as pieces and through the whole front-end."""

import json
from pathlib import Path

import pytest

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.normalization.numbers import (
    counters,
    digits_kana,
    integer_kana,
    integer_parts,
    join_counter,
)
from transformers_tsukasa.text.phonemes.morae import comparable_morae


@pytest.fixture(scope="module")
def phonemizer():
    return Phonemizer()


def spoken(phonemizer, text: str) -> list[str]:
    return list(comparable_morae("".join(word.pronunciation for word in phonemizer(text).words)))


def written(text: str) -> str:
    return "".join(piece.kana or piece.text for piece in normalize(text))


@pytest.mark.parametrize(
    ("digits", "kana"),
    [
        ("0", "ゼロ"),
        ("10", "ジュウ"),
        ("300", "サンビャク"),
        ("608", "ロッピャクハチ"),
        ("1000", "セン"),
        ("3800", "サンゼンハッピャク"),
        ("10000", "イチマン"),
        ("10000000", "イッセンマン"),
        ("11110000", "センヒャクジュウイチマン"),
        ("1000000000000", "イッチョウ"),
        ("100000000000000000", "ジュッケイ"),
        ("1" + "0" * 68, "イチムリョウタイスウ"),
        ("007", "ナナ"),
    ],
)
def test_integers(digits, kana):
    assert integer_kana(digits) == kana


def test_beyond_the_largest_power_digits_are_read_one_by_one():
    assert integer_kana("12" * 40) == "イチニー" * 40


def test_every_integer_below_ten_thousand_has_its_own_reading():
    assert len({integer_kana(str(number)) for number in range(10_000)}) == 10_000


def test_digits_one_by_one():
    assert digits_kana("0120") == "ゼロイチニーゼロ"


@pytest.mark.parametrize(
    ("number", "writing", "kana"),
    [
        ("1", "本", "イッポン"),
        ("3", "本", "サンボン"),
        ("1000", "本", "センボン"),
        ("3", "分", "サンプン"),
        ("4", "分", "ヨンプン"),
        ("300", "匹", "サンビャッピキ"),
        ("3", "階", "サンガイ"),
        ("10", "個", "ジュッコ"),
        ("8", "歳", "ハッサイ"),
        ("20", "歳", "ハタチ"),
        ("14", "人", "ジュウヨニン"),
        ("24", "日", "ニジュウヨッカ"),
        ("9", "時", "クジ"),
        ("3", "票", "サンピョウ"),
        ("6", "カップ", "ロッカップ"),
    ],
)
def test_counters_change_their_sounds(number, writing, kana):
    assert join_counter(integer_parts(number), counters()[writing], number)[0] == kana


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025/11/20", "2025年11月20日"),
        ("2025-01-05", "2025年1月5日"),
        ("R6.4.1", "令和6年4月1日"),
        ("11/20に", "11月20日に"),
        ("1/2の確率", "2分の1の確率"),
        ("14:30", "14時30分"),
        ("9:05:30", "9時5分30秒"),
        ("10:00〜18:00", "10時から18時"),
        ("2:1の割合", "2タイ1の割合"),
        ("3-2で勝った", "3タイ2で勝った"),
        ("10-20人", "10から20人"),
        ("3-4人", "サンヨニン"),
        ("2,3本", "ニサンボン"),
        ("5-3=2", "5ヒク3イコール2"),
        ("1-2-3", "1の2の3"),
        ("1.2.3", "イチテンニーテンサン"),
        ("1,234,567円", "1234567円"),
        ("1 000 000円", "1000000円"),
        ("¥1,500", "1500円"),
        ("$1.99", "1.99ドル"),
        ("$5 million", "5ミリオンドル"),
        ("60km/h", "60キロメートルマイジ"),
        ("30m²", "30平方メートル"),
        ("25℃", "25度"),
        ("090-1234-5678", "ゼロキュウゼロ、イチニーサンヨン、ゴーロクナナハチ"),
        ("〒100-0001", "ユウビンバンゴウイチゼロゼロ、ゼロゼロゼロイチ"),
        ("007", "ゼロゼロナナ"),
        (".325", "テンサンニーゴー"),
        ("八割三分", "八割サンブ"),
        ("二人前", "ニニンマエ"),
        ("5GHz", "5ギガヘルツ"),
        ("5Gの時代", "ファイブジーの時代"),
    ],
)
def test_written_forms_become_what_is_said(text, expected):
    assert written(text) == expected


def test_a_date_as_the_first_of_the_month_or_one_day():
    assert written("1日に開幕する") == "ツイタチに開幕する"
    assert written("1日に3回") == "1日に3回"


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("三本と6本", "サンボントロッポン"),
        ("12月31日", "ジュウニガツサンジュウイチニチ"),
        ("3万5千円", "サンマンゴセンエン"),
        ("二〇二五年", "ニセンニジュウゴネン"),
        ("0.5秒", "レイテンゴビョウ"),
        ("4時間と9人", "ヨジカントキュウニン"),
        (
            "123456789012345678",
            "ジュウニケイサンゼンヨンヒャクゴジュウロクチョウナナセンハッピャクキュウジュウオクセンニヒャクサンジュウヨンマンゴセンロッピャクナナジュウハチ",
        ),
    ],
)
def test_numbers_through_the_front_end(phonemizer, text, kana):
    assert spoken(phonemizer, text) == list(comparable_morae(kana))


def test_hard_inputs_seen(phonemizer):
    path = Path(__file__).parents[3] / "data" / "hard_inputs.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [
        row
        for row in rows
        if row["id"].rpartition("_")[0] in ("numbers", "counters", "dates", "times", "currency", "units", "math")
    ]
    right = sum(
        spoken(phonemizer, row["text"])
        in [list(comparable_morae(kana)) for kana in (row["human_kana"], *row.get("also", ()))]
        for row in rows
    )
    assert right / len(rows) >= 0.97


@pytest.mark.parametrize(
    ("text", "kana"),
    [("12.3度", "ジュウニテンサンド"), ("5.5点", "ゴテンゴテン"), ("2.25", "ニテンニゴ"), ("2点差", "ニテンサ")],
)
def test_decimals_are_not_drawled(phonemizer, text, kana):
    assert spoken(phonemizer, text) == list(comparable_morae(kana))


def test_speed_limits_keep_the_number_with_its_unit(phonemizer):
    assert spoken(phonemizer, "60km/h") == list(comparable_morae("ロクジュッキロメートルマイジ"))
