# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of the tables leave readings alone that are given."""

import pytest

from support.analysed_words import njd_word
from transformers_tsukasa.text.readings.reading_words import read_known_words
from transformers_tsukasa.text.types import Piece


@pytest.mark.parametrize(("stem", "reading"), [("啓", "ヒラ"), ("審", "サバ"), ("慨", "ナゲ")])
def test_an_ending_with_a_given_reading_stays_a_word_of_its_own(stem, reading):
    ending = njd_word("く", "メ", piece=Piece(1, 2, "く", "ruby", "メ"))
    assert [word.pronunciation for word in read_known_words([njd_word(stem, "ケイ"), ending])] == [reading, "メ"]
