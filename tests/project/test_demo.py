# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The demo with Gradio: what it does without the package, and its page with it."""

import importlib.util
import sys

import numpy as np
import pytest

from support.script_modules import ROOT
from support.server_toys import save_server_model
from transformers_tsukasa import Speaker
from transformers_tsukasa.audio.encoding import to_pcm16


TEXT = "今日はいい天気ですね。明日は雨が降るでしょう。傘を持って行きます。"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("demo", ROOT / "demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def demo(script, tmp_path_factory):
    return script.Demo(Speaker.load(str(save_server_model(tmp_path_factory.mktemp("demo")))))


def test_it_speaks_as_the_speaker_does(demo):
    rate, samples = demo.speak(TEXT, "b", "default", 0.0, 1.25, 2.0, 7)
    expected = demo.speaker.speak(TEXT, voice="b", speaking_rate=1.25, pitch=2.0, seed=7)
    assert rate == expected.sampling_rate and np.array_equal(samples, to_pcm16(expected.waveform))


@pytest.mark.parametrize(
    ("chosen", "voice"),
    [
        (("default", "b", 0.5), None),
        (("a", "b", 0.25), {"a": 0.75, "b": 0.25}),
        (("a", "b", 1), "b"),
        (("a", "a", 1), "a"),
    ],
)
def test_voices_are_mixed_by_their_shares(demo, chosen, voice):
    _, samples = demo.speak("はい。", *chosen, 1.0, 0.0, 3)
    assert np.array_equal(samples, to_pcm16(demo.speaker.speak("はい。", voice=voice, seed=3).waveform))


@pytest.mark.parametrize("text", ["", "🙂", "あ" * 1001, "あ[pause:2h]"])
def test_what_cannot_be_spoken_is_refused_in_a_sentence(demo, text):
    with pytest.raises(ValueError, match=r"\w{4}"):
        demo.speak(text, "a", "default", 0.0, 1.0, 0.0, 0)


def test_readings_are_those_of_the_model(demo):
    assert len(demo.read(TEXT).splitlines()) == 3 and demo.read("") == ""


def test_without_gradio_it_tells_what_to_install(script, demo, monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(ImportError, match=r"\[demo\]"):
        script.make_page(demo)


def test_the_page_answers_with_gradio(script, demo):
    pytest.importorskip("gradio")
    client_of = pytest.importorskip("gradio_client").Client
    page = script.make_page(demo)
    _, address, _ = page.queue().launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    try:
        client = client_of(address, verbose=False)
        assert client.predict(TEXT, api_name="/read") == demo.read(TEXT)
        with pytest.raises(Exception, match="1001 characters"):
            client.predict("あ" * 1001, "a", "default", 0, 1, 0, 0, api_name="/speak")
        assert client.predict("はい。", "a", "b", 0.5, 1, 0, 0, api_name="/speak")
    finally:
        page.close()
