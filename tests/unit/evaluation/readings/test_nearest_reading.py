# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The reading nearest to a recorded one."""

from transformers_tsukasa.evaluation.readings.nearest_reading import nearest_accepted
from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.phonemes.morae import comparable_morae


def test_variants_are_taken_where_they_bring_the_reading_nearer():
    words = phonemize("明日の日本は良い。").words
    expected = comparable_morae("アスノニッポンワイイ")
    assert nearest_accepted(words, expected) == expected
    assert nearest_accepted(words, comparable_morae("アシタノニホンワヨイ")) == comparable_morae(
        "アシタノニホンワヨイ"
    )
