# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.evaluation.error_rates import ErrorRate
from transformers_tsukasa.evaluation.networks.speech_recognition import SpeechRecognizer, TextComparison


def test_kana_forgive_spelling_and_characters_do_not():
    texts = TextComparison()
    assert texts.kana("きょうはよいてんきです", "今日は良い天気です。").edits == 0
    assert texts.characters("きょうはよいてんきです", "今日は良い天気です。").edits > 0
    assert texts.kana("", "今日").percent == 100.0
    # いい for 良い: one kana.
    reference = "今日は良い天気です"
    assert texts.kana("今日はいい天気です", reference) == ErrorRate(1, len(texts.to_kana(reference)))


def test_a_recogniser_needs_its_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder '.*' with a recogniser"):
        SpeechRecognizer(tmp_path / "whisper")
