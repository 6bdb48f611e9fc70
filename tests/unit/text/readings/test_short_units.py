# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Short units and their share of a reading."""

import random
from itertools import combinations, pairwise

import pytest

from transformers_tsukasa.text.edit_distance import edit_distance
from transformers_tsukasa.text.readings.short_units import cut_reading, possible_readings, split_units


def test_a_reading_is_cut_where_its_parts_meet():
    assert cut_reading("カンコウキャク", ["カンコウ", "キャク"]) == ["カンコウ", "キャク"]
    assert cut_reading("ホンダナ", ["ホン", "タナ"]) == ["ホン", "ダナ"]
    assert cut_reading("ジュウニガツ", ["", "ガツ"]) == ["ジュウニ", "ガツ"]
    assert cut_reading("サイシンエイ", ["サイシン", "エイ"]) == ["サイシン", "エイ"]
    assert cut_reading("ア", ["ア", "イ"]) is None


def test_a_cut_costs_least_and_comes_early_where_several_do():
    """The same pieces as the distances of all pieces by themselves tell."""
    generator = random.Random(7)
    for _ in range(300):
        kana = "".join(generator.choice("アイカンッー") for _ in range(generator.randint(1, 7)))
        parts = ["".join(generator.choice("アイカン") for _ in range(generator.randint(0, 3))) for _ in range(3)]
        assert cut_reading(kana, parts) == _cheapest_cut(kana, parts)


def _cheapest_cut(kana: str, parts: list[str]) -> list[str] | None:
    """Among all cuts the cheapest one, of several the one whose last piece begins first, and so on before it."""
    cuts = [(0, *places, len(kana)) for places in combinations(range(1, len(kana)), len(parts) - 1)]
    if not cuts:
        return None

    def cost(edges):
        pieces = [kana[begin:end] for begin, end in pairwise(edges)]
        odd = sum(
            piece[0] in "ンッー" and part[:1] != piece[0]
            for begin, piece, part in zip(edges, pieces, parts, strict=False)
            if begin
        )
        return 2 * odd + sum(edit_distance(piece, part) for piece, part in zip(pieces, parts, strict=True) if part)

    best = min(cuts, key=lambda edges: (cost(edges), edges[::-1]))
    return [kana[begin:end] for begin, end in pairwise(best)]


def test_verbs_and_numbers_are_cut_as_unidic_cuts_them():
    surfaces = [unit.surface for unit in split_units("観光客が三百円の本を拾い上げて読み始めた")]
    assert surfaces == ["観光", "客", "が", "三百", "円", "の", "本", "を", "拾い上げ", "て", "読み", "始め", "た"]


def test_units_know_their_places():
    text = "東京　と 大阪"
    assert [text[unit.start : unit.end] for unit in split_units(text)] == ["東京", "と", "大阪"]


@pytest.mark.parametrize(
    ("word", "ending", "reading"),
    [
        ("憂鬱", "", "ユウウツ"),
        ("本気", "", "ホンキ"),
        ("本気", "", "マジ"),
        ("本気", "で", "マジ"),
        ("躊躇", "った", "タメラ"),
        ("貶", "めた", "オトシ"),
        ("貶", "めた", "サゲス"),
        ("辛い", "", "ツライ"),
        ("辛い", "", "カライ"),
    ],
)
def test_readings_that_the_dictionary_knows(word, ending, reading):
    assert reading in possible_readings(word + ending, len(word))


def test_readings_of_a_part_of_a_word_are_not_those_of_the_word():
    assert "トウキョウ" not in possible_readings("東京都", 1)
    assert possible_readings("ABC", 3) == set()
