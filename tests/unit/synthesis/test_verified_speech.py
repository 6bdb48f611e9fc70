# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
import logging

import numpy as np
import pytest
import torch

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.synthesis.verified_speech import stream_verified


FIRST, SECOND = "今日はいい天気です。", "明日は雨が降ります。"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_speaking(tiny_model(), tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def speaker(folder):
    return Speaker.load(folder)


def listening(*texts):
    """A recogniser that returns one text after the other."""
    remaining = iter(texts)
    return lambda waveform, rate: next(remaining)


def verified(speaker, recognizer, text=FIRST + SECOND, **options):
    return list(stream_verified(speaker, text, recognizer, seed=3, **options))


def test_candidates_are_rejected_until_one_is_recognised_as_it_is_read(speaker, caplog):
    with caplog.at_level(logging.WARNING, "transformers_tsukasa.synthesis"):
        first, second = verified(
            speaker, listening("きょうはいいてんき", "京はいい天気です", SECOND), max_candidates=4
        )
    assert not [record for record in caplog.records if "verified_speech" in record.name]
    assert first.is_accepted and second.is_accepted and (first.index, second.index) == (1, 0)
    assert first.kana == "キョウワイイテンキデス" and first.speech.text == FIRST
    assert [one.kana for one in first.candidates[0].differences] == ["デ", "ス"]
    assert first.differences == () and len(second.candidates) == 1
    # The second candidate of the first sentence is what the next seed gives.
    alone = speaker.speak(FIRST, seed=4).waveform
    assert np.array_equal(first.speech.waveform[: len(alone)], alone)


def test_when_none_is_accepted_the_nearest_is_spoken_and_a_warning_names_the_morae(speaker, caplog):
    recognizer = listening("", "今日はいい電気です", "今日は天気です")
    with caplog.at_level(logging.WARNING, "transformers_tsukasa.synthesis"):
        (sentence,) = verified(speaker, recognizer, FIRST, max_candidates=3)
    assert not sentence.is_accepted and sentence.index == 1 and len(sentence.candidates) == 3
    (record,) = [record for record in caplog.records if "verified_speech" in record.name]
    assert "any of 3 candidates" in record.getMessage() and "テ /te/ is /de/" in record.getMessage()


def test_differences_can_be_allowed(speaker):
    (sentence,) = verified(speaker, listening("今日はいい電気です"), FIRST, allowed_differences=1)
    assert sentence.is_accepted and len(sentence.candidates) == 1 and len(sentence.differences) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allowed_differences": -1}, "allowed_differences must be an integer of at least 0"),
        ({"phonemize": False}, "against Japanese text only"),
        ({"reranker": "aligner"}, "reranker has no use here"),
        ({"max_candidates": 0}, "num_candidates"),
    ],
)
def test_what_a_verification_cannot_be_combined_with(speaker, options, message):
    with pytest.raises(ValueError, match=message):
        stream_verified(speaker, FIRST, listening(), **options)
    with pytest.raises(FileNotFoundError, match="no folder 'nowhere'"):
        stream_verified(speaker, FIRST, "nowhere")


def test_say_verifies_with_an_aligner_and_reports_what_it_recognised(folder, tmp_path, capsys, caplog):
    torch.manual_seed(0)
    aligner = TsukasaTextAligner(tiny_model().config.text_aligner_config)
    aligner.save_pretrained(tmp_path / "aligner")
    output, report = tmp_path / "a.wav", tmp_path / "a.json"
    command = ["say", FIRST, "--model", str(folder), "--seed", "3", "--candidates", "2", "-o", str(output), "--quiet"]
    assert main([*command, "--verify", str(tmp_path / "aligner"), "--verification", str(report)]) == 0
    (sentence,) = json.loads(report.read_text(encoding="utf-8"))
    assert sentence["kana"] == "キョウワイイテンキデス" and not sentence["is_accepted"]  # it has learned nothing
    assert len(sentence["candidates"]) == 2 and sentence["candidates"][0]["differences"][0]["kana"] == "キョ"
    assert output.is_file() and "any of 2 candidates" in caplog.text
    for wrong, message in (
        (["--verify", "nowhere"], "no folder 'nowhere' (--verify)"),
        (["--verification", str(report)], "give --verify"),
        (["--verify", str(tmp_path), "--reranker", "aligner"], "leave --reranker out"),
    ):
        assert main([*command, *wrong]) == 1
        assert message in capsys.readouterr().err
