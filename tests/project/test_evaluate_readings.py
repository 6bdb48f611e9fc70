# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The scoring of scripts/evaluate_readings.py."""

import random

import pytest

from support.script_modules import import_script
from transformers_tsukasa.text import Phonemizer


script = import_script("evaluate_readings")


def test_edit_distance():
    assert script.edit_distance("kitten", "sitting") == 3
    assert script.edit_distance("", "abc") == 3
    assert script.edit_distance(["キョ", "ウ"], ["キョ", "ウ"]) == 0


def test_readings_and_phones_are_scored():
    lines = [
        {"text": "今日は、東京。", "source": "ITA", "human_kana": "キョーワ、トーキョー。"},
        {"text": "明日は雨。", "source": "ITA", "human_kana": "アスハアメ"},
        {
            "text": "それは違うよ。",
            "source": "ROHAN",
            "human_kana": None,
            "reference_phonemes": "soɽe wa tɕi叱gaɯ jo.",
            "reference_is_wrong": False,
        },
        {"text": "違う", "source": "ROHAN", "reference_phonemes": "xxx", "reference_is_wrong": True},
        {"text": "😀", "source": "TRICKY", "human_kana": ""},
    ]
    scores = {score.name: score for score in script.score_readings(lines, Phonemizer())}
    assert set(scores) == {
        "ITA, kana",
        "TRICKY, kana",
        "phones of the original, no spaces",
        "phones of the original, with spaces",
    }
    assert (scores["ITA, kana"].sentences, scores["ITA, kana"].right) == (2, 1)
    assert not scores["ITA, kana"].passes
    assert len(scores["ITA, kana"].wrong) == 1
    assert (scores["phones of the original, with spaces"].right, scores["TRICKY, kana"].right) == (1, 1)


def test_a_row_passes_at_its_thresholds():
    score = script.Score("row", min_right=50, max_error=25)
    score.add("a", "abcd", "abcd")
    score.add("b", "abxx", "abcd")
    assert (score.right_percent, score.error_percent) == (50, 25)
    assert score.passes
    score.add("c", "", "abcd")
    assert not score.passes


def test_random_strings_of_a_seed_are_the_same():
    first = [script.random_text(random.Random(5)) for _ in range(3)]
    assert first == [script.random_text(random.Random(5)) for _ in range(3)]
    assert script.fuzz(40, Phonemizer(), seed=1) == (0, 0, [])


def test_a_missing_file_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "none.jsonl")])
    assert "none.jsonl does not exist" in capsys.readouterr().err
