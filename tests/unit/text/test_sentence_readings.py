# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import logging

import pytest

from transformers_tsukasa.text.phonemizer import Phonemizer
from transformers_tsukasa.text.sentence_readings import read_sentences, warn_of_left_out


def warning(text, caplog, is_split=True):
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        warn_of_left_out(read_sentences(text, Phonemizer(), is_split))
    assert len(caplog.messages) <= 1
    return caplog.messages[0] if caplog.messages else ""


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("彼は한국어を話す。", "한국어", 3),
        ("ไทยに行く。", "ไทย", 1),
        ("これはहिन्दीです。", "हिन्दी", 4),
        ("これは\ue000です。", "\ue000", 4),
        ("これは\ufffd\ufffdです。", "\ufffd\ufffd", 4),
        ("今日は晴れです。\n明日は\U0003134fです。", "\U0003134f", 13),
        (
            "今日はとてもいい天気です。\n안녕하세요 반갑습니다 여러분。\nそれでは。",
            "안녕하세요 반갑습니다 여러분。",
            15,
        ),
    ],
)
def test_writing_that_is_not_spoken_is_named_with_its_place(text, word, place, caplog):
    for is_split in (True, False):
        found = warning(text, caplog, is_split)
        assert found.startswith("left out, since no rule reads it: ")
        if is_split or len(word) < 10:
            assert f"'{word}' " in found and f"character {place}" in found


@pytest.mark.parametrize("text", ["今日は😀❤️です。", "＊＊＊\n本文です。", "（笑）…。♪", "■これは①②③です。", "1️⃣です"])
def test_marks_and_emoji_are_left_out_in_silence(text, caplog):
    assert warning(text, caplog) == ""


def test_many_places_are_one_warning_of_bounded_length(caplog):
    found = warning("彼は한국어を話す。\n" * 200, caplog)
    assert "; and 190 more; " in found and len(found) < 1000
