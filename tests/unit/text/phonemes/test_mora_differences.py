# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import random

import pytest

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.edit_distance import edit_distance
from transformers_tsukasa.text.phonemes.mora_differences import match_symbols, mora_differences
from transformers_tsukasa.text.phonemes.symbols import is_sound


@pytest.fixture(scope="module")
def read():
    return Phonemizer("clean")


def found(reading, recognized):
    return [(one.kana, one.expected, one.recognized) for one in mora_differences(reading, recognized)]


def test_what_is_recognised_as_it_is_read_has_no_differences(read):
    reading = read("箸と橋、今日は雨です。")
    assert mora_differences(reading, reading.phonemes) == ()
    bare = "".join(symbol for symbol in reading.phonemes if is_sound(symbol))
    assert mora_differences(reading, bare) == ()


def test_morae_that_differ_are_named_with_their_sounds_and_place(read):
    reading = read("ねこがいる")
    sounds = "".join(filter(is_sound, reading.phonemes))
    assert sounds == "nekogairɯ"
    assert found(reading, "nekogairɯ".replace("k", "t")) == [("コ", "ko", "to")]
    assert found(reading, "negairɯ") == [("コ", "ko", "")]
    assert found(reading, "nekokogairɯ") == [("ネ", "ne", "neko")]
    assert found(reading, "anekogairɯ") == [("ネ", "ne", "ane")]
    assert found(reading, "nekogairɯka") == [("ル", "rɯ", "rɯka")]
    (difference,) = mora_differences(reading, "nekodairɯ")
    assert difference.place == (2, 3) and str(difference) == "ガ /ga/ is /da/"
    assert str(mora_differences(reading, "negairɯ")[0]) == "コ is missing"


def test_nothing_recognised_is_missing_everywhere(read):
    reading = read("ねこ")
    assert found(reading, "") == [("ネ", "ne", ""), ("コ", "ko", "")]


def test_the_fewest_edits_are_found_and_no_symbol_is_lost():
    draw = random.Random(0)
    for _ in range(200):
        left, right = ("".join(draw.choices("abc", k=draw.randrange(7))) for _ in range(2))
        matched = match_symbols(left, right)
        assert len(matched) == len(left)
        if left:
            assert "".join(matched) == right
            edits = sum(max(len(there), 1) - (here in there) for here, there in zip(left, matched, strict=True))
            assert edits == edit_distance(left, right)
