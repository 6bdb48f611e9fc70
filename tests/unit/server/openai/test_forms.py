# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Forms say the same as JSON."""

import base64
import io
import json

import numpy as np
import pytest
import soundfile

from support.server_toys import asked, speech


FIELDS = {"input": "はい。", "voice": "b", "response_format": "pcm", "seed": "3", "speed": "1.25", "stream": "false"}


@pytest.fixture(scope="module")
def clip():
    file = io.BytesIO()
    soundfile.write(file, 0.1 * np.random.default_rng(0).standard_normal(12000), 24000, format="WAV")
    return file.getvalue()


def test_both_kinds_of_forms_are_spoken_as_json_is(app):
    expected = speech(app, **FIELDS).content
    parts = {name: (None, value) for name, value in FIELDS.items()}
    for arguments in ({"data": FIELDS}, {"files": parts}):
        answer = asked(app, "POST", "/v1/audio/speech", **arguments)
        assert answer.status_code == 200 and answer.content == expected, answer.text


def test_json_that_is_sent_as_a_form_is_read_as_json(app):
    content = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (json.dumps(FIELDS), json.dumps({**FIELDS, "input": "はい＝=&。"}, ensure_ascii=False)):
        answer = asked(app, "POST", "/v1/audio/speech", content, content=body.encode())
        assert answer.status_code == 200, answer.text


def test_files_of_a_form_are_base64_of_json(app, clip):
    encoded = base64.b64encode(clip).decode()
    for count in (1, 2):
        expected = speech(app, **{**FIELDS, "ref_audio": [encoded] * count}).content
        parts = [(name, (None, value)) for name, value in FIELDS.items()] + [("ref_audio", ("a.wav", clip))] * count
        answer = asked(app, "POST", "/v1/audio/speech", files=parts)
        assert answer.status_code == 200 and answer.content == expected, answer.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"input=a&" * 200),
        ("application/x-www-form-urlencoded", b"voice=%ff%00&speed=x"),
        ("application/x-www-form-urlencoded", b"input="),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=input\r\n\r\n\xff\r\n--x"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
        ("multipart/form-data", b"input=a"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(app, content_type, body):
    for path in ("/v1/audio/speech", "/dev/phonemize", "/v1/audio/voices", "/v1/audio/voices/combine"):
        answer = asked(app, "POST", path, {"Content-Type": content_type}, content=body)
        assert answer.status_code == 400 and answer.json()["error"]["message"], (path, answer.text)
