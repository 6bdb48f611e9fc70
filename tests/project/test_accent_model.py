# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The scripts of the accent model: labels, agreement with them, and the loss over all paths."""

import itertools
import json
import math

import pytest
import torch

from support.script_modules import import_script
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accents.paths import AFTER, BEFORE, NUCLEUS


examples = import_script("accent_model.examples")
labels = import_script("accent_model.labels")
training = import_script("accent_model.training")


def test_labels_are_read():
    accents = labels.read_label("^ミ[ズヲ#マ[レ]ーシアカラ_オ]チ]$")
    assert accents.phrases == ((0, 3, 0), (3, 10, 2), (10, 12, 0))
    assert accents.begins == {0, 3, 10} and accents.falls == {4}
    assert accents.levels == [False, True, True, False, True, *[False] * 5, False, True]
    with pytest.raises(ValueError, match="'x' in the label"):
        labels.read_label("^ミx$")


def test_a_damaged_file_of_labels_is_named_with_its_line(tmp_path):
    path = tmp_path / "labels.jsonl"
    good = json.dumps({"id": "1", "text": "水", "label": "^ミ[ズ$"})
    for bad, why in (('{"id": "2", "text": "水"}', "'label' is missing"), ("{", "Expecting")):
        path.write_text(f"{good}\n{bad}\n", encoding="utf-8")
        with pytest.raises(ValueError, match=f"labels.jsonl, line 2: .*{why}"):
            labels.read_labels(path)


def test_agreement_is_counted():
    label = labels.read_label("^ミ[ズヲ#マ[レ]ーシアカラ$")
    agreement = labels.Agreement()
    agreement.add(label, label)
    assert set(agreement.figures().values()) == {100.0}
    agreement.add(label, labels.Accents.of([("ミズヲマレイシアカラ", 0)]))  # one phrase, no fall
    agreement.add(label, labels.Accents.of([("ミズ", 0)]))  # other morae: not compared
    figures = agreement.figures()
    assert figures["same morae"] == pytest.approx(200 / 3)
    assert figures["border F1"] == pytest.approx(200 * 1 / (1 + 2))
    assert figures["fall F1"] == pytest.approx(200 * 1 / (1 + 2))
    assert (figures["phrase"], figures["sentence"], figures["nucleus"]) == (50, 50, 100)
    assert figures["high/low"] == pytest.approx(100 * (10 + 4) / 20)


def test_accents_of_words_are_those_of_the_label():
    words = Phonemizer().words("橋が落ちた。")
    assert labels.accents_of(words) == labels.read_label("^ハ[シ]ガ#オ]チタ$")


def test_an_example_has_the_borders_and_nuclei_of_its_label():
    words = Phonemizer().words("橋が、落ちた")
    example = examples.make_example(words, "one", labels.read_label("^ハ[シ]ガ_オ[チ]タ$"))
    assert example.begins == example.must_begin == [True, False, False, True, False, False]
    assert example.states == [BEFORE, NUCLEUS, AFTER, BEFORE, NUCLEUS, AFTER]
    assert example.may_begin == [True, False, True, True, False, True]
    assert examples.make_example(words, "one", labels.read_label("^ハ[シ$")) is None


def test_the_loss_is_that_of_all_paths():
    words = Phonemizer().words("橋が、落ちた")
    example = examples.make_example(words, "one", labels.read_label("^ハ[シ]ガ_オ]チタ$"))
    tensors = examples.as_tensors(example, examples.make_vocabulary([example], 1), ["one"])
    scores = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    total = 0.0
    own = 0.0
    for states in itertools.product((BEFORE, NUCLEUS, AFTER), repeat=6):
        for begins in itertools.product((False, True), repeat=6):
            if is_path(states, begins, example):
                value = sum(
                    score[0] * begin + score[1] * (state == NUCLEUS) + score[2] * (state == AFTER)
                    for score, state, begin in zip(scores.tolist(), states, begins, strict=True)
                )
                total += math.exp(value)
                if [list(states), list(begins)] == [example.states, example.begins]:
                    own = value
    found = training.path_loss([scores, scores], [tensors, tensors])
    assert found.item() == pytest.approx(math.log(total) - own, abs=1e-4)


def test_features_that_are_left_out_change_no_sum_on_average():
    settings = training.Settings(size=8)
    network = training.AccentNetwork({"pos=名詞": 1, "lemma=橋": 2}, 1, settings)
    bags = examples.Bags(torch.tensor([1, 2] * 4000), torch.tensor([0]))
    torch.manual_seed(0)
    trained = network._sums(bags)
    assert torch.allclose(trained, network.eval()._sums(bags), rtol=0.1, atol=20)


def is_path(states, begins, example):
    inner = {(BEFORE, BEFORE), (BEFORE, NUCLEUS), (NUCLEUS, AFTER), (AFTER, AFTER)}
    for mora, (state, begin) in enumerate(zip(states, begins, strict=True)):
        if (begin and not example.may_begin[mora]) or (example.must_begin[mora] and not begin):
            return False
        if mora and not begin and (states[mora - 1], state) not in inner:
            return False
        if begin and (state == AFTER or (mora and states[mora - 1] == NUCLEUS)):
            return False
    return states[-1] != NUCLEUS
