# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""English words in katakana: lexicon, forms, abbreviations."""

import pytest

from transformers_tsukasa.text.normalization.english import lookup, read_word, spell


@pytest.mark.parametrize(
    ("word", "kana"),
    [
        ("computer", "コンピューター"),
        ("student", "スチューデント"),
        ("students", "スチューデンツ"),
        ("dogs", "ドッグズ"),
        ("breaking", "ブレーキング"),
        ("quickly", "クイックリー"),
        ("happy", "ハッピー"),
        ("Tom's", "トムズ"),
        ("don't", "ドント"),
        ("YouTube", "ユーチューブ"),
        ("rainbow", "レインボー"),
        ("security", "セキュリティ"),
        ("MacBook", "マックブック"),
        ("Beethoven", "ベートーベン"),
    ],
)
def test_words(word, kana):
    assert read_word(word).kana == kana


def test_words_of_the_lexicon_bring_their_accent():
    reading = lookup("orange")
    assert reading is not None and reading.kana == "オレンジ" and reading.accent == 2


@pytest.mark.parametrize(
    ("letters", "kana", "accent"), [("NHK", "エヌエイチケー", 6), ("A", "エー", 1), ("pdf", "ピーディーエフ", 5)]
)
def test_letters_one_by_one(letters, kana, accent):
    reading = spell(letters)
    assert (reading.kana, reading.accent) == (kana, accent)
