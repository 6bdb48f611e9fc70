# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compounds of single kanji that no dictionary has."""

from support.analysed_words import analysed
from transformers_tsukasa.text.readings.onyomi_compounds import join_on, read_unknown_compounds


def test_joined_on_readings_change_their_sounds():
    assert join_on(["ハツ", "ケイ"]) == "ハッケイ"
    assert join_on(["サン", "ホ"]) == "サンポ"
    assert join_on(["ガク", "コウ"]) == "ガッコウ"
    assert join_on(["カ", "ホウ"]) == "カホウ"


def test_single_kanji_are_joined_with_their_on_readings():
    words = analysed("骨杯になる")
    given = list(words)
    compound = read_unknown_compounds(words)[0]
    assert words == given
    assert (compound.surface, compound.kana, compound.accent) == ("骨杯", "コッパイ", 0)
    assert (compound.source, compound.is_confident) == ("model", False)
    assert compound.alternatives == ("".join(word.kana for word in words[:2]),)


def test_a_native_suffix_and_a_numeral_are_left_alone():
    for text in ("円高になる", "二三になる"):
        assert read_unknown_compounds(analysed(text)) == analysed(text)
