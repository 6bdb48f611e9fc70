# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings by a model with known weights, and by the one in the package."""

import numpy as np
import pytest

from support.analysed_words import njd_word
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.readings.learned.chooser import choose_learned_readings
from transformers_tsukasa.text.readings.learned.context_features import context_features, core_of
from transformers_tsukasa.text.readings.learned.reading_model import ReadingModel, packaged_model, places
from transformers_tsukasa.text.types import Piece


MARKET = njd_word("市場", "シジョウ")
SENTENCE = [njd_word("魚", "サカナ"), njd_word("の", "ノ", pos="助詞"), MARKET]


def model_for(feature: str, weight: int, readings=("イチバ", "シジョウ"), word="市場") -> ReadingModel:
    """A model that has learned one thing: `feature` speaks for the first of the readings."""
    weights = np.zeros(1 << 18, dtype=np.int8)
    weights[places([feature], word, readings[:1], 18)] = weight
    return ReadingModel(weights, 0.1, 0.5, {(word, ""): readings})


def test_a_word_has_a_core_and_a_tail():
    assert core_of(njd_word("行っ", "オコナッ")) == ("行", "っ", "オコナ")
    assert core_of(MARKET) == ("市場", "", "シジョー")
    for other in (
        njd_word("ビル", "ビル"),
        njd_word("行っ", "ユキ"),
        MARKET._replace(piece=Piece(0, 2, "市場", "ruby")),
    ):
        assert core_of(other) is None


def test_features_tell_what_stands_around_a_word():
    core = core_of(MARKET)
    features = context_features(SENTENCE, 2, core)
    assert {"rシジョー", "bの", "b魚の", "lの", "a$", "w魚"} <= set(features)


def test_another_reading_is_chosen_where_the_model_is_sure():
    given = list(SENTENCE)
    read = choose_learned_readings(SENTENCE, model_for("w魚", 60))
    assert given == SENTENCE
    assert [word.pronunciation for word in read] == ["サカナ", "ノ", "イチバ"]
    assert (read[2].source, read[2].alternatives, read[2].mora_count) == ("model", ("シジョウ",), 3)
    assert "95 %" in read[2].note  # 60 weights of 0.1 against the 3 of the present reading


@pytest.mark.parametrize("changes", [{"w魚": 34}, {"w肉": 60}])
def test_a_lead_within_the_margin_changes_nothing(changes):
    ((feature, weight),) = changes.items()
    read = choose_learned_readings(SENTENCE, model_for(feature, weight))
    assert [word.pronunciation for word in read] == ["サカナ", "ノ", "シジョウ"]
    assert read[2].is_confident == (feature == "w肉")
    assert ("イチバ" in read[2].alternatives) == (feature == "w魚")


def test_forms_of_one_word_are_never_exchanged():
    japan = [njd_word("日本", "ニホン")]
    assert choose_learned_readings(japan, model_for("*", 120, ("ニッポン", "ニホン"), "日本")) == japan


def test_given_readings_stay():
    given = [*SENTENCE[:2], MARKET._replace(piece=Piece(2, 4, "市場", "ruby", "シジョウ"))]
    assert choose_learned_readings(given, model_for("w魚", 120)) == given


def test_the_packaged_model_is_used_only_where_it_is_asked_for():
    model = packaged_model()
    assert model.weights.dtype == np.int8 and 0 < model.margin < 10
    assert all(len(set(readings)) > 1 for readings in model.readings.values())
    text = "アルシャク朝"
    assert Phonemizer()(text).kana != Phonemizer(learned_readings=True)(text).kana
    sources = {row.word: row.source for row in Phonemizer(learned_readings=True).explain(text)}
    assert sources["朝"] == "model"
