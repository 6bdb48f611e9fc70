# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words that the analysis ends or begins in the wrong place."""

import pytest

from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.readings.jtalk import run_mecab, surface_of
from transformers_tsukasa.text.readings.segmentation import segment


def surfaces(features):
    return [surface_of(feature) for feature in features]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("その左は", ["その", "左", "は"]),
        ("この鯨は", ["この", "鯨", "は"]),
        ("中と外", ["中", "と", "外"]),
        ("目と目", ["目", "と", "目"]),
        ("林や海", ["林", "や", "海"]),
        ("実に彼女らしくない", ["実に", "彼女", "らしく", "ない"]),
        ("声高々に", ["声", "高々", "に"]),
    ],
)
def test_a_swallowed_noun_is_cut_out(text, words):
    assert surfaces(segment(text)) == words
    assert surfaces(run_mecab(text)) != words


@pytest.mark.parametrize(
    "text",
    ["坊やが来た", "婆やが来た", "居酒やに行く", "冷や汗をかく", "死にそうだ", "女らしい", "人々", "何が好き"],
)
def test_words_that_are_right_stay(text):
    assert segment(text) == run_mecab(text)


def test_several_nouns_are_cut_out_of_one_text():
    text = "その左は山や川、その右は林や海"
    assert "|".join(surfaces(segment(text))) == "その|左|は|山|や|川|、|その|右|は|林|や|海"


def test_pieces_with_a_known_reading_stay_in_their_places():
    result = phonemize("IBMとNHK、左は｜山《ざん》や川")
    assert result.kana == "アイビーエムトエヌエイチケーヒダリワザンヤカワ"
    assert [(word.surface, word.start) for word in result.words if word.surface == "左"] == [("左", 8)]
