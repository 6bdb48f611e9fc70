# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The decision between romaji and English."""

import pytest

from support.normalized_text import written
from transformers_tsukasa.text.normalization.latin_words import decide_words
from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.phonemes.morae import to_katakana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("I made a cake", "アイ メイド ア ケーキ"),
        ("to be or not to be", "トゥ ビー オア ノット トゥ ビー"),
        ("are you ready", "アー ユー レディー"),
        ("no problem", "ノー プロブレム"),
        ("women", "ウィメン"),
        ("My favorite food is sushi", "マイ フェイバリット フード イズ スシ"),
        ("Tokyo Tower", "トウキョウ タワー"),
    ],
)
def test_english_sentences_stay_english(text, kana):
    assert to_katakana(written(text)) == kana


def test_the_decision_is_explained():
    (piece,) = normalize("kyou")
    assert piece.source == "romaji" and "romaji" in piece.note
    made = [piece for piece in normalize("asa made neru") if piece.start == 4]
    assert made[0].source == "romaji" and made[0].alternatives == ("メイド",) and "around" in made[0].note


def test_words_take_the_language_of_their_neighbours():
    romaji, english = decide_words("asa made neru"), decide_words("I made a cake")
    assert romaji[4].is_romaji and not english[2].is_romaji
    assert romaji[4].reason.endswith("like the words around it")
    assert (romaji[4].kana, romaji[4].start, romaji[4].end) == ("マデ", 4, 8)


def test_capitals_are_settled():
    word = decide_words("kyou NHK wo mita")[5]
    assert word.is_settled and not word.is_romaji
