# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Every refusal has OpenAI's form, names the field, and is no fault of the server, whatever is sent."""

import base64
import io
import json

import numpy as np
import pytest
import soundfile

from support.server_toys import asked, speech


def _clip(seconds, amplitude=0.1):
    file = io.BytesIO()
    soundfile.write(file, amplitude * np.sin(np.arange(round(8000 * seconds))), 8000, format="FLAC")
    return base64.b64encode(file.getvalue()).decode()


REFUSED = [
    # fields of the request, status, code, param
    ({}, 400, None, "input"),
    ({"input": None}, 400, None, "input"),
    ({"input": 5}, 400, None, "input"),
    ({"input": ["はい。"]}, 400, None, "input"),
    ({"input": ""}, 400, "nothing_to_read", "input"),
    ({"input": " \n　"}, 400, "nothing_to_read", "input"),
    ({"input": "。。。"}, 400, "nothing_to_read", "input"),
    ({"input": "🙂"}, 400, "nothing_to_read", "input"),
    ({"input": "あ" * 2001}, 400, "string_above_max_length", "input"),
    ({"input": "あ\ud800"}, 400, None, "input"),
    ({"input": "あ\x00"}, 400, None, "input"),
    ({"input": "あ[pause:2h]"}, 400, None, "input"),
    ({"input": "[voice:a]", "tags": True}, 400, "nothing_to_read", "input"),
    ({"input": "[rate:fast]あ", "tags": True}, 400, None, "input"),
    ({"input": "[voice:x]あ", "tags": True}, 400, "voice_not_found", "voice"),
    ({"input": "あ", "voice": "x"}, 400, "voice_not_found", "voice"),
    ({"input": "あ", "voice": ""}, 400, None, "voice"),
    ({"input": "あ", "voice": 5}, 400, None, "voice"),
    ({"input": "あ", "voice": {"name": "a"}}, 400, None, "voice"),
    ({"input": "あ", "voice": "a+"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a++b"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a(2"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a(2))+b"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a(0)+b"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a(-1)+b"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a(nan)+b"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a(1e999)+b"}, 400, None, "voice"),
    ({"input": "あ", "voice": "a+x"}, 400, "voice_not_found", "voice"),
    ({"input": "あ", "voice": "99999999999999999999"}, 400, "voice_not_found", "voice"),
    ({"input": "あ", "model": "x"}, 404, "model_not_found", "model"),
    ({"input": "あ", "model": 5}, 400, None, "model"),
    ({"input": "あ", "response_format": "ogg"}, 400, "unsupported_format", "response_format"),
    ({"input": "あ", "response_format": "opus", "sample_rate": 44100}, 400, "unsupported_format", "response_format"),
    ({"input": "あ", "speed": 0.2}, 400, None, "speed"),
    ({"input": "あ", "speed": 4.1}, 400, None, "speed"),
    ({"input": "あ", "speed": "fast"}, 400, None, "speed"),
    ({"input": "あ", "speed": float("nan")}, 400, None, "speed"),
    ({"input": "あ", "instructions": "あ" * 4097}, 400, "string_above_max_length", "instructions"),
    ({"input": "あ", "stream_format": "ws"}, 400, None, "stream_format"),
    ({"input": "あ", "stream": "maybe"}, 400, None, "stream"),
    ({"input": "あ", "volume_multiplier": 11}, 400, None, "volume_multiplier"),
    ({"input": "あ", "seed": -1}, 400, None, "seed"),
    ({"input": "あ", "seed": 2**62 + 1}, 400, None, "seed"),
    ({"input": "あ", "seed": 1.5}, 400, None, "seed"),
    ({"input": "あ", "sample_rate": 7999}, 400, None, "sample_rate"),
    ({"input": "あ", "sample_rate": 48001}, 400, None, "sample_rate"),
    ({"input": "あ", "language": "en"}, 400, None, "language"),
    ({"input": "あ", "alpha": 2}, 400, None, "alpha"),
    ({"input": "あ", "diffusion_steps": 1}, 400, None, "diffusion_steps"),
    ({"input": "あ", "guidance_scale": -1}, 400, None, "guidance_scale"),
    ({"input": "あ", "pauses": {"never": 1}}, 400, None, "pauses"),
    ({"input": "あ", "pauses": "long"}, 400, None, "pauses"),
    ({"input": "あ", "style_weights": {"voice": "x"}}, 400, None, "style_weights.voice"),
    ({"input": "あ", "style_weights": {"prompt": 1}, "voice": "a"}, 400, None, "style_weights"),
    ({"input": "あ", "captions": "always"}, 400, None, "captions"),
    ({"input": "あ", "ssml": True}, 400, None, "ssml"),
    ({"input": "あ", "speed": True}, 400, None, "speed"),
    ({"input": "あ", "seed": True}, 400, None, "seed"),
    ({"input": "あ", "pauses": {"sentence": True}}, 400, None, "pauses.sentence"),
    ({"input": "あ", "ref_audio": "/etc/passwd"}, 400, "invalid_audio", "ref_audio"),
    ({"input": "あ", "ref_audio": "http://127.0.0.1/"}, 400, "invalid_audio", "ref_audio"),
    ({"input": "あ", "ref_audio": ""}, 400, "invalid_audio", "ref_audio"),
    ({"input": "あ", "ref_audio": "AAAA"}, 400, "invalid_audio", "ref_audio"),
    ({"input": "あ", "ref_audio": []}, 400, "invalid_audio", "ref_audio"),
    ({"input": "あ", "ref_audio": ["AAAA"] * 9}, 400, "invalid_audio", "ref_audio"),
    ({"input": "あ", "ref_audio": _clip(61)}, 400, "invalid_audio", "ref_audio"),
    ({"input": "あ", "ref_audio": _clip(1, amplitude=0)}, 400, None, "ref_audio"),
]


@pytest.fixture(scope="module")
def small_app(model_folder, tmp_path_factory):
    from support.server_toys import running_app, server_settings

    with running_app(server_settings(model_folder, tmp_path_factory.mktemp("state"), max_input=2000)) as app:
        yield app


@pytest.mark.parametrize("fields, status, code, param", REFUSED, ids=[str(row[0])[:60] for row in REFUSED])
def test_what_does_not_fit_is_refused_with_its_field(small_app, fields, status, code, param):
    answer = asked(small_app, "POST", "/v1/audio/speech", content=json.dumps(fields))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param), error
    assert error["type"] == "invalid_request_error" and answer.headers["content-type"] == "application/json"
    assert set(error) == {"message", "type", "param", "code"} and len(error["message"]) > 10
    assert "Traceback" not in answer.text and "pydantic" not in answer.text


