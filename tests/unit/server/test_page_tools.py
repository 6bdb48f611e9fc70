# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The calls of the page beside VOICEVOX's: words of a text, and sounds in other formats."""

import io
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from support.server_toys import asked


TEXT = "　橋の上で犬を見た。｜東京《とうきょう》タワーへ行こう！"


def words(app, text):
    return asked(app, "GET", "/tsukasa/words", params={"text": text})


def wav(channels, rate=24000):
    time = np.arange(rate) / rate
    sound = np.stack([0.3 * np.sin(2 * np.pi * 300 * (place + 1) * time) for place in range(channels)], axis=1)
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="WAV")
    return file.getvalue(), sound


def test_words_have_the_morae_of_the_accent_phrases(app):
    found = words(app, TEXT).json()
    style = asked(app, "GET", "/speakers").json()[0]["styles"][0]["id"]
    phrases = asked(app, "POST", "/accent_phrases", params={"text": TEXT, "speaker": style}).json()
    kana = [mora["text"] for phrase in phrases for mora in phrase["moras"]]
    assert [word["surface"] for word in found[:5]] == ["橋", "の", "上", "で", "犬"]
    assert all(first["moras"][1] == second["moras"][0] for first, second in pairwise(found))
    assert found[0]["moras"][0] == 0 and found[-1]["moras"][1] == len(kana)
    by_surface = {word["surface"]: word for word in found}
    assert "".join(kana[slice(*by_surface["東京"]["moras"])]) == "トウキョウ"
    assert [TEXT[word["start"] : word["end"]] for word in found[:3]] == ["橋", "の", "上"]
    assert TEXT[by_surface["東京"]["start"] : by_surface["東京"]["end"]] == "｜東京《とうきょう》"
    assert by_surface["で"]["is_particle"] and not by_surface["橋"]["is_particle"]
    assert by_surface["東京"]["source"] == "ruby" and by_surface["橋"]["starts_phrase"]


def test_a_text_without_words_has_none(app):
    assert words(app, "。。。").json() == words(app, "").json() == []
    assert words(app, "a" * 10_001).status_code == 422


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("audio_format", ["mp3", "opus", "flac"])
def test_a_sound_is_the_same_in_every_format(app, audio_format, channels):
    content, sound = wav(channels)
    answer = asked(app, "POST", "/tsukasa/encode", params={"format": audio_format}, content=content)
    assert answer.status_code == 200, answer.text
    decoded, rate = soundfile.read(io.BytesIO(answer.content), always_2d=True)
    assert decoded.shape[1] == channels and len(decoded) / rate == pytest.approx(1.0, abs=0.1)
    for place in range(channels):
        spectrum = np.abs(np.fft.rfft(decoded[: rate // 2, place]))
        assert 2 * np.argmax(spectrum) == pytest.approx(300 * (place + 1), abs=4)
    if audio_format == "flac":
        np.testing.assert_allclose(decoded, sound, atol=1e-4)


def test_aac_in_two_channels(app):
    av = pytest.importorskip("av")
    answer = asked(app, "POST", "/tsukasa/encode", params={"format": "aac"}, content=wav(2)[0])
    with av.open(io.BytesIO(answer.content)) as file:
        assert file.streams.audio[0].channels == 2


@pytest.mark.parametrize(
    "content", [b"", b"no sound", b"RIFF" + bytes(100), wav(3)[0], wav(1)[0][:44], wav(2)[0][:30]]
)
def test_what_is_no_sound_is_refused(app, content):
    answer = asked(app, "POST", "/tsukasa/encode", params={"format": "mp3"}, content=content)
    assert answer.status_code == 422 and "WAV" in answer.json()["message"]
    assert asked(app, "POST", "/tsukasa/encode", params={"format": "wav"}, content=content).status_code == 422
