# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Accents of words in the dictionaries."""

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accents.features import mora_names, view_of
from transformers_tsukasa.text.accents.lexical import lexical_accents, token_accent, unit_accent


def test_accents_of_the_dictionaries_are_read():
    (word,) = Phonemizer().words("橋")
    assert token_accent(word.entry.token) == ((2,), "C3", 2, "ハシ")
    assert unit_accent(word.entry.unit) == ((2,), "C3", 0, "ハシ")
    assert token_accent("ゑゑ,名詞,一般,*,*,*,*") == ((), "", 0, "")
    assert unit_accent(("名詞", "固有名詞")) == ((), "", 0, "")


def test_an_entry_of_another_reading_tells_no_accent():
    (toy,) = Phonemizer().words("玩具")
    token, unit = lexical_accents(toy)
    assert (toy.pronunciation, token.nuclei, unit.nuclei) == ("オモチャ", (2,), ())
    names = mora_names(view_of([toy]).words[0])[0]
    assert "by_unit=?" in names and "by_token=-1" in names
    assert lexical_accents(toy._replace(pronunciation="ヒトガタ")) is None
