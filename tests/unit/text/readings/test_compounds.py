# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compounds as the second dictionary reads them."""

import pytest

from support.analysed_words import njd_word
from transformers_tsukasa.text.readings.compounds import read_compounds
from transformers_tsukasa.text.types import Piece


def test_a_compound_is_read_as_the_second_dictionary_has_it():
    parts = [njd_word("乙女", "オトメ"), njd_word("心", "シン"), njd_word("が", "ガ", pos="助詞")]
    given = list(parts)
    read = read_compounds(parts, "乙女心が")
    assert parts == given
    assert [(word.surface, word.pronunciation) for word in read] == [("乙女心", "オトメゴコロ"), ("が", "ガ")]
    assert (read[0].source, read[0].alternatives, read[0].mora_count) == ("rule:compound", ("オトメシン",), 6)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "rule:x"},
        {"piece": Piece(0, 2, "乙女", "user", "オトメ")},
        {"pos_details": ("数", "*", "*")},
        {"pos": "記号"},
    ],
)
def test_settled_words_are_not_joined(changes):
    words = [njd_word("乙女", "オトメ", **changes), njd_word("心", "シン")]
    assert read_compounds(words, "乙女心") == words


def test_a_number_before_a_compound_keeps_its_counter():
    words = [njd_word("七", "ナナ", pos_details=("数", "*", "*")), njd_word("乙女", "オトメ"), njd_word("心", "シン")]
    assert read_compounds(words, "七乙女心") == words


def test_compounds_are_found_after_a_word_with_a_given_reading_that_stands_in_the_text_again():
    given = njd_word("東京", "トウケイ", piece=Piece(0, 2, "東京", "ruby", "トウケイ"))
    words = [given, njd_word("乙女", "オトメ"), njd_word("心", "シン"), njd_word("東京", "トウキョウ")]
    assert [word.pronunciation for word in read_compounds(words, "ＩＢＭ乙女心東京")] == [
        "トウケイ",
        "オトメゴコロ",
        "トウキョウ",
    ]
