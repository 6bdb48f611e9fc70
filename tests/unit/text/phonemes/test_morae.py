# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Morae and their sounds against the recorded table, and the comparison of two readings."""

import csv

import pytest

from support.shared_data import recorded_path
from transformers_tsukasa.text.phonemes.morae import (
    CLEAN_SOUNDS,
    LEGACY_SOUNDS,
    comparable_morae,
    is_kana,
    split_morae,
    split_written_morae,
    to_katakana,
)
from transformers_tsukasa.text.phonemes.symbols import is_in_inventory


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
    recommended = {row["mora"]: row["ipa_recommended"] for row in recorded_table()}
    clean = {mora: CLEAN_SOUNDS[mora].onset + CLEAN_SOUNDS[mora].vowel for mora in recommended}
    differing = {mora for mora in recommended if clean[mora] != recommended[mora]}
    assert differing <= {mora for mora in recommended if CLEAN_SOUNDS[mora] != LEGACY_SOUNDS[mora]}
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
    assert is_kana("ヷヺか゛゜")
    assert not is_kana("ゝヽ")
    assert not is_kana("゛")
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
