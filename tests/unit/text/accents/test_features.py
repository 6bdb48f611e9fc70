# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What the accent model sees of a text."""

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accents.features import (
    END,
    class_names,
    class_of,
    group_names,
    mark_names,
    mora_names,
    names_for_neighbour,
    phrase_names,
    view_of,
    word_names,
)


def analysed(text):
    return Phonemizer().words(text)


def test_a_view_has_all_words_and_marks_in_order():
    view = view_of(analysed("橋が、落ちた。😀はい"))
    items = [item if isinstance(item, str) else (item.number, "".join(item.morae)) for item in view.items]
    assert items == [(0, "ハシ"), (1, "ガ"), "、", (3, "オチ"), (4, "タ"), "。", (7, "ハイ")]
    assert view.groups == [3, 3, 2]
    assert [([word.number for word in phrase.words], phrase.start, phrase.size) for phrase in view.phrases] == [
        ([0, 1], 0, 3),
        ([3, 4], 3, 3),
        ([7], 6, 2),
    ]


def test_nothing_spoken_has_no_phrases():
    marks = [word for word in analysed("橋、。") if not word.pronunciation]
    assert view_of(marks) == (["、", "。"], [], [])


def test_a_mora_knows_its_distance_from_the_nuclei_of_both_dictionaries():
    bridge, particle = view_of(analysed("橋が")).words
    first, last = map(set, mora_names(bridge))
    assert {"by_token=-1", "by_unit=-1", "mora=ハ", "word begins"} <= first
    assert {"by_token=0", "by_unit=0", "to_word_end=0"} <= last
    assert "by_unit=?" in mora_names(particle)[0]  # UniDic tells no accent of a particle


def test_a_mora_knows_its_place_in_phrase_and_breath_group():
    first, second, third = map(set, phrase_names(3, 2))
    assert first == {"in_phrase=0", "to_phrase_end=2", "by_rules=-1", "phrase=3", "phrase_accent=2/3"}
    assert "by_rules=0" in second and third == {"in_phrase=2", "to_phrase_end=0", "by_rules=1"}
    assert "by_rules=flat" in phrase_names(1, 0)[0]
    assert group_names(12)[0] == ["in_group=0", "to_group_end=10"]


def test_words_marks_and_ends_have_features_for_their_neighbours():
    bridge, _ = view_of(analysed("橋が")).words
    near = names_for_neighbour(class_names(class_of(bridge.word)) + word_names(bridge), 1)
    assert {"1:lemma=橋/名詞", "1:nucleus=2/2", "1:connection=C3", "1:morae=2"} <= set(near)
    assert not any(name.startswith("1:surface=") for name in near)
    assert names_for_neighbour(mark_names("、"), -1) == ["-1:mark=、"] and names_for_neighbour([END], 1) == ["1:end"]


def test_a_word_has_what_the_dictionaries_tell():
    (word,) = view_of(analysed("橋")).words
    assert {"rule=C3", "accent=2", "connection=C3", "origin=和", "nucleus=2/2"} <= set(word_names(word))
    assert {"pos=名詞", "details=名詞/一般/*", "unit_pos=名詞/普通名詞/一般"} <= set(class_names(class_of(word.word)))


def test_a_word_without_an_entry_has_a_feature_for_it():
    words = analysed("kyou wa Zyxw desu")
    (unknown,) = (word for word in words if word.source == "english")
    assert unknown.entry is None and "entry=none" in word_names(view_of([unknown]).words[0])


def test_a_part_of_a_word_knows_that_it_does_not_begin_it():
    words = analysed("図書館へ")
    parts = [word.entry for word in words[:2]]
    assert [entry.begins_token for entry in parts] == [True, False]
    assert [entry.begins_unit for entry in parts] == [True, True]
    assert parts[0].token == parts[1].token
