# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Letters to sounds for English words that no list has."""

import pytest

from transformers_tsukasa.text.normalization.english_letters import spell_out
from transformers_tsukasa.text.phonemes.morae import is_kana


@pytest.mark.parametrize("word", ["blorptastic", "frimble", "zigoxanth", "kwyjibo", "qqq", "x", "strengthened"])
def test_unknown_words_are_read_by_their_letters(word):
    kana = spell_out(word)
    assert kana and is_kana(kana)


def test_letters_to_sounds_follow_usual_spelling():
    assert spell_out("brake") == "ブレーク"
    assert spell_out("nation") == "ネーション"
