# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Wording and layout of messages."""

import pytest

from transformers_tsukasa.utils.wording import counted, display_width


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("玩具", 4), ("ｶﾅ", 2), ("Ａ", 2), ("", 0), ("é", 1)])
def test_wide_characters_take_two_columns(text, width):
    assert display_width(text) == width


def test_things_are_counted_in_words():
    assert [counted(0, "warning"), counted(1, "warning"), counted(2, "warning")] == [
        "0 warnings",
        "1 warning",
        "2 warnings",
    ]
    assert counted(2, "voice", "voices") == "2 voices" and counted(2, "entry", "entries") == "2 entries"
