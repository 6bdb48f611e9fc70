# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Health, version, metrics, request ids, the log, and limits, whatever the interface."""

import asyncio
import json
import logging
import re

import pytest
from fastapi import APIRouter

from support.server_toys import asked, server_settings, speech
from transformers_tsukasa.server.app import create_app
from transformers_tsukasa.server.metrics import Counter, Histogram
from transformers_tsukasa.server.model_pool import model_ids
from transformers_tsukasa.version import __version__


def test_health_tells_when_the_model_is_there(new_app):
    app = new_app()
    loading = asked(app, "GET", "/health")
    assert loading.status_code == 503 and loading.json() == {"status": "loading"}
    assert speech(app, input="はい。").status_code == 200
    health = asked(app, "GET", "/health").json()
    assert health.pop("uptime") >= 0
    assert health == {"status": "healthy", "model": "tiny", "device": "cpu", "queue": 0}


def test_the_default_model_is_loaded_when_the_application_starts(new_app):
    app = new_app()

    async def start():
        async with app.router.lifespan_context(app):
            while not app.state.context.pool.loaded:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(start(), 60))
    assert app.state.context.pool.loaded == ("tiny",)


def test_health_tells_when_the_model_cannot_be_loaded(new_app, tmp_path):
    (tmp_path / "broken").mkdir()
    app = new_app(models=(str(tmp_path / "broken"),))

    async def start():
        async with app.router.lifespan_context(app):
            while app.state.problem is None:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(start(), 60))
    health = asked(app, "GET", "/health")
    assert health.status_code == 503 and health.json()["status"] == "failed" and "broken" in health.json()["reason"]


def test_version_is_a_json_string(app):
    answer = asked(app, "GET", "/version")
    assert answer.json() == __version__ and answer.headers["content-type"] == "application/json"


def test_metrics_count_requests_and_speech(new_app):
    app = new_app()
    assert speech(app, input="はい。").status_code == 200
    assert speech(app, input="").status_code == 400
    assert asked(app, "GET", "/nothing/secret").status_code == 404
    answer = asked(app, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    values = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert values['tsukasa_requests_total{endpoint="/v1/audio/speech",status="200"}'] == "1"
    assert values['tsukasa_requests_total{endpoint="/v1/audio/speech",status="400"}'] == "1"
    assert values['tsukasa_requests_total{endpoint="other",status="404"}'] == "1"
    assert values["tsukasa_characters_total"] == "3" and float(values["tsukasa_audio_seconds_total"]) > 0.1
    assert values["tsukasa_first_audio_seconds_count"] == "1" and values["tsukasa_queue_length"] == "0"
    assert float(values["tsukasa_model_memory_bytes"]) > 1000 and "secret" not in answer.text
    for line in answer.text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"[^\"]*\"(,\w+=\"[^\"]*\")*\})? [\d.e+]+", line), line


def test_histograms_are_cumulative_and_labels_escaped():
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 3.0):
        histogram.observe(value)
    assert [(labels, value) for _, labels, value in histogram.samples()] == [
        ('{le="1"}', 2),
        ('{le="2"}', 3),
        ('{le="+Inf"}', 4),
        ("", 6.0),
        ("", 4),
    ]
    counter = Counter("name")
    counter.add(2, 'a"b\\c\nd')
    assert list(counter.samples()) == [("", '{name="a\\"b\\\\c\\nd"}', 2)]


def test_a_request_keeps_its_id_when_that_is_harmless(app):
    assert asked(app, "GET", "/version", {"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    for given in ("a b", "x" * 200, "<script>"):
        identifier = asked(app, "GET", "/version", {"X-Request-Id": given}).headers["x-request-id"]
        assert re.fullmatch(r"req_[0-9a-f]{32}", identifier)


def test_the_log_has_a_line_for_a_request_and_never_its_text(app, caplog):
    caplog.set_level(logging.INFO, logger="transformers_tsukasa.server")
    assert speech(app, {"X-Request-Id": "one"}, input="ひみつです。", voice="b", nonsense=1).status_code == 200
    assert speech(app, {"X-Request-Id": "two"}, input="ひみつです。", voice="nobody").status_code == 400
    first, second = (json.loads(line) for line in caplog.messages if line.startswith("{"))
    assert (first["id"], first["status"], first["voice"], first["characters"]) == ("one", 200, "b", 6)
    assert first["endpoint"] == "/v1/audio/speech" and first["audio"] > 0 and first["total"] >= first["first_audio"]
    assert (second["id"], second["status"]) == ("two", 400)
    assert "ひみつ" not in caplog.text and "ignored unknown fields: nonsense" in caplog.text


def test_the_log_has_texts_where_that_is_asked_for(new_app, caplog):
    caplog.set_level(logging.INFO, logger="transformers_tsukasa.server")
    speech(new_app(log_text=True), input="ひみつです。")
    assert '"text": "ひみつです。"' in caplog.text


def test_a_body_that_is_too_large_is_refused_before_it_is_read(new_app):
    app = new_app(max_body=1000)
    refused = asked(app, "POST", "/v1/audio/speech", content=b"x" * 1001)
    assert refused.status_code == 413 and refused.json()["error"]["code"] == "body_too_large"

    async def chunks():
        for _ in range(20):
            yield b"x" * 100

    refused = asked(app, "POST", "/v1/audio/speech", content=chunks())
    assert refused.status_code == 413 and refused.json()["error"]["type"] == "invalid_request_error"


def test_unknown_paths_and_methods_are_refused_in_the_same_form(app):
    for method, path, status in (
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/audio/speech", 405),
        ("PUT", "/v1/models", 405),
    ):
        answer = asked(app, method, path)
        assert answer.status_code == status and set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_a_fault_of_ours_is_500_without_its_reason(model_folder, tmp_path):
    router = APIRouter()

    @router.get("/broken")
    async def broken():
        raise RuntimeError("a secret of the server")

    app = create_app(server_settings(model_folder, tmp_path), [router])
    answer = asked(app, "GET", "/broken", {"Origin": "http://localhost"})
    app.state.context.service.close()
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.json()["error"]["type"] == "server_error" and answer.json()["detail"] == "Internal Server Error"
    assert answer.headers["access-control-allow-origin"] == "http://localhost"


def test_models_are_called_by_the_ends_of_their_paths():
    assert model_ids(["default", "a/b/", "hub/c"]) == {"default": "default", "b": "a/b/", "c": "hub/c"}
    with pytest.raises(ValueError, match="both be called 'b'"):
        model_ids(["a/b", "c/b"])
