# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Romaji: spellings, long vowels, ん, particles, and the decision between romaji and English."""

import pytest

from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.normalization.romaji import parse
from transformers_tsukasa.text.phonemes.morae import to_katakana


def read(text: str) -> str:
    return to_katakana("".join(piece.kana or piece.text for piece in normalize(text)))


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


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("kyou wa ii tenki desu ne", "キョウワイイテンキデスネ"),
        ("watashi ha gakkou he ikimasu", "ワタシワガッコウエイキマス"),
        ("hon o yomu", "ホンオヨム"),
        ("kore wa pen desu", "コレワペンデス"),
        ("ie made aruku", "イエマデアルク"),
        ("sake wo nomu", "サケオノム"),
        ("Tokyo to Kyoto", "トウキョウトキョウト"),
        ("ganbatte!", "ガンバッテ!"),
        ("これは sugoi です", "コレハ スゴイ デス"),
        ("私はkyouから", "私ハキョウカラ"),
        ("hai, sou desu", "ハイ, ソウデス"),
    ],
)
def test_romaji_sentences(text, kana):
    assert read(text) == kana


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
    assert read(text) == kana


def test_the_decision_is_explained():
    (piece,) = normalize("kyou")
    assert piece.source == "romaji" and "romaji" in piece.note
    made = [piece for piece in normalize("asa made neru") if piece.start == 4]
    assert made[0].source == "romaji" and made[0].alternatives == ("メイド",) and "around" in made[0].note
