# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Single numbers: counters, units, money, very large ones."""

import json
from pathlib import Path

import pytest

from support.normalized_text import written
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.phonemes.morae import comparable_morae


@pytest.fixture(scope="module")
def phonemizer():
    return Phonemizer()


def spoken(phonemizer, text: str) -> list[str]:
    return list(comparable_morae("".join(word.pronunciation for word in phonemizer(text).words)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3", "イチテンニーテンサン"),
        ("1,234,567円", "1234567円"),
        ("1 000 000円", "1000000円"),
        ("¥1,500", "1500円"),
        ("$1.99", "1.99ドル"),
        ("$5 million", "5ミリオンドル"),
        ("60km/h", "60キロメートルマイジ"),
        ("30m²", "30平方メートル"),
        ("25℃", "25度"),
        ("007", "ゼロゼロナナ"),
        (".325", "テンサンニーゴー"),
        ("5GHz", "5ギガヘルツ"),
        ("5Gの時代", "ファイブジーの時代"),
    ],
)
def test_numbers_and_units_are_written_out(text, expected):
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
def test_numbers_through_all_steps(phonemizer, text, kana):
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
