# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Normalisation: pieces cover every input."""

import random

import pytest

from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.phonemes.morae import is_kana


def assert_covers(text: str) -> None:
    position = 0
    for piece in normalize(text):
        assert piece.start == position and piece.end >= piece.start, (text, piece)
        assert piece.kana is None or is_kana(piece.kana), (text, piece)
        position = piece.end
    assert position == len(text), text


def test_plain_japanese_is_one_piece():
    (piece,) = normalize("今日はいい天気ですね。")
    assert (piece.start, piece.end, piece.text, piece.kana) == (0, 11, "今日はいい天気ですね。", None)


def test_empty_input_has_no_pieces():
    assert normalize("") == ()


_ALPHABET = (
    "0123456789,.:/-+¥$%〜~–−×÷=<>#&@() abcdeiouknstmyzwWAHN'’"
    "からは日月時分円本人年一二三百々ゝゞ〳〵ｶﾞﾟ゛\u3099\u200b\ufeff①Ⅲ½㎞²³Åéō"
    "Яα안ไ😊🇯🇵☃️★→^_;・（）《》\ud800\x00\u202e"
)


def test_random_strings_are_covered_without_exceptions():
    chance = random.Random(20)
    for _ in range(3000):
        length = chance.randint(0, 25)
        if chance.random() < 0.6:
            text = "".join(chance.choice(_ALPHABET) for _ in range(length))
        else:
            text = "".join(
                chr(chance.choice([chance.randrange(0x3000), chance.randrange(0x110000)])) for _ in range(length)
            )
        assert_covers(text)


@pytest.mark.slow
def test_a_hundred_thousand_random_strings():
    chance = random.Random(21)
    for _ in range(100_000):
        assert_covers("".join(chr(chance.randrange(0x110000)) for _ in range(chance.randint(0, 12))))
