# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Levels of pitch and accent phrases of phoneme symbols, in every profile."""

import pytest

from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.accent_levels import accent_levels, accent_phrase_of_symbols, accented_morae
from transformers_tsukasa.text.phonemes.rendering import PROFILES


def _levels_of_kana(reading):
    """Morae with H or L after each, phrases apart."""
    text, before = "", 0
    for mora, accent in zip(reading.morae, accented_morae(reading), strict=True):
        text += ("/" if accent.phrase != before else "") + mora.kana + "LH"[accent.level]
        before = accent.phrase
    return text


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("箸が", "ハHシLガL"),
        ("橋が", "ハLシHガL"),
        ("端が", "ハLシHガH"),
        ("卵が", "タLマHゴLガL"),
        ("猫、犬。", "ネHコL/イLヌH"),
    ],
)
def test_morae_have_the_levels_of_the_accent(text, levels):
    assert _levels_of_kana(phonemize(text)) == levels


@pytest.mark.parametrize("profile", PROFILES)
def test_every_symbol_has_the_level_of_its_mora(profile):
    reading = phonemize("橋の上で、「こんにちは」と言った。", profile)
    levels, phrases = accent_levels(reading), accent_phrase_of_symbols(reading)
    assert len(levels) == len(phrases) == len(reading.phonemes)
    for symbol, level, phrase in zip(reading.phonemes, levels, phrases, strict=True):
        assert (level == -1) == (phrase == -1) == (symbol in ' ,."“”')
    spoken = [phrase for phrase in phrases if phrase >= 0]
    assert spoken == sorted(spoken) and set(spoken) == set(range(spoken[-1] + 1))


def test_levels_do_not_hang_on_the_profile():
    texts = ["家にいます。", "お姉さんは先生です。", "新聞を読んでいる人。"]
    for text in texts:
        assert len({_levels_of_kana(phonemize(text, profile)) for profile in PROFILES}) == 1


def test_accent_marks_have_the_level_of_their_mora():
    reading = phonemize("橋が", "clean", accent=True)
    assert reading.phonemes == "ha↑ɕi↓ ga"
    assert accent_levels(reading) == [0, 0, 1, 1, 1, 1, -1, 0, 0]


def test_a_nucleus_is_told():
    assert [mora.is_nucleus for mora in accented_morae(phonemize("橋が"))] == [False, True, False]
    assert not any(mora.is_nucleus for mora in accented_morae(phonemize("端が")))
