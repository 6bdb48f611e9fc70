# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The packaged accent model against people, on the sentences that it has not been trained on."""

import pytest

from support.script_modules import import_script
from support.shared_data import recorded_path
from transformers_tsukasa.text.accents.accent_model import packed_model


@pytest.mark.parametrize(
    ("style", "floors"),
    [
        ("jsut", {"high/low": 92, "border F1": 93.7, "fall F1": 84.5, "phrase": 76, "sentence": 25}),
        ("rohan", {"phrase": 72}),
        ("ita", {"phrase": 70}),
    ],
)
def test_accents_agree_with_labels_that_were_held_out(style, floors):
    train = import_script("accent_model.train")
    path = recorded_path("readings", "accent", f"{style}_accent_dev.jsonl")
    phonemizer = train.Phonemizer(profile="clean")
    kept = [label for label in train.read_labels(path) if train.Labelled(style, label, []).fold(5) == 0]
    texts = [train.Labelled(style, label, phonemizer.words(label.text)) for label in kept]
    figures = train.measure(texts, packed_model())[style].figures()
    short = {name: figures[name] for name, floor in floors.items() if figures[name] < floor}
    assert not short, short
