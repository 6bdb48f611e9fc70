# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compounds and set phrases as JMdict reads them."""

import pytest

from support.analysed_words import njd_word
from transformers_tsukasa.text import explain, phonemize
from transformers_tsukasa.text.readings import dictionary_compounds
from transformers_tsukasa.text.readings.dictionary_compounds import read_dictionary_compounds
from transformers_tsukasa.text.types import Piece


LEAVES = [njd_word("枝葉", "エダハ"), njd_word("末節", "マッセツ")]


def read(words):
    return [(word.surface, word.pronunciation) for word in read_dictionary_compounds(words)]


def test_words_that_spell_an_entry_are_read_as_it_is():
    words = [*LEAVES, njd_word("に", "ニ", pos="助詞")]
    given = list(words)
    joined = read_dictionary_compounds(words)
    assert words == given
    assert [(word.surface, word.pronunciation) for word in joined] == [("枝葉末節", "シヨウマッセツ"), ("に", "ニ")]
    assert (joined[0].source, joined[0].alternatives) == ("rule:jmdict", ("エダハマッセツ",))


@pytest.mark.parametrize(
    ("word", "base", "form", "kana"),
    [("忍耐強く", "強い", "強く", "ニンタイヅヨク"), ("忍耐強さ", "強い", "強さ", "ニンタイヅヨサ")],
)
def test_an_entry_that_inflects_is_found_in_any_form(word, base, form, kana):
    adjective = njd_word(form, "ツヨ" + kana[-1], pos="形容詞", lemma=base)
    assert read([njd_word("忍耐", "ニンタイ"), adjective]) == [(word, kana)]


@pytest.mark.parametrize(
    "words",
    [
        [*LEAVES, njd_word("論", "ロン")],  # a longer compound
        [*LEAVES, njd_word("ロン", "ロン")],
        [njd_word("大", "ダイ"), *LEAVES],
        [njd_word("二", "ニ", pos_details=("数", "*", "*")), *LEAVES],
        [njd_word("枝葉", "エダハ", piece=Piece(0, 2, "枝葉", "ruby", "エダハ")), LEAVES[1]],
        [njd_word("枝葉末節", "エダハマッセツ")],  # one word is never read again
    ],
)
def test_other_words_stay(words):
    assert read_dictionary_compounds(words) == words


def test_any_reading_of_the_entry_is_right(monkeypatch):
    monkeypatch.setattr(dictionary_compounds, "_compounds", lambda: {"枝葉末節": ("シヨウマッセツ", "エダハマッセツ")})
    assert read_dictionary_compounds(LEAVES) == LEAVES


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("毎朝外出します。", "マイアサガイシュツシマス"),  # not 外出し of baseball
        ("説明している。", "セツメイシテイル"),
        ("今日はいい日だ。", "キョウワイイヒダ"),
        ("男達が来た。", "オトコタチガキタ"),
        ("彼の人生だ。", "カレノジンセイダ"),
        ("貴い命を失う。", "トウトイイノチヲウシナウ"),  # as good as タットイイノチ
        ("20世紀の音楽。", "ニジュッセイキノオンガク"),
    ],
)
def test_plain_words_are_not_taken_for_an_entry(text, kana):
    assert phonemize(text).kana == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [("実を言うと嘘だ。", "ジツヲイウトウソダ"), ("冗談を真に受けた。", "ジョウダンヲマニウケタ")],
)
def test_set_phrases_are_read_as_one(text, kana):
    assert phonemize(text).kana == kana


def test_the_reading_is_explained():
    row = next(row for row in explain("枝葉末節に拘らない。") if row.reading.startswith("シヨウ"))
    assert row.source == "rule:jmdict" and "JMdict" in row.note
