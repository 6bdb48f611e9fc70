# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Latin letters in a text: abbreviations, English words, romaji."""

import pytest

from support.normalized_text import written
from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.phonemes.morae import to_katakana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("NHKのAI", "エヌエイチケーのエーアイ"),
        ("NASA", "ナサ"),
        ("CD-ROM", "シーディーロム"),
        ("Ph.D.", "ピーエイチディー"),
        ("Wi-FiとWiFi", "ワイファイとワイファイ"),
        ("e-mail", "イーメール"),
        ("U.S.A.", "ユーエスエー"),
        ("GPT-4", "ジーピーティーフォー"),
        ("MP3", "エムピースリー"),
        ("No.1", "ナンバーワン"),
        ("Mr. Smith", "ミスター スミス"),
        ("A4用紙", "エー4用紙"),
        ("café", "カフェ"),
        ("Thank you", "サンキュー"),
        ("Let's go", "レッツ ゴー"),
        ("iPhone 15", "アイフォン 15"),
        ("goodな日", "グッドな日"),
        ("Tシャツ", "ティーシャツ"),
        ("x=5", "エックスイコール5"),
    ],
)
def test_english_in_text(text, kana):
    assert written(text) == kana


def test_sources_and_notes_explain_how():
    (word,) = normalize("computer")
    assert word.source == "english" and "lexicon" in word.note
    (acronym,) = normalize("NHK")
    assert acronym.source == "acronym" and acronym.note


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
    assert to_katakana(written(text)) == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("pdf and usb", "ピーディーエフ アンド ユーエスビー"),
        ("ledが光る", "エルイーディーガ光ル"),
        ("led by him", "レッド バイ ヒム"),  # words of English and romaji stay among others
        ("ai no uta", "アイノウタ"),
        ("aiの歌", "エーアイノ歌"),
        ("lanに繋ぐ", "ランニ繋グ"),  # LAN is a word
        ("DVDsとurls", "ディーブイディーズトユーアールエルズ"),
        ("うp主", "ウプ主"),
        ("おk", "オーケー"),
        ("p2pとP2P", "ピーツーピートピーツーピー"),
        ("finally, carefully", "ファイナリー, ケアフリー"),
    ],
)
def test_abbreviations_and_net_words(text, kana):
    assert to_katakana(written(text)) == kana
