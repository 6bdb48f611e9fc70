# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A server with a socket: OpenAI's client, many clients at once, and clients that leave."""

import base64
import io
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile

from support.server_toys import on_a_port, running_app, server_settings, wait_until
from transformers_tsukasa.audio.encoding import to_pcm16


httpx = pytest.importorskip("httpx")
TEXT = "今日はいい天気ですね。明日は雨が降るでしょう。傘を持って行きます。"
PCM = {"voice": "b", "response_format": "pcm"}


@pytest.fixture(scope="module")
def served(model_folder, tmp_path_factory):
    """A running server: its application and address."""
    with running_app(server_settings(model_folder, tmp_path_factory.mktemp("state"), max_input=20_000)) as app:
        with on_a_port(app) as address:
            yield app, address


@pytest.fixture(scope="module")
def speaker(served):
    return served[0].state.context.pool.speaker("tiny")


@pytest.fixture(scope="module")
def web(served):
    """A client of one connection pool: to make one takes longer than to speak a word."""
    limits = httpx.Limits(max_connections=100)
    with httpx.Client(base_url=served[1], timeout=300, limits=limits, verify=False) as client:
        yield client


@pytest.fixture(scope="module")
def client(served):
    openai = pytest.importorskip("openai")
    with openai.OpenAI(base_url=f"{served[1]}/v1", api_key="x", max_retries=0, timeout=300) as client:
        yield client


def _samples(speaker, text, **arguments):
    return to_pcm16(speaker.speak(text, voice="b", seed=7, **arguments).waveform).tobytes()


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "flac", "wav", "pcm"])
def test_openais_client_gets_every_format(client, speaker, audio_format):
    answer = client.audio.speech.create(model="tts-1", voice="b", input=TEXT, response_format=audio_format)
    content, seconds = answer.content, speaker.speak(TEXT, voice="b", seed=7).seconds
    if audio_format == "pcm":
        assert len(content) / 48000 == pytest.approx(seconds, abs=1e-4)
        return
    if audio_format == "wav":
        content = content[:40] + (len(content) - 44).to_bytes(4, "little") + content[44:]
    samples, rate = soundfile.read(io.BytesIO(content))
    assert len(samples) / rate == pytest.approx(seconds, abs=0.1)


def test_openais_client_streams_and_reads_events(client, speaker):
    with client.audio.speech.with_streaming_response.create(model="tiny", input=TEXT, **PCM) as answer:
        pieces = list(answer.iter_bytes())
    assert b"".join(pieces) == _samples(speaker, TEXT) and len(pieces) >= 3
    create = client.audio.speech.with_streaming_response.create
    with create(model="tiny", input=TEXT, stream_format="sse", **PCM) as answer:
        data = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert data[-1]["type"] == "speech.audio.done"
    assert b"".join(base64.b64decode(event["audio"]) for event in data[:-1]) == b"".join(pieces)


def test_openais_client_lists_models_and_raises_its_own_errors(client):
    import openai

    assert client.models.list().data[0].id == "tiny"
    for changes, kind, code, param in (
        ({"voice": "x"}, openai.BadRequestError, "voice_not_found", "voice"),
        ({"model": "x"}, openai.NotFoundError, "model_not_found", "model"),
        ({"input": " "}, openai.BadRequestError, "nothing_to_read", "input"),
    ):
        with pytest.raises(kind) as error:
            client.audio.speech.create(**{"model": "tiny", "voice": "a", "input": "はい。", **changes})
        assert (error.value.code, error.value.param) == (code, param)
        assert error.value.request_id.startswith("req_")


def test_openais_client_comes_back_after_a_503(served):
    openai = pytest.importorskip("openai")
    service = served[0].state.context.service
    with openai.OpenAI(base_url=f"{served[1]}/v1", api_key="x", max_retries=2, timeout=300) as client:
        most, service._queue = service._queue, -1
        reopen = threading.Timer(0.3, lambda: setattr(service, "_queue", most))
        reopen.start()
        start = time.monotonic()
        assert client.audio.speech.create(model="tiny", voice="b", input="はい。").content
        reopen.join()
    assert time.monotonic() - start >= 0.9


