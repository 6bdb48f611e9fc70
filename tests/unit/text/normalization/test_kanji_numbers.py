# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Numbers and days of the week in kanji."""

import pytest

from support.normalized_text import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("八割三分", "八割サンブ"),
        ("二人前", "ニニンマエ"),
        ("月〜金", "ゲツからキン"),
        ("四五人が", "シゴニンが"),
        ("三・一四", "3.14"),
        ("二・三人", "二・三人"),
    ],
)
def test_kanji_numbers_become_readings(text, expected):
    assert written(text) == expected
