# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Places of words in the text that was analysed, and in the text that was given."""

import pytest

from support.analysed_words import njd_word
from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.readings.word_places import find_places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("1人、2人だ", [("1人", "ヒトリ"), ("、", ""), ("2人", "フタリ"), ("だ", "ダ")]),
        ("23円", [("23", "ニ"), ("23", "ジュウ"), ("23", "サン"), ("円", "エン")]),
        ("20日間", [("20日間", "ハツカカン")]),
        ("3百円", [("3", "サン"), ("百", "ビャク"), ("円", "エン")]),
    ],
)
def test_numbers_in_digits_keep_their_place(text, places):
    assert [(text[w.start : w.end], w.pronunciation) for w in phonemize(text).words] == places


def test_every_character_belongs_to_a_word():
    text = "「9,999円は高い😀」と、1億2000万人が言った（1.05倍）！"
    words = phonemize(text).words
    covered = {place for word in words for place in range(word.start, word.end)}
    assert covered == set(range(len(text)))
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_words_that_were_rewritten_share_the_text_between_those_that_are_found():
    words = [njd_word("人", "ヒト"), njd_word("様", "サマ"), njd_word("方", "カタ"), njd_word("が", "ガ")]
    assert find_places(words, "人ＸＹが") == [(0, 1), (1, 3), (1, 3), (3, 4)]
