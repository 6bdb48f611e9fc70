# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The recorded sentences: readings against human ones, phonemes against the original's."""

import json

import pytest

from support.script_modules import import_script
from support.shared_data import recorded_path
from transformers_tsukasa.text import Phonemizer


@pytest.mark.slow
def test_recorded_sentences_reach_their_figures():
    script = import_script("evaluate_readings")
    with recorded_path("g2p", "golden_dev.jsonl").open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    asked = [row for row in script.score_all(lines, Phonemizer()) if row.min_right is not None]
    assert len(asked) == 4
    for row in asked:
        assert row.score.sentences > 200
        assert row.passes, (row.cells(), row.score.wrong[:5])
