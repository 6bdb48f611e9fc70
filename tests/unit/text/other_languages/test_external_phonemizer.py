# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phonemes from any function: words, places and times, and what is refused."""

import pytest

from transformers_tsukasa.text.other_languages.external_phonemizer import ExternalPhonemizer
from transformers_tsukasa.text.phonemizer import NothingToReadError
from transformers_tsukasa.text.timing import time_words


_PHONEMES = {" She waited , then left. ": "ʃiː wˈeɪɾᵻd , ðˈɛn lˈɛft .", "In 1984.": "ɪn nˈaɪntiːn ˈeɪɾi fˈɔːɹ."}


@pytest.fixture
def reader():
    return ExternalPhonemizer(_PHONEMES.__getitem__)


def test_words_have_their_phonemes_and_places(reader):
    reading = reader(" She waited , then left. ")
    assert [word.surface for word in reading.words] == ["She", "waited", "then", "left."]
    assert all(reading.text[word.start : word.end] == word.surface for word in reading.words)
    spoken = {}
    for phoneme in reading.alignment:
        spoken[phoneme.word] = spoken.get(phoneme.word, "") + phoneme.symbol
    assert spoken == {0: "ʃiː ", 1: "wˈeɪɾᵻd , ", 2: "ðˈɛn ", 3: "lˈɛft ."}
    assert reading.kana == "" and reading.morae == () and reading.unreadable == ()


def test_where_words_and_phonemes_differ_the_text_is_one_word(reader):
    reading = reader("In 1984.")
    assert [(word.surface, word.start, word.end) for word in reading.words] == [("In 1984.", 0, 8)]
    assert {owner.word for owner in reading.owners} == {0} and len(reading.owners) == len(reading.phonemes)


def test_words_have_times_without_the_marks_and_spaces_around_them(reader):
    reading = reader(" She waited , then left. ")
    count = len(reading.phonemes) + 1
    words = time_words(reading, list(range(count)), list(range(1, count + 1)), offset=10)
    assert [(word.surface, word.start, word.end) for word in words] == [
        ("She", 1, 4),
        ("waited", 5, 12),
        ("then", 15, 19),
        ("left.", 20, 25),
    ]
    assert words[0].place == (11, 14) and words[0].morae == ()


def test_what_is_no_phonemes_is_refused():
    with pytest.raises(TypeError, match="returned a tuple for 'hello': it must return the phonemes as a string"):
        ExternalPhonemizer(lambda text: (text, None))("hello")
    with pytest.raises(NothingToReadError):
        ExternalPhonemizer(lambda text: " . ")("hello")


def test_every_word_is_explained(reader):
    rows = reader.explain("In 1984.")
    assert [(row.word, row.source) for row in rows] == [("In 1984.", "phonemizer")]