BODIES = [
    b"",
    b"null",
    b"5",
    b'"text"',
    b"[]",
    b"{",
    b"\xff\xfe",
    b"\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"1" * 10_000,
    b'{"input": "\xe3\x81"}',
    b'{"input": Infinity}',
    b'{"input": {}}',
    b'{"input": "a", "voice": {"id": {"id": "a"}}}',
    b'{"input": "a", "style_weights": {"voice": {}}}',
    b'{"input": "...", "turns": "x", "items": "y", "text": 5, "phonemes": 7, "voices": 8}',
    b'{"items": []}',
    b'{"items": [5]}',
    b'{"turns": []}',
    b'{"turns": [{"text": ""}]}',
    b'{"turns": [{"text": "\\u3042"}], "pause_between_turns": 11}',
    b'{"text": "\\ud800", "phonemes": "\\ud800", "voices": "\\ud800", "name": "\\ud800"}',
    b'{"voices": "a(2", "name": "../x", "text": "", "phonemes": " "}',
    b'{"name": "x", "type": "other"}',
    b'{"name": "x", "type": "prompt", "prompt": ""}',
    b'{"name": "x", "type": "prompt", "prompt": "low"}',
    b"--x\r\nContent-Disposition: form-data; name=a",
]
PATHS = [
    "/v1/audio/speech",
    "/v1/audio/speech/batch",
    "/v1/audio/voices",
    "/v1/audio/voices/combine",
    "/dev/captioned_speech",
    "/dev/dialogue",
    "/dev/phonemize",
    "/dev/generate_from_phonemes",
]
TYPES = ["application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain; charset=nothing"]


@pytest.mark.parametrize("path", PATHS)
def test_no_body_is_a_fault_of_the_server(small_app, path):
    for body in BODIES:
        for content_type in TYPES if path == "/v1/audio/voices" else TYPES[:1]:
            answer = asked(small_app, "POST", path, {"Content-Type": content_type}, content=body)
            shown = body[:80]
            # Items of a batch have faults of their own, within its answer.
            is_batch = path.endswith("batch") and answer.status_code == 200
            assert answer.status_code == 400 or is_batch, (shown, content_type, answer.status_code, answer.text[:300])
            assert is_batch or answer.json()["error"]["type"] == "invalid_request_error", shown
    assert small_app.state.context.service.active == 0


@pytest.mark.parametrize(
    "path",
    [
        "/v1/audio/voices?model=x",
        "/v1/audio/captions/x",
        "/v1/audio/captions/..%2f..%2fx",
        "/v1/models/..%2f..%2fetc",
        "/v1/audio/voices/%00",
        "/" + "a" * 5000,
        "/v1//audio/speech",
    ],
)
def test_no_path_is_a_fault_of_the_server(small_app, path):
    assert asked(small_app, "GET", path).status_code in (404, 405)


def test_samples_that_are_not_finite_are_500_and_not_tried_again(new_app, monkeypatch):
    app = new_app()
    speaker = app.state.context.pool.speaker("tiny")
    speak = speaker.model.speak
    monkeypatch.setattr(speaker.model, "speak", lambda *given, **more: speak(*given, **more) * float("nan"))
    answer = speech(app, input="はい。")
    assert answer.status_code == 500 and answer.json()["error"]["type"] == "server_error"
    assert answer.headers["x-should-retry"] == "false"


def test_a_full_server_answers_503_with_a_time_to_come_back(new_app):
    app = new_app(queue=0, per_client=1)
    service = app.state.context.service
    with service.admit("another"):
        answer = speech(app, input="はい。")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "queue_full")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        greedy = speech(app, {"Authorization": "Bearer another"}, input="はい。")
        assert (greedy.status_code, greedy.json()["error"]["code"]) == (429, "rate_limit_exceeded")
        assert greedy.json()["error"]["type"] == "rate_limit_error" and "retry-after" in greedy.headers
    service.refuse_new()
    answer = speech(app, input="はい。")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "shutting_down")
