# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What the accent model sees of a text."""

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accents.features import (
    lexical_accents,
    positions,
    token_accent,
    unit_accent,
    word_names,
)


def analysed(text):
    return Phonemizer().words(text)


def test_every_mora_and_mark_has_a_position():
    words = analysed("橋が、落ちた。😀はい")
    found = positions(words)
    spoken = [(words[one.word].surface, one.mora) for one in found]
    bridge = [("橋", 0), ("橋", 1), ("が", 0), ("、", -1)]
    assert spoken == [*bridge, ("落ち", 0), ("落ち", 1), ("た", 0), ("。", -1), ("はい", 0), ("はい", 1)]
    assert "mark=、" in found[3].names


def test_a_mora_knows_its_distance_from_the_nuclei_of_both_dictionaries():
    words = analysed("橋が")
    first, last, particle = (set(one.names) for one in positions(words))
    assert {"by_token=-1", "by_unit=-1", "mora=ハ", "word begins"} <= first
    assert {"by_token=0", "by_unit=0", "to_word_end=0"} <= last
    assert "by_unit=?" in particle  # UniDic tells no accent of a particle


def test_accents_of_the_dictionaries_are_read():
    (word,) = analysed("橋")
    assert token_accent(word.entry.token) == ((2,), "C3", 2, "ハシ")
    assert unit_accent(word.entry.unit) == ((2,), "C3", 0, "ハシ")
    assert {"rule=C3", "accent=2", "connection=C3", "origin=和", "nucleus=2/2"} <= set(word_names(word))
    assert token_accent("ゑゑ,名詞,一般,*,*,*,*") == ((), "", 0, "")


def test_a_word_without_an_entry_has_a_feature_for_it():
    words = analysed("kyou wa Zyxw desu")
    (unknown,) = (word for word in words if word.source == "english")
    assert unknown.entry is None and "entry=none" in word_names(unknown)


def test_a_part_of_a_word_knows_that_it_does_not_begin_it():
    words = analysed("図書館へ")
    parts = [word.entry for word in words[:2]]
    assert [entry.begins_token for entry in parts] == [True, False]
    assert [entry.begins_unit for entry in parts] == [True, True]
    assert parts[0].token == parts[1].token


def test_an_entry_of_another_reading_tells_no_accent():
    (toy,) = analysed("玩具")
    token, unit = lexical_accents(toy)
    assert (toy.pronunciation, token.nuclei, unit.nuclei) == ("オモチャ", (2,), ())
    (position, *_) = positions([toy])
    assert "by_unit=?" in position.names and "by_token=-1" in position.names
    assert lexical_accents(toy._replace(pronunciation="ヒトガタ")) is None
