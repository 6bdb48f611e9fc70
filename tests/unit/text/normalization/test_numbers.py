# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Integers, digits one by one, and counters."""

import pytest

from transformers_tsukasa.text.normalization.numbers import (
    counters,
    digits_kana,
    integer_kana,
    integer_parts,
    join_counter,
)


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
