# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From words of the analysis to words of the text: shared readings, places, second opinions."""

from transformers_tsukasa.text import explain, phonemize


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


def test_words_on_which_the_dictionaries_differ_are_marked():
    row = next(row for row in explain("玩具を買う") if row.word == "玩具")
    assert row.alternatives
    assert not row.confident
