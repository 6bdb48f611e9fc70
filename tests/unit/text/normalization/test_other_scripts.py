# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Letters of other scripts."""

import pytest

from support.normalized_text import written
from transformers_tsukasa.text.normalization.normalization import normalize


@pytest.mark.parametrize(("text", "expected"), [("α波", "アルファ波"), ("Ελλάδα", "エラダ"), ("Москва", "モスクヴァ")])
def test_greek_and_cyrillic_are_read(text, expected):
    assert written(text) == expected


@pytest.mark.parametrize("text", ["한국", "สวัส", "مرحبا"])
def test_scripts_that_are_not_read_leave_a_note(text):
    pieces = normalize(text)
    assert "".join(piece.text for piece in pieces) == ""
    assert all("no reading for" in piece.note for piece in pieces)


@pytest.mark.parametrize(
    ("text", "word"), [("हिन्दीの本", "हिन्दी"), ("မြန်မာの本", "မြန်မာ"), ("한국어의 本", "한국어의")]
)
def test_a_word_with_vowel_signs_is_left_out_as_one(text, word):
    first = normalize(text)[0]
    assert text[first.start : first.end] == word
    assert "no reading" in first.note
