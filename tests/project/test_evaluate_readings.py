# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The scoring of scripts/evaluate_readings.py."""

import json
import random

import pytest

from support.script_modules import import_script
from transformers_tsukasa.text import Phonemizer


script = import_script("evaluate_readings")


def test_readings_and_phones_are_scored():
    lines = [
        {"text": "今日は、東京。", "source": "ITA", "human_kana": "キョーワ、トーキョー。"},
        {"text": "明日は雪。", "source": "ITA", "human_kana": "アスハアメ"},
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
    rows = {row.score.name: row for row in script.score_all(lines, Phonemizer())}
    assert list(rows) == [
        "ITA, kana",
        "ITA, kana, variants accepted",
        "TRICKY, kana",
        "TRICKY, kana, variants accepted",
        "phones of the original, no spaces",
        "phones of the original, with spaces",
    ]
    assert (rows["ITA, kana"].score.sentences, rows["ITA, kana"].score.right) == (2, 1)
    assert not rows["ITA, kana"].passes and rows["TRICKY, kana"].passes
    assert rows["phones of the original, with spaces"].score.right == 1


def test_a_row_passes_at_its_thresholds():
    row = script.Row(script.ReadingScore("row"), min_right=50, max_error=25)
    row.score.add("a", "abcd", "abcd")
    row.score.add("b", "abxx", "abcd")
    assert row.passes and row.cells()[2:] == ("50.00 %, 25.000 %", ">= 50 %, <= 25 %", "ok")
    row.score.add("c", "", "abcd")
    assert not row.passes


def test_words_with_several_readings_are_scored(tmp_path):
    rows = [
        {"t": "市場で魚を買った。", "r": [[0, 2, "イチバ"], [3, 4, "サカナ"]]},
        {"t": "魚を買う。", "r": [[0, 1, "ウオ"], [2, 3, "カ"]]},
        {"t": "食べ方が違う。", "r": [[0, 1, "タ"], [2, 3, "カタ"]]},
    ]
    path = tmp_path / "wac_words.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    most = script.score_heteronyms(path, 2).score
    assert (most.name, most.sentences, most.right) == ("words with several readings, wac_words", 3, 2)
    assert most.wrong[0].startswith("魚 (魚)\n  got      サカナ\n  expected ウオ")
    assert "方" not in "".join(script.score_heteronyms(path).score.wrong)


def test_random_strings_of_a_seed_are_the_same():
    first = [script.random_text(random.Random(5)) for _ in range(3)]
    assert first == [script.random_text(random.Random(5)) for _ in range(3)]
    assert script.fuzz(40, Phonemizer(), seed=1) == (0, 0, [])


def test_a_missing_file_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "none.jsonl")])
    assert "none.jsonl does not exist" in capsys.readouterr().err
