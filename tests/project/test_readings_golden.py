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
    scores = {score.name: score for score in script.score_readings(lines, Phonemizer())}
    asked = [score for score in scores.values() if score.min_right is not None]
    assert len(asked) == 4
    for score in asked:
        assert score.sentences > 200
        assert score.passes, (score.row(), score.wrong[:5])
