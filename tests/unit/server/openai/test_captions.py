# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import base64
import json
import re

import pytest

from support.server_toys import asked, speech
from transformers_tsukasa.server.openai.captions import CaptionStore


TEXT = "今日は、いい天気ですね。\n明日は雨が「降る」でしょう？ 傘を3本持って行きます。"
WORDS = ["今日", "は", "いい", "天気", "です", "ね", "明日", "は", "雨", "が", "降る"]


def _captioned(app, **fields):
    return speech(app, path="/dev/captioned_speech", **{"input": TEXT, "response_format": "pcm", **fields})


@pytest.mark.parametrize("fields", [{}, {"speed": 2, "sample_rate": 48000, "pauses": {"sentence": 2.0}}])
def test_every_word_has_its_time_once_and_in_order(app, fields):
    answer = _captioned(app, stream=False, timestamp_granularity="mora", **fields)
    words = answer.json()["timestamps"]
    assert [word["word"] for word in words][: len(WORDS)] == WORDS
    written = [(TEXT[slice(*word["place"])], word["word"]) for word in words]
    assert [pair for pair in written if pair[0] != pair[1]] == [("3", "三")]
    times = [time for word in words for time in (word["start_time"], word["end_time"])]
    assert times == sorted(times) and times[0] >= 0
    rate = int(answer.headers["x-tsukasa-sample-rate"])
    assert times[-1] <= len(base64.b64decode(answer.json()["audio"])) / 2 / rate
    for word in words:
        morae = [time for mora in word["morae"] for time in (mora["start_time"], mora["end_time"])]
        assert morae == sorted(morae) and (morae[0], morae[-1]) == (word["start_time"], word["end_time"])
    assert "".join(mora["kana"] for word in words[:4] for mora in word["morae"]) == "キョウワイイテンキ"


def test_streamed_captions_are_those_of_the_complete_answer(app):
    complete = _captioned(app, stream=False).json()
    lines = [json.loads(line) for line in _captioned(app).text.splitlines()]
    assert len(lines) == 3 and complete["audio_format"] == lines[0]["audio_format"] == "audio/pcm"
    assert [word for line in lines for word in line["timestamps"]] == complete["timestamps"]
    assert "morae" not in complete["timestamps"][0]
    assert "timestamps" not in _captioned(app, stream=False, return_timestamps=False).json()


def test_captions_of_turns_begin_where_the_turn_does(app):
    text = "はい。[voice:b]いいえ。"
    answer = _captioned(app, input=text, tags=True, stream=False).json()
    first, second = answer["timestamps"]
    assert [text[slice(*word["place"])] for word in (first, second)] == ["はい", "いいえ"]
    assert second["start_time"] > first["end_time"] and (first["turn"], second["turn"]) == (0, 1)


def test_captions_are_fetched_after_the_speech(app):
    answer = speech(app, {"X-Request-Id": "captioned"}, input=TEXT, captions="header")
    address = answer.headers["x-tsukasa-captions"]
    assert address == "/v1/audio/captions/captioned"
    captions = asked(app, "GET", address).json()
    assert captions["complete"] and [word["word"] for word in captions["words"]][: len(WORDS)] == WORDS
    srt = asked(app, "GET", f"{address}?format=srt").text
    assert re.match(r"1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\n今日は、いい天気ですね。\n\n2\n", srt)
    assert asked(app, "GET", f"{address}?format=vtt").text.startswith("WEBVTT\n\n00:00:00.")
    lab = asked(app, "GET", f"{address}?format=lab").text.splitlines()
    assert all(re.fullmatch(r"\d+ \d+ \S+", line) for line in lab) and len(lab) > 30
    assert asked(app, "GET", f"{address}?format=doc").status_code == 400
    # Another client does not get them.
    assert asked(app, "GET", address, {"Authorization": "Bearer another"}).status_code == 404


def test_captions_come_with_events(app):
    text = speech(app, input=TEXT, captions="sidecar", stream_format="sse").text
    names = re.findall(r"^event: (.*)$", text, flags=re.M)
    assert names == ["speech.audio.delta", "speech.captions.delta"] * 3 + ["speech.audio.done"]


def test_captions_are_forgotten_after_a_while_and_when_there_are_many(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("transformers_tsukasa.server.openai.captions.time.monotonic", lambda: now[0])
    store = CaptionStore()
    store.new("old", "c")
    now[0] = 599.0
    assert store.get("old", "c") is not None
    now[0] = 601.0
    assert store.get("old", "c") is None
    for number in range(1001):
        store.new(str(number), "c")
    assert store.get("0", "c") is None and store.get("1", "c") is not None and len(store._kept) == 1000
