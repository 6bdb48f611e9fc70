# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Candidates of a `Speaker`, of the command line and of a server."""

import numpy as np
import pytest
import soundfile
import torch

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.synthesis.speaker import Speaker


TEXT = "今日はいい天気です。明日は雨が降ります。"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model that draws styles, with an aligner."""
    model = tiny_model()
    folder = save_speaking(model, tmp_path_factory.mktemp("models") / "tiny")
    torch.manual_seed(0)
    TsukasaTextAligner(model.config.text_aligner_config).save_pretrained(folder / "text_aligner")
    return folder


@pytest.fixture(scope="module")
def speaker(folder):
    return Speaker.load(folder)


@pytest.fixture(scope="module")
def chosen(speaker):
    return speaker.speak(TEXT, seed=4, num_candidates=2)


def shortest(waveforms, input_ids):
    return [-len(waveform) for waveform in waveforms]


def test_a_speaker_tells_how_every_sentence_was_chosen(speaker, chosen):
    assert len(chosen.choices) == 2
    for choice in chosen.choices:
        assert len(choice.scores) == 2 and choice.index == int(np.argmax(choice.scores))
    assert speaker.speak(TEXT, seed=4).choices == ()


def test_a_stream_of_candidates_must_be_asked_for_twice(speaker):
    options = {"seed": 4, "num_candidates": 2, "reranker": shortest}
    with pytest.raises(ValueError, match="stream_candidates=True"):
        speaker.stream(TEXT, **options)
    pieces = list(speaker.stream(TEXT, **options, stream_candidates=True))
    assert np.array_equal(np.concatenate([one.waveform for one in pieces]), speaker.speak(TEXT, **options).waveform)


def test_say_speaks_the_best_candidates(folder, chosen, tmp_path, capsys):
    arguments = ["say", TEXT, "--model", str(folder), "--seed", "4", "--candidates", "2", "--encoding-depth", "float"]
    for name, reranker in (("own", []), ("named", ["--reranker", str(folder / "text_aligner")])):
        output = str(tmp_path / f"{name}.wav")
        assert main([*arguments, *reranker, "-o", output, "--quiet"]) == 0
        assert np.array_equal(soundfile.read(output, dtype="float32")[0], chosen.waveform)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--candidates", "0"], "--candidates must be an integer from 1 to 256, got 0"),
        (["--candidates", "2", "--reranker", "nowhere"], "no folder 'nowhere' (--reranker)"),
    ],
)
def test_say_refuses_before_a_model_is_loaded(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["say", TEXT, "--model", "default", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_server_chooses_by_the_model_and_sends_the_speech_when_it_is_complete(folder, chosen, tmp_path):
    pytest.importorskip("fastapi")
    from support.server_toys import running_app, server_settings, speech
    from transformers_tsukasa.audio.encoding import to_pcm16

    body = {"input": TEXT, "response_format": "pcm", "seed": 4, "num_candidates": 2}
    with running_app(server_settings(folder, tmp_path)) as app:
        answer = speech(app, **body)
        assert answer.content == to_pcm16(chosen.waveform).tobytes() and "content-length" in answer.headers
        for wrong, message in (
            ({"stream": True}, "cannot be streamed"),
            ({"stream_format": "sse"}, "cannot be streamed"),
            ({"num_candidates": 17}, "less than or equal to 16"),
        ):
            refused = speech(app, **{**body, **wrong})
            assert refused.status_code == 400 and message in refused.json()["error"]["message"]


def test_a_server_without_a_reranker_refuses_candidates(tmp_path):
    pytest.importorskip("fastapi")
    from support.server_toys import running_app, server_settings, speech

    folder = save_speaking(tiny_model(), tmp_path / "models" / "tiny")
    with running_app(server_settings(folder, tmp_path / "state")) as app:
        refused = speech(app, input=TEXT, num_candidates=2)
    error = refused.json()["error"]
    assert refused.status_code == 400 and error["param"] == "num_candidates" and "has no reranker" in error["message"]
