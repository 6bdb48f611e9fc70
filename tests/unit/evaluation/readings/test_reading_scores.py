# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Scores of readings, strict and with forms of one word accepted."""

import pytest

from support.shared_data import recorded_path
from transformers_tsukasa.evaluation.readings.reading_scores import read_recorded_readings, score_readings
from transformers_tsukasa.text import Phonemizer


def test_forms_of_one_word_are_wrong_strictly_and_accepted():
    lines = [
        {"text": "日本は広い。", "source": "A", "human_kana": "ニッポンワヒロイ"},
        {"text": "魚の市場に行く。", "source": "A", "human_kana": "サカナノシジョーニイク"},
        {
            "text": "今日は、東京。",
            "source": "A",
            "human_kana": "コンニチワ、トーキョー。",
            "also": ["キョーワトーキョー"],
        },
        {"text": "犬", "source": "A"},
        {"text": "😀", "human_kana": "ネコ"},
    ]
    scores = score_readings(lines, Phonemizer())
    strict, accepted = scores["A"]
    assert (strict.sentences, strict.right, strict.edits) == (3, 1, 5)
    assert (accepted.sentences, accepted.right) == (3, 2)
    assert len(strict.wrong) == 2 and "expected" in accepted.wrong[0]
    assert (scores["other"][0].edits, scores["other"][0].error_percent) == (2, 100)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"text": "犬"}\n{"text"\n', "line 2: no JSON"),
        ('{"text": "犬"}\n\n["犬"]\n', "line 3: no object with a 'text'"),
        ('{"text": 3}', "line 1: no object with a 'text'"),
    ],
)
def test_a_line_that_cannot_be_scored_is_named(content, sentence, tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=sentence):
        read_recorded_readings(path)


@pytest.mark.slow
def test_sentences_of_another_corpus_reach_their_figures():
    """JSUT's development half; its errors showed the kinds of a few rules (docs/readings.md)."""
    lines = read_recorded_readings(recorded_path("readings", "readings", "jsut_readings_dev.jsonl"))
    strict, accepted = score_readings(lines, Phonemizer())["JSUT"]
    assert strict.sentences > 2400
    assert strict.right_percent >= 89 and accepted.right_percent >= 91
