# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The packaged accent model against the labels that it has learned from.

Agreement with texts that a model has not seen is in docs/readings.md, from scripts/accent_model/train.py; this shows
that the features and the weights of the package belong together.
"""

import pytest

from support.script_modules import import_script
from support.shared_data import recorded_path
from transformers_tsukasa.text.accents.accent_model import packed_model


@pytest.mark.parametrize(
    ("style", "floors"),
    [
        ("jsut", {"high/low": 94.5, "border F1": 95, "fall F1": 89, "phrase": 82, "sentence": 35.5}),
        ("rohan", {"high/low": 91, "phrase": 76}),
        ("ita", {"high/low": 93, "phrase": 80}),
    ],
)
def test_accents_agree_with_the_labels(style, floors):
    train = import_script("accent_model.train")
    path = recorded_path("readings", "accent", f"{style}_accent_dev.jsonl")
    phonemizer = train.Phonemizer(profile="clean")
    labels = [label for label in train.read_labels(path) if train.Labelled(style, label, []).fold(5) == 0]  # for time
    texts = [train.Labelled(style, label, phonemizer.words(label.text)) for label in labels]
    figures = train.measure(texts, packed_model())[style].figures()
    short = {name: figures[name] for name, floor in floors.items() if figures[name] < floor}
    assert not short, short
