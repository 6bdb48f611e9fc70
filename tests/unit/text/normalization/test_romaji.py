# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Romaji: spellings, long vowels and ん."""

import pytest

from transformers_tsukasa.text.normalization.romaji import parse


@pytest.mark.parametrize(
    ("word", "kana"),
    [
        ("shashin", "シャシン"),
        ("syasin", "シャシン"),
        ("zyuusyo", "ジュウショ"),
        ("juusho", "ジュウショ"),
        ("huzi", "フジ"),
        ("tuduku", "ツヅク"),
        ("tsuzuku", "ツズク"),
        ("tya", "チャ"),
        ("matchi", "マッチ"),
        ("macchi", "マッチ"),
        ("zasshi", "ザッシ"),
        ("kin'en", "キンエン"),
        ("kinen", "キネン"),
        ("hon'ya", "ホンヤ"),
        ("konnyaku", "コンニャク"),
        ("annai", "アンナイ"),
        ("konnnichiha", "コンニチワ"),
        ("shinnbunn", "シンブン"),
        ("shimbun", "シンブン"),
        ("Gumma", "グンマ"),
        ("tōkyō", "トウキョウ"),
        ("Tokyo", "トウキョウ"),
        ("Satô", "サトウ"),
        ("Ōsaka", "オオサカ"),
        ("Ohtani", "オオタニ"),
        ("Satoh", "サトウ"),
        ("ohayou", "オハヨウ"),
        ("rāmen", "ラアメン"),
        ("ra-men", "ラーメン"),
        ("o-tera", "オテラ"),
        ("tanaka-san", "タナカサン"),
        ("vaiorin", "ヴァイオリン"),
    ],
)
def test_spellings(word, kana):
    assert parse(word) == kana


@pytest.mark.parametrize("word", ["student", "the", "school", "hello", "kyuk", "xyz", "quality", "'n", "tta", ""])
def test_what_is_not_romaji_is_refused(word):
    assert parse(word) is None
