# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Levels of morae and symbols by the accent of the dictionary."""

import pytest

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.phonemes.accents import (
    HIGH,
    MORA_STARTS,
    NO_MORA,
    PHRASE_STARTS,
    mora_levels,
    phrase_levels,
)


@pytest.mark.parametrize(
    ("morae", "nucleus", "high"),
    [(1, 0, [0]), (1, 1, [1]), (3, 0, [0, 1, 1]), (3, 1, [1, 0, 0]), (4, 2, [0, 1, 0, 0]), (3, 3, [0, 1, 1])],
)
def test_a_phrase_is_high_from_its_second_mora_to_the_nucleus(morae, nucleus, high):
    levels = phrase_levels(morae, nucleus)
    assert [level & HIGH for level in levels] == high
    assert all(level & MORA_STARTS for level in levels)
    assert [bool(level & PHRASE_STARTS) for level in levels] == [True] + [False] * (morae - 1)


def test_a_nucleus_outside_the_phrase_is_refused():
    with pytest.raises(ValueError, match="nucleus"):
        phrase_levels(3, 4)


@pytest.mark.parametrize("profile", ["legacy", "clean"])
@pytest.mark.parametrize(
    ("text", "pattern"),
    [("箸を持つ。", "HLL HL"), ("橋を渡る。", "LHL LHH"), ("東京、大阪。", "LHHH LHHH"), ("えっ？", "HL")],
)
def test_symbols_have_the_levels_of_their_morae(profile, text, pattern):
    reading = Phonemizer(profile)(text)
    assert "".join("LH"[level & HIGH] for level in mora_levels(reading.words)) == pattern.replace(" ", "")
    levels = reading.accent_levels
    assert len(levels) == len(reading.phonemes)
    for symbol, owner, level in zip(reading.phonemes, reading.owners, levels, strict=True):
        assert (level == NO_MORA) == (owner.mora < 0), symbol
    starts = [level for level in levels if level >= 0 and level & MORA_STARTS]
    assert "".join("LH"[level & HIGH] for level in starts) == pattern.replace(" ", "")
    assert sum(bool(level & PHRASE_STARTS) for level in starts) == len(pattern.split())


def test_a_phrase_starts_with_the_first_mora_that_is_written():
    reading = Phonemizer("legacy")("赤いあひる。今、行く。")
    phrases = sum(bool(level & PHRASE_STARTS) for level in reading.accent_levels if level >= 0)
    assert phrases == sum(bool(level & PHRASE_STARTS) for level in mora_levels(reading.words))
