# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""English words in katakana: lexicon, forms, abbreviations, and letters to sounds."""

import pytest

from transformers_tsukasa.text.normalization.english import lookup, read_word, spell
from transformers_tsukasa.text.normalization.english_letters import spell_out
from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.phonemes.morae import is_kana


def read(text: str) -> str:
    return "".join(piece.kana or piece.text for piece in normalize(text))


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


@pytest.mark.parametrize("word", ["blorptastic", "frimble", "zigoxanth", "kwyjibo", "qqq", "x", "strengthened"])
def test_unknown_words_are_read_by_their_letters(word):
    kana = spell_out(word)
    assert kana and is_kana(kana)


def test_letters_to_sounds_follow_usual_spelling():
    assert spell_out("brake") == "ブレーク"
    assert spell_out("nation") == "ネーション"


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
    assert read(text) == kana


def test_sources_and_notes_say_how():
    (word,) = normalize("computer")
    assert word.source == "english" and "lexicon" in word.note
    (acronym,) = normalize("NHK")
    assert acronym.source == "acronym" and acronym.note
