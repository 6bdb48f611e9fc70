# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import math

import pytest

from transformers_tsukasa.evaluation.error_rates import (
    ErrorRate,
    error_rate,
    is_sound,
    plain_characters,
    sounds,
    sounds_and_pauses,
    total_error_rate,
)


def test_error_rates_by_hand():
    # k->g is one substitution, the second n is missing, an a is too many: 3 of 10.
    assert error_rate("gonitɕiwaa", "konnitɕiwa") == ErrorRate(3, 10)
    assert error_rate("", "ka") == ErrorRate(2, 2)
    assert ErrorRate(3, 10).percent == 30.0
    assert math.isnan(ErrorRate(1, 0).percent)


def test_a_corpus_counts_symbols_and_not_sentences():
    # 1 of 2 and 0 of 8 is 10 %, not 25 %.
    assert total_error_rate(["ka", "abcdefgh"], ["ko", "abcdefgh"]).percent == pytest.approx(10.0)
    with pytest.raises(ValueError, match="1 recognised sequences do not fit 2 references"):
        total_error_rate(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="hold no symbol"):
        total_error_rate(["a"], [""])


def test_only_sounds_count():
    assert sounds("ko↑nnitɕi, wa…! a↓ː?") == "konnitɕiwaaː"
    assert is_sound("ɴ") and is_sound("ː") and is_sound("ʲ") and not is_sound("$") and not is_sound("—")


def test_spaces_and_marks_take_no_time():
    assert sounds_and_pauses("ko↑nnitɕi, wa…! a↓ː?") == "konnitɕi,wa…!aː?"


def test_characters_are_folded():
    assert plain_characters("ＡＢＣ、今日は　いい天気！") == "abc今日はいい天気"
