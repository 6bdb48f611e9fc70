# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pieces to words: known readings among words that the analysis reads."""

import random

import pytest

from transformers_tsukasa.text.pieces import split_pieces
from transformers_tsukasa.text.readings import analysis
from transformers_tsukasa.text.readings.analysis import analyze
from transformers_tsukasa.text.readings.jtalk import run_mecab
from transformers_tsukasa.text.readings.layout import STAND_IN, chunked
from transformers_tsukasa.text.readings.segmentation import placed
from transformers_tsukasa.text.types import Piece


def test_known_readings_act_as_nouns_in_the_sentence():
    pieces = [
        Piece(0, 3, "", "number", "サンボン", 1),
        Piece(3, 4, "は", "text"),
        Piece(4, 7, "ABC", "acronym", "エービーシー"),
        Piece(7, 10, "XYZ", "english", "エックス"),
        Piece(10, 11, "へ", "text"),
    ]
    words = analyze(pieces)
    assert [(w.pronunciation, w.source, w.start, w.end) for w in words] == [
        ("サンボン", "number", 0, 3),
        ("ワ", "dictionary", 3, 4),
        ("エービーシー", "acronym", 4, 7),
        ("エックス", "english", 7, 10),
        ("エ", "dictionary", 10, 11),
    ]


def test_known_readings_are_kept_beside_letters_and_when_very_long():
    pieces = [Piece(0, 1, "Ａ"), Piece(1, 2, "Ｂ", "user", "ビービー"), Piece(2, 3, "Ｃ")]
    assert [w.pronunciation for w in analyze(pieces) if w.source == "user"] == ["ビービー"]
    long = analyze([Piece(0, 5, "長い数", "number", "イチ" * 3000)])
    assert "".join(w.pronunciation for w in long) == "イチ" * 3000
    assert {(w.start, w.end) for w in long} == {(0, 5)}


def test_two_stand_ins_that_touch_always_grow_together():
    """So that a text with such ones is laid out with spaces at once."""
    source = random.Random(2)
    for _ in range(300):
        before, after = ("".join(source.choices(["１", "、", "あ", "の", "日", "＝", STAND_IN], k=4)) for _ in "ab")
        text = before + 2 * STAND_IN + after
        starts = {token.start for token in placed(run_mecab(text), text) if token.surface == STAND_IN}
        assert not starts >= {len(before), len(before) + len(STAND_IN)}, text


def test_pieces_with_a_reading_that_touch_are_analysed_once(monkeypatch):
    once = analysis.segment
    texts = []
    monkeypatch.setattr(analysis, "segment", lambda text: texts.append(text) or once(text))
    analyze(split_pieces("abとc", None))
    assert len(texts) == 1
    assert [word.pronunciation for word in analyze(split_pieces("1aab", None))] == ["イチ", "エーエービー"]
    assert len(texts) == 2


@pytest.mark.parametrize("unit", ["№1", "|3本", "今日は、雨。", "a,", "\t\u3000あ"])
def test_a_text_that_repeats_itself_is_analysed_once_and_read_alike(monkeypatch, unit):
    pieces = split_pieces(unit * 2000, None)
    chunks = chunked(pieces)
    apart = [word for chunk in chunks for word in analyze(chunk)]
    analyses = []
    once = analysis._analyze_once
    monkeypatch.setattr(analysis, "_analyze_once", lambda *given: analyses.append(given) or once(*given))
    assert analyze(pieces) == apart
    assert 0 < len(analyses) < len(chunks)