def test_openais_client_adds_a_voice(client, served, web):
    clip = io.BytesIO()
    soundfile.write(clip, 0.1 * np.random.default_rng(0).standard_normal(24000), 24000, format="WAV")
    voice = client.audio.voices.create(name="mine", consent="c", audio_sample=("a.wav", clip.getvalue(), "audio/wav"))
    assert voice.object == "audio.voice" and voice.name == "mine"
    assert client.audio.speech.create(model="tiny", voice={"id": voice.id}, input="はい。").content
    assert web.delete(f"/v1/audio/voices/{voice.id}").json()["deleted"] is True


def test_sixty_four_clients_at_once_get_their_own_speech(served, speaker, web):
    texts = ["はい。", "いいえ。", "そうです。", "ええ。"]
    expected = [_samples(speaker, text) for text in texts]

    def ask(number):
        headers = {"Authorization": f"Bearer client-{number}"}
        body = {"input": texts[number % 4], **PCM}
        return web.post("/v1/audio/speech", json=body, headers=headers)

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(ask, range(64)))
    assert [answer.status_code for answer in answers] == [200] * 64
    assert all(answer.content == expected[number % 4] for number, answer in enumerate(answers))
    assert served[0].state.context.service.active == 0


def test_the_first_sentence_comes_long_before_the_last(served, web):
    start = time.monotonic()
    body = {"input": TEXT * 4, **PCM}
    with web.stream("POST", "/v1/audio/speech", json=body) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        first = time.monotonic() - start
        for _ in pieces:
            pass
    assert first < 0.5 * (time.monotonic() - start)


def test_a_greeting_does_not_wait_for_a_novel(served, web):
    context = served[0].state.context
    body = {"input": TEXT * 20, **PCM}
    with web.stream("POST", "/v1/audio/speech", json=body) as novel:
        pieces = novel.iter_raw()
        next(pieces)
        headers = {"Authorization": "Bearer another"}
        greeting = web.post("/v1/audio/speech", json={"input": "はい。"}, headers=headers)
        assert greeting.status_code == 200 and context.service.active == 1
    # The client of the novel has left in the middle of it.
    wait_until(lambda: context.service.active == 0)


def test_a_client_that_leaves_while_it_waits_frees_its_place(served, web):
    context = served[0].state.context
    gate = threading.Event()
    speak = context.pool.speaker("tiny").model.speak
    context.pool.speaker("tiny").model.speak = lambda *given, **more: gate.wait(20) and speak(*given, **more)
    try:
        port = int(served[1].rsplit(":", 1)[1])
        body = json.dumps({"input": "はい。"}).encode()
        head = b"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        with (
            socket.create_connection(("127.0.0.1", port)) as first,
            socket.create_connection(("127.0.0.1", port)) as second,
        ):
            for connection in (first, second):
                connection.sendall(head + body)
            wait_until(lambda: context.service.active == 2)
        wait_until(lambda: context.service.active == 0)
    finally:
        gate.set()
        del context.pool.speaker("tiny").model.speak
    assert web.post("/v1/audio/speech", json={"input": "はい。"}).status_code == 200


def test_a_fault_in_the_middle_breaks_the_answer(served, web):
    model = served[0].state.context.pool.speaker("tiny").model
    speak, calls = model.speak, []

    def failing(*given, **more):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        return speak(*given, **more)

    model.speak = failing
    try:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            web.post("/v1/audio/speech", json={"input": TEXT, **PCM})
        calls.clear()
        body = {"input": TEXT, "stream_format": "sse", **PCM}
        events = web.post("/v1/audio/speech", json=body).text
    finally:
        del model.speak
    assert events.count("event: ") == 2 and "event: error" in events and "memory" not in events
    wait_until(lambda: served[0].state.context.service.active == 0)


def test_bytes_that_are_no_http_do_not_stop_the_server(served, web):
    port = int(served[1].rsplit(":", 1)[1])
    for garbage in (
        b"\x00" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/audio/speech HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(garbage)
            connection.settimeout(5)
            assert connection.recv(100).startswith(b"HTTP/1.1 400") or garbage.startswith(b"GET")
    assert web.get("/version").status_code == 200
