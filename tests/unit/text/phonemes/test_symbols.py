# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Symbols, morae and their sounds against the recorded table, and the comparison of two readings."""

import csv

import pytest
from safetensors import safe_open

from support.shared_data import recorded_path
from transformers_tsukasa.text.phonemes.morae import (
    CLEAN_SOUNDS,
    LEGACY_SOUNDS,
    LOSSY_MORAE,
    comparable_morae,
    is_kana,
    split_morae,
    split_written_morae,
    to_katakana,
)
from transformers_tsukasa.text.phonemes.symbols import PAD, PAD_ID, SYMBOL_TO_ID, SYMBOLS, is_in_inventory


def test_symbols_have_the_places_of_the_published_checkpoints():
    assert len(SYMBOLS) == 178
    assert (SYMBOLS[0], PAD, PAD_ID) == ("$", "$", 0)
    assert SYMBOLS.index("'") == 174
    assert SYMBOL_TO_ID["'"] == 176


def test_symbols_match_recorded_token_ids():
    with safe_open(recorded_path("parity", "synthesis_no_diffusion.safetensors"), "np") as file:
        text = file.metadata()["text"]
        ids = file.get_tensor("input_ids").reshape(-1).tolist()
    assert [PAD_ID, *(SYMBOL_TO_ID[symbol] for symbol in text if symbol in SYMBOL_TO_ID)] == ids


def test_inventory_refuses_what_is_not_in_it():
    assert is_in_inventory("kʲoɯ wa, iː teŋki!")
    assert not is_in_inventory("kyō")
    assert not is_in_inventory("今日")


def recorded_table() -> list[dict[str, str]]:
    with recorded_path("g2p", "mora_table.tsv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["mora"] not in ("ン", "ッ", "ー")]


def test_legacy_sounds_are_those_of_the_recorded_table():
    rows = recorded_table()
    assert len(rows) > 180
    for row in rows:
        if row["mora"] == "イェ":  # in running text the strings have two morae, as the table's note says
            continue
        sound = LEGACY_SOUNDS[row["mora"]]
        assert sound.onset + sound.vowel == row["ipa_reference"], row["mora"]


def test_clean_sounds_lose_nothing():
    plain = {row["mora"]: row["ipa_recommended"] for row in recorded_table() if row["mora"] not in LOSSY_MORAE}
    assert {mora: CLEAN_SOUNDS[mora].onset + CLEAN_SOUNDS[mora].vowel for mora in plain} == plain
    assert all(sound.vowel for sound in CLEAN_SOUNDS.values())
    assert CLEAN_SOUNDS["ディ"].vowel == "i"
    assert CLEAN_SOUNDS["ウェ"] != CLEAN_SOUNDS["エ"]


@pytest.mark.parametrize("sounds", [LEGACY_SOUNDS, CLEAN_SOUNDS])
def test_every_sound_is_in_the_inventory(sounds):
    for mora, sound in sounds.items():
        assert is_in_inventory(sound.onset + sound.vowel), mora
        assert not set("ɸɲɾ") & set(sound.onset), mora


@pytest.mark.parametrize(
    ("kana", "morae"),
    [
        ("きょうと", ("キョ", "ウ", "ト")),
        ("ヴァイオリン", ("ヴァ", "イ", "オ", "リ", "ン")),
        ("ちゃんと", ("チャ", "ン", "ト")),
        ("コーヒー", ("コ", "ー", "ヒ", "ー")),
        ("がっこう", ("ガ", "ッ", "コ", "ウ")),
        ("ねぇ", ("ネ", "エ")),
        ("ファッション", ("ファ", "ッ", "ショ", "ン")),
        ("", ()),
    ],
)
def test_morae_of_a_reading(kana, morae):
    assert split_morae(kana) == morae


def test_small_kana_are_kept_where_the_writing_is_asked_for():
    assert split_written_morae("ねぇ") == ("ネ", "ェ")


def test_a_reading_that_is_not_kana_is_named():
    with pytest.raises(ValueError, match="東.* is not kana"):
        split_morae("東キョウ")


def test_kana_is_recognised():
    assert is_kana("ひらがなカタカナー")
    assert not is_kana("漢字")
    assert not is_kana("")
    assert to_katakana("ゔぁいおりん、と") == "ヴァイオリン、ト"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("トウキョウ", "トーキョー"),
        ("センセイ", "センセー"),
        ("オオキイ", "オーキー"),
        ("ハナヂ", "ハナジ"),
        ("トイウ", "トユー"),
        ("ヲ", "オ"),
    ],
)
def test_ways_to_write_one_reading_are_equal(one, other):
    assert comparable_morae(one) == comparable_morae(other)


@pytest.mark.parametrize(
    ("one", "other"), [("オバサン", "オバアサン"), ("ビル", "ビール"), ("ヴァ", "バ"), ("キテ", "キッテ")]
)
def test_different_readings_are_not_equal(one, other):
    assert comparable_morae(one) != comparable_morae(other)
