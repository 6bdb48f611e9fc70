# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
from transformers_tsukasa.evaluation.error_rates import ErrorRate
from transformers_tsukasa.evaluation.text_comparison import TextComparison


def test_kana_forgive_spelling_and_characters_do_not():
    texts = TextComparison()
    assert texts.kana("きょうはよいてんきです", "今日は良い天気です。").edits == 0
    assert texts.characters("きょうはよいてんきです", "今日は良い天気です。").edits > 0
    assert texts.kana("", "今日").percent == 100.0
    # いい for 良い: one kana.
    reference = "今日は良い天気です"
    assert texts.kana("今日はいい天気です", reference) == ErrorRate(1, len(texts.to_kana(reference)))
