# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings that are one word in two forms."""

import pytest

from transformers_tsukasa.text.readings.reading_variants import reading_variants


@pytest.mark.parametrize(
    ("written", "base", "kana", "variant"),
    [
        ("日本", "日本", "ニホン", "ニッポン"),
        ("明日", "明日", "アシタ", "アス"),
        ("皆", "皆", "ミナ", "ミンナ"),
        ("良い", "良い", "ヨイ", "イイ"),
        ("描い", "描く", "エガイ", "カイ"),
        ("寂しく", "寂しい", "サビシク", "サミシク"),
    ],
)
def test_forms_of_a_word_are_variants(written, base, kana, variant):
    assert variant in reading_variants(written, base, kana)
    assert kana in reading_variants(written, base, variant)


@pytest.mark.parametrize(
    ("written", "kana", "other"),
    [("市場", "シジョウ", "イチバ"), ("後", "アト", "ノチ"), ("上手", "ジョウズ", "カミテ"), ("一", "イチ", "イッ")],
)
def test_two_words_of_one_writing_are_none(written, kana, other):
    assert other not in reading_variants(written, written, kana)
