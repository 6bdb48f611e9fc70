# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings as writers give them."""

import pytest

from transformers_tsukasa.text.readings.given_kana import given_kana


@pytest.mark.parametrize(
    ("reading", "kana"),
    [
        ("とうきょう", "トウキョウ"),
        ("トウキョウ", "トウキョウ"),
        ("ﾄｳｷｮｳ", "トウキョウ"),
        ("ｶﾞｷ", "ガキ"),
        ("か\u3099き", "ガキ"),
        ("とう・きょう", "トウキョウ"),
        ("ﾄｳ･ｷｮｳ", "トウキョウ"),
        ("とう きょう", "トウキョウ"),
        ("とう\u3000きょう", "トウキョウ"),
        ("ラーメン", "ラーメン"),
        ("ﾗｰﾒﾝ", "ラーメン"),
        ("ラ―メン", "ラーメン"),
        ("ら〜めん", "ラーメン"),
        ("かゞみ", "カガミ"),
        ("こゝろ", "ココロ"),
        ("ゔぁいおりん", "ヴァイオリン"),
        ("は", "ハ"),
    ],
)
def test_kana_of_any_width(reading, kana):
    assert given_kana(reading) == kana


@pytest.mark.parametrize("reading", ["", "・", "・・・", "ー", "ーー", "Tokyo", "とう京", "とうきょう。", "5"])
def test_what_is_no_reading(reading):
    assert given_kana(reading) is None
