# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From NJD's words to ours: short units, shared readings, places, compounds, second opinions."""

import pytest

from transformers_tsukasa.text import explain, phonemize
from transformers_tsukasa.text.phonemes.morae import split_morae
from transformers_tsukasa.text.readings.analysis import analyze, guess_accent
from transformers_tsukasa.text.readings.compounds import read_compounds
from transformers_tsukasa.text.readings.short_units import cut_reading, split_units
from transformers_tsukasa.text.types import Piece


def test_a_reading_is_cut_where_its_parts_meet():
    assert cut_reading("カンコウキャク", ["カンコウ", "キャク"]) == ["カンコウ", "キャク"]
    assert cut_reading("ホンダナ", ["ホン", "タナ"]) == ["ホン", "ダナ"]
    assert cut_reading("ジュウニガツ", ["", "ガツ"]) == ["ジュウニ", "ガツ"]
    assert cut_reading("サイシンエイ", ["サイシン", "エイ"]) == ["サイシン", "エイ"]
    assert cut_reading("ア", ["ア", "イ"]) is None


def test_compounds_of_the_dictionary_are_cut_into_short_units():
    words = phonemize("観光客が").words
    assert [(w.surface, w.pronunciation, w.joined) for w in words] == [
        ("観光", "カンコウ", False),
        ("客", "キャク", False),
        ("が", "ガ", False),
    ]


def test_marks_inside_a_name_have_no_part_of_its_reading():
    words = phonemize("シンディー・ニコラス").words
    assert [(w.surface, w.pronunciation) for w in words] == [
        ("シンディー", "シンディー"),
        ("・", ""),
        ("ニコラス", "ニコラス"),
    ]


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("百二十三", "hjakɯ nidʑɯɯ saɴ"),
        ("2345円", "niseɴ sambʲakɯ jondʑɯɯ go eɴ"),
        ("お茶を飲んでいる", "otɕa o nonde irɯ"),
        ("食べられなかった", "tabeɽaɽenakaʔta"),
        ("雨でしょうか", "ame deɕoɯ ka"),
        ("行くんです", "ikɯɴ desɯ"),
        ("拾い上げた", "çiɽoiageta"),
        ("読み始める", "jomi hadʑimerɯ"),
    ],
)
def test_spaces_stand_between_short_units(text, phonemes):
    assert phonemize(text).phonemes == phonemes


def test_verbs_and_numbers_are_cut_as_unidic_cuts_them():
    surfaces = [unit.surface for unit in split_units("観光客が三百円の本を拾い上げて読み始めた")]
    assert surfaces == ["観光", "客", "が", "三百", "円", "の", "本", "を", "拾い上げ", "て", "読み", "始め", "た"]


def test_units_know_their_places():
    text = "東京　と 大阪"
    assert [text[unit.start : unit.end] for unit in split_units(text)] == ["東京", "と", "大阪"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("1人、2人だ", [("1人", "ヒトリ"), ("、", ""), ("2人", "フタリ"), ("だ", "ダ")]),
        ("23円", [("23", "ニ"), ("23", "ジュウ"), ("23", "サン"), ("円", "エン")]),
        ("20日間", [("20日間", "ハツカカン")]),
        ("3百円", [("3", "サン"), ("百", "ビャク"), ("円", "エン")]),
    ],
)
def test_numbers_in_digits_keep_their_place(text, places):
    assert [(text[w.start : w.end], w.pronunciation) for w in phonemize(text).words] == places


def test_every_character_belongs_to_a_word():
    text = "「9,999円は高い😀」と、1億2000万人が言った（1.05倍）！"
    words = phonemize(text).words
    covered = {place for word in words for place in range(word.start, word.end)}
    assert covered == set(range(len(text)))
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_known_readings_act_as_nouns_in_the_sentence():
    pieces = [
        Piece(0, 3, "", "number", "サンボン", 1),
        Piece(3, 4, "は", "text"),
        Piece(4, 7, "ABC", "acronym", "エービーシー"),
        Piece(7, 10, "XYZ", "english", "エックス"),
        Piece(10, 11, "へ", "text"),
    ]
    words = analyze(pieces)
    assert [(w.pronunciation, w.source, w.start, w.end) for w in words] == [
        ("サンボン", "number", 0, 3),
        ("ワ", "dictionary", 3, 4),
        ("エービーシー", "acronym", 4, 7),
        ("エックス", "english", 7, 10),
        ("エ", "dictionary", 10, 11),
    ]


def test_known_readings_are_kept_beside_letters_and_when_very_long():
    pieces = [Piece(0, 1, "Ａ"), Piece(1, 2, "Ｂ", "user", "ビービー"), Piece(2, 3, "Ｃ")]
    assert [w.pronunciation for w in analyze(pieces) if w.source == "user"] == ["ビービー"]
    long = analyze([Piece(0, 5, "長い数", "number", "イチ" * 3000)])
    assert "".join(w.pronunciation for w in long) == "イチ" * 3000
    assert {(w.start, w.end) for w in long} == {(0, 5)}


def test_a_compound_is_read_as_the_second_dictionary_has_it():
    def njd(string: str, reading: str, **more) -> dict:
        word = dict.fromkeys(("pos_group2", "pos_group3", "ctype", "cform"), "*")
        word |= {
            "string": string,
            "read": reading,
            "pron": reading,
            "orig": string,
            "pos": "名詞",
            "pos_group1": "一般",
        }
        return word | {"acc": 1, "mora_size": len(split_morae(reading)), "chain_flag": 0} | more

    parts = [njd("乙女", "オトメ"), njd("心", "シン"), njd("が", "ガ", pos="助詞")]
    read = read_compounds(parts, "乙女心が")
    assert [(word["string"], word["pron"]) for word in read] == [("乙女心", "オトメゴコロ"), ("が", "ガ")]
    assert read[0]["tsukasa_source"] == "rule:compound"
    assert read[0]["tsukasa_alternatives"] == ("オトメシン",)
    settled = [njd("乙女", "オトメ", tsukasa_source="rule:x"), njd("心", "シン")]
    assert read_compounds(settled, "乙女心") == settled


def test_words_on_which_the_dictionaries_differ_are_marked():
    row = next(row for row in explain("玩具を買う") if row.word == "玩具")
    assert row.alternatives
    assert not row.confident


@pytest.mark.parametrize(
    ("kana", "nucleus"), [("トマト", 1), ("バナナ", 1), ("オレンジ", 2), ("サッカー", 1), ("ア", 1), ("", 0)]
)
def test_accent_of_unknown_nouns(kana, nucleus):
    assert guess_accent(split_morae(kana)) == nucleus
