# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""With everything in local folders, nothing asks for another machine, although the hub is not switched off."""

import socket

import pytest
import torch
from transformers import pipeline

from support.reranker_toys import tiny_clvp
from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.synthesis.verified_speech import stream_verified


@pytest.fixture
def asked(monkeypatch):
    """The machines that something has asked for; each of them refuses."""
    asked = []

    def refuse(*arguments, **keywords):
        asked.append(arguments[-2:])
        raise OSError("there is no network")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    return asked


def test_the_network_is_watched(asked):
    with pytest.raises(OSError, match="no network"):
        socket.create_connection(("localhost", 9), timeout=1)
    assert len(asked) == 1


def test_local_folders_are_loaded_and_spoken_with_without_a_network(asked, tmp_path):
    folder = save_speaking(tiny_model(), tmp_path / "model")
    torch.manual_seed(0)
    TsukasaTextAligner(tiny_model().config.text_aligner_config).save_pretrained(folder / "text_aligner")
    tiny_clvp().save_pretrained(folder / "reranker")
    speaker = Speaker.load(folder)
    for reranker in ("clvp", "aligner", str(folder / "reranker")):
        assert speaker.speak("はい。", seed=0, num_candidates=2, reranker=reranker).choices
    assert list(stream_verified(speaker, "はい。", folder / "text_aligner", max_candidates=1, seed=0))
    speak = pipeline("text-to-speech", model=str(folder))
    assert len(speak("はい。", generate_kwargs={"num_candidates": 2, "seed": 0})["audio"]) > 0
    speaker.model.save_pretrained(tmp_path / "saved")
    assert asked == []
