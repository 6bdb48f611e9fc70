# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Levels of morae and of phoneme symbols by the accent of the dictionary, in every profile."""

import pytest

from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.accent_levels import (
    HIGH,
    MORA_STARTS,
    NO_MORA,
    PHRASE_STARTS,
    accent_levels,
    mora_levels,
    phrase_levels,
)
from transformers_tsukasa.text.phonemes.rendering import PROFILES


def written(levels):
    """L and H for every mora, phrases apart."""
    starts = [level for level in levels if level >= 0 and level & MORA_STARTS]
    return "".join(" " * bool(level & PHRASE_STARTS) + "LH"[level & HIGH] for level in starts).strip()


@pytest.mark.parametrize(
    ("morae", "nucleus", "levels"),
    [(1, 0, "L"), (1, 1, "H"), (3, 0, "LHH"), (3, 1, "HLL"), (4, 2, "LHLL"), (3, 3, "LHH")],
)
def test_a_phrase_is_high_from_its_second_mora_to_the_nucleus(morae, nucleus, levels):
    assert written(phrase_levels(morae, nucleus)) == levels


def test_a_nucleus_outside_the_phrase_is_refused():
    with pytest.raises(ValueError, match="nucleus"):
        phrase_levels(3, 4)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("箸が", "HLL"),
        ("橋が", "LHL"),
        ("端が", "LHH"),
        ("卵が", "LHLL"),
        ("猫、犬。", "HL LH"),
        ("橋を渡る。", "LHL LHH"),
        ("えっ？", "HL"),
    ],
)
def test_symbols_have_the_levels_of_their_morae(profile, text, levels):
    reading = phonemize(text, profile)
    assert written(mora_levels(reading.words)) == written(accent_levels(reading)) == levels


@pytest.mark.parametrize("profile", PROFILES)
def test_marks_and_spaces_have_no_level(profile):
    reading = phonemize("橋の上で、「こんにちは」と言った。", profile)
    levels = accent_levels(reading)
    assert len(levels) == len(reading.phonemes)
    for symbol, level in zip(reading.phonemes, levels, strict=True):
        assert (level == NO_MORA) == (symbol in ' ,."“”')


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("text", ["家にいます。", "お姉さんは先生です。", "赤いあひる。今、行く。"])
def test_no_phrase_is_lost_where_morae_merge(profile, text):
    reading = phonemize(text, profile, accent_source="rules")
    phrases = [
        sum(bool(level & PHRASE_STARTS) for level in levels if level >= 0)
        for levels in (mora_levels(reading.words), accent_levels(reading))
    ]
    assert phrases[0] == phrases[1]


def test_accent_marks_are_of_their_mora():
    reading = phonemize("橋が", "clean", accent=True)
    assert reading.phonemes == "ha↑ɕi↓ ga"
    first, high = MORA_STARTS | PHRASE_STARTS, MORA_STARTS | HIGH
    assert accent_levels(reading) == [first, 0, high, HIGH, HIGH, HIGH, NO_MORA, MORA_STARTS, 0]
