# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of the morphological analysis for tests of single steps."""

from transformers_tsukasa.text.readings.jtalk import read_words, run_mecab
from transformers_tsukasa.text.readings.njd_words import NjdWord, count_morae


def analysed(text: str) -> list[NjdWord]:
    """The words of a Japanese text as the library reads them, before any rule of ours."""
    features = run_mecab(text)
    return read_words(features, [None] * len(features), text)


def njd_word(surface: str, kana: str, **changes) -> NjdWord:
    """A noun that begins an accent phrase, with other fields as given."""
    values = {
        "surface": surface,
        "pos": "名詞",
        "pos_details": ("一般", "*", "*"),
        "conjugation_type": "*",
        "conjugation_form": "*",
        "lemma": surface,
        "kana": kana,
        "pronunciation": kana,
        "accent": 1,
        "mora_count": count_morae(kana),
        "continues_phrase": False,
    }
    return NjdWord(**values | changes)


def kana_of(words: list[NjdWord]) -> str:
    """The joined readings of words, without marks."""
    return "".join(word.kana for word in words if word.pos != "記号")
