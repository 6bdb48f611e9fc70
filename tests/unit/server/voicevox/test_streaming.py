# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech that is sent while it is spoken is the file that is sent at once."""

import io

import httpx
import pytest
import soundfile

from support.server_toys import asked, on_a_port
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


TEXT = "橋の上で犬を見ました。本当ですか？はい、そうです。"


@pytest.fixture(scope="module")
def asked_query(app):
    style = asked(app, "GET", "/speakers").json()[0]["styles"][0]["id"]
    return style, asked(app, "POST", "/audio_query", params={"text": TEXT, "speaker": style}).json()


def spoken(app, style, query, path, **parameters):
    answer = asked(app, "POST", path, params={"speaker": style, **parameters}, json=query)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"speedScale": 1.3, "postPhonemeLength": 0.777, "volumeScale": 0.5},
        {"outputStereo": True},
        {"outputSamplingRate": 44100, "intonationScale": 1.5},
        {"accent_phrases": []},
    ],
)
def test_the_pieces_are_the_file(app, asked_query, changes):
    style, query = asked_query
    query = {**query, **changes}
    assert spoken(app, style, query, "/streaming_synthesis") == spoken(app, style, query, "/synthesis")


def test_an_offset_leaves_out_the_beginning(app, asked_query):
    style, query = asked_query
    wave = spoken(app, style, query, "/synthesis")
    rate = query["outputSamplingRate"]
    for offset in (0.001, 1.2):
        skipped = round(offset * rate)
        part = spoken(app, style, query, "/streaming_synthesis", start_offset=offset)
        assert part[44:] == wave[44 + 2 * skipped :]
        assert soundfile.info(io.BytesIO(part)).frames == (len(wave) - 44) // 2 - skipped
    for wrong in (1000, 1e300):
        parameters = {"speaker": style, "start_offset": wrong}
        assert asked(app, "POST", "/streaming_synthesis", params=parameters, json=query).status_code == 400
    for wrong in ({"start_offset": -1}, {"segment_length": 0}, {"start_offset": "nan"}, {"segment_length": "inf"}):
        parameters = {"speaker": style, **wrong}
        assert asked(app, "POST", "/streaming_synthesis", params=parameters, json=query).status_code == 422
    assert asked(app, "POST", "/streaming_synthesis", params={"speaker": 1}, json=query).status_code == 422


def test_pieces_have_the_length_that_was_asked_for(app, asked_query):
    style, query = asked_query
    with on_a_port(app) as address, httpx.Client(base_url=address, timeout=100) as web:
        parameters = {"speaker": style, "segment_length": 0.1}
        with web.stream("POST", "/streaming_synthesis", params=parameters, json=query) as answer:
            assert answer.headers["content-type"] == "audio/wav"
            pieces = list(answer.iter_raw())
    assert b"".join(pieces) == spoken(app, style, query, "/synthesis")
    assert len(pieces) > 3


def test_queries_are_predicted_without_the_decoder(app, asked_query, monkeypatch):
    style, _ = asked_query
    decoded = []
    speak = TsukasaModelForConditionalGeneration.speak
    monkeypatch.setattr(
        TsukasaModelForConditionalGeneration, "speak", lambda self, *a: decoded.append(1) or speak(self, *a)
    )
    query = asked(app, "POST", "/audio_query", params={"text": "新しい文です。", "speaker": style}).json()
    asked(app, "POST", "/mora_data", params={"speaker": style}, json=query["accent_phrases"])
    assert decoded == []
    spoken(app, style, query, "/synthesis")
    assert decoded == [1]
