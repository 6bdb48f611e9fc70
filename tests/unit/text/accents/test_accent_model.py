# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent model of the package, and its file."""

from importlib.resources import files

import numpy as np
import pytest

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accents.accent_model import PACKED_MODEL, packed_model, unpack_model
from transformers_tsukasa.text.accents.features import view_of


TEXT = "橋が落ちたので、明日は東京へ行きます。"


def test_a_model_is_the_same_after_packing():
    model = packed_model()
    again = unpack_model(model.packed())
    words = Phonemizer().words(TEXT)
    assert again.scores(view_of(words), "jsut") == model.scores(view_of(words), "jsut")
    assert again.vocabulary == model.vocabulary and again.scale == model.scale


def test_every_mora_has_a_score():
    words = Phonemizer().words(TEXT)
    scores = packed_model().scores(view_of(words), "jsut")
    assert len(scores) == sum(len(word.pronunciation.replace("ョ", "")) for word in words)
    assert all(score == round(score) for one in scores for score in one)


def test_annotators_differ():
    words = Phonemizer().words(TEXT)
    model = packed_model()
    assert len({str(model.scores(view_of(words), style)) for style in model.styles}) == len(model.styles) > 1
    with pytest.raises(ValueError, match="unknown style 'nobody'; the accent model has learned .*jsut"):
        model.scores(view_of(words), "nobody")


def test_the_file_is_small_and_its_sums_are_exact():
    content = (files("transformers_tsukasa.text") / "data" / PACKED_MODEL).read_bytes()
    assert len(content) <= 1_500_000
    model = packed_model()
    model.network.check()
    arrays = [model.vectors, model.network.style, model.network.out, model.network.out_bias]
    arrays += [array for layer in model.network.layers for array in (layer.weight, layer.bias)]
    assert all(array.dtype == np.float32 and (array == np.rint(array)).all() for array in arrays)


def test_words_that_are_kept_do_not_grow_without_end(monkeypatch):
    monkeypatch.setattr("transformers_tsukasa.text.accents.accent_model._MOST_KEPT", 3)
    model = unpack_model(packed_model().packed())
    words = Phonemizer().words(TEXT)
    assert model.scores(view_of(words), "jsut") == packed_model().scores(view_of(words), "jsut")
    assert len(model._kept) <= 3
