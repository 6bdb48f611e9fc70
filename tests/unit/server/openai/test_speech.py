# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import base64
import io
import json
import zipfile

import numpy as np
import pytest
import soundfile

from support.server_toys import asked, speech
from transformers_tsukasa.audio.encoding import to_pcm16


TEXT = "今日はいい天気ですね。明日は雨が降るでしょう。傘を持って行きます。"
OPTIONS = {"response_format": "pcm", "voice": "b", "seed": 3}


@pytest.fixture(scope="module")
def speaker(app):
    return app.state.context.pool.speaker("tiny")


@pytest.fixture(scope="module")
def expected(speaker):
    """The samples of the text in 16 bits."""
    return to_pcm16(speaker.speak(TEXT, voice="b", seed=3).waveform).tobytes()


def _events(answer):
    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in events]


def test_every_way_gives_the_samples_of_the_library(app, expected):
    streamed = speech(app, input=TEXT, **OPTIONS)
    assert streamed.status_code == 200 and "content-length" not in streamed.headers
    complete = speech(app, input=TEXT, stream=False, **OPTIONS)
    assert complete.headers["content-length"] == str(len(expected))
    assert float(complete.headers["x-tsukasa-duration"]) == pytest.approx(len(expected) / 48000, abs=1e-4)
    events = _events(speech(app, input=TEXT, stream_format="sse", **OPTIONS))
    deltas = [base64.b64decode(data["audio"]) for name, data in events if name == "speech.audio.delta"]
    assert len(deltas) == 3
    captioned = speech(app, path="/dev/captioned_speech", input=TEXT, stream=False, **OPTIONS).json()
    lines = speech(app, path="/dev/captioned_speech", input=TEXT, **OPTIONS).text.splitlines()
    batch = asked(app, "POST", "/v1/audio/speech/batch", json={"items": [{"input": TEXT, **OPTIONS}]})
    with zipfile.ZipFile(io.BytesIO(batch.content)) as archive:
        packed = archive.read("0001.pcm")
    joined = b"".join(base64.b64decode(json.loads(line)["audio"]) for line in lines)
    ways = [streamed.content, complete.content, b"".join(deltas), base64.b64decode(captioned["audio"]), joined, packed]
    assert [way == expected for way in ways] == [True] * 6


def test_headers_tell_how_the_speech_was_made(app):
    answer = speech(app, input="はい。", voice="b")
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["content-disposition"] == 'inline; filename="speech.mp3"'
    assert answer.headers["x-tsukasa-voice"] == "b" and answer.headers["x-tsukasa-seed"] == "7"
    assert answer.headers["x-tsukasa-sample-rate"] == "24000" and answer.headers["cache-control"] == "no-cache"
    again = speech(app, input="はい。", voice="b", seed=answer.headers["x-tsukasa-seed"])
    assert again.content == answer.content


def test_a_seed_is_drawn_where_none_is_given(new_app):
    app = new_app(seed=None)
    first, second = (speech(app, input="はい。", response_format="pcm") for _ in range(2))
    assert first.headers["x-tsukasa-seed"] != second.headers["x-tsukasa-seed"] and first.content != second.content


def test_events_end_with_the_usage(app):
    events = _events(speech(app, input=TEXT, stream_format="sse", **OPTIONS))
    name, data = events[-1]
    assert name == data["type"] == "speech.audio.done"
    usage = data["usage"]
    assert usage["input_tokens"] > 40 and usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize(
    "audio_format, content_type",
    [("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("opus", "audio/ogg; codecs=opus"), ("flac", "audio/flac")],
)
def test_every_format_can_be_read(app, expected, audio_format, content_type):
    answer = speech(app, input=TEXT, **{**OPTIONS, "response_format": audio_format})
    assert answer.headers["content-type"] == content_type
    assert ("content-length" in answer.headers) == (audio_format == "flac")
    content = answer.content if audio_format != "wav" else answer.content[:40] + b"\xff" * 4 + answer.content[44:]
    samples, rate = soundfile.read(io.BytesIO(content))
    assert len(samples) / rate == pytest.approx(len(expected) / 48000, abs=0.1)


def test_a_complete_wav_file_has_its_sizes(app, expected):
    wav = speech(app, input=TEXT, stream=False, **{**OPTIONS, "response_format": "wav"}).content
    assert wav.count(b"RIFF") == 1 and int.from_bytes(wav[4:8], "little") == len(wav) - 8
    assert wav[44:] == expected and int.from_bytes(wav[40:44], "little") == len(expected)


def test_fields_may_be_strings_and_the_content_type_may_be_missing(app):
    body = json.dumps({"input": "はい。", "speed": "2", "stream": "false", "seed": "5", "voice": {"id": "b"}})
    answer = asked(app, "POST", "/v1/audio/speech", content=body.encode())
    assert answer.status_code == 200
    assert (answer.headers["x-tsukasa-voice"], answer.headers["x-tsukasa-seed"]) == ("b", "5")


def test_speed_volume_and_sample_rate(app):
    plain = speech(app, input=TEXT, stream=False, **OPTIONS)
    fast = speech(app, input=TEXT, stream=False, speed=2, **OPTIONS)
    assert len(fast.content) < 0.7 * len(plain.content)
    silent = speech(app, input=TEXT, volume_multiplier=0, **OPTIONS)
    assert set(silent.content) == {0}
    wide = speech(app, input=TEXT, stream=False, sample_rate=48000, **OPTIONS)
    assert wide.headers["x-tsukasa-sample-rate"] == "48000" and len(wide.content) == 2 * len(plain.content)


@pytest.mark.parametrize("name", ["tts-1", "gpt-4o-mini-tts", "kokoro", "tsukasa", "tiny", None])
def test_names_of_other_models_stand_for_the_default_one(app, name):
    assert speech(app, input="はい。", model=name).status_code == 200


def test_instructions_are_ignored_aloud_by_a_model_that_reads_none(app):
    answer = speech(app, input="はい。", instructions="明るく")
    assert answer.status_code == 200 and answer.headers["x-tsukasa-ignored"] == "instructions"


def test_a_clip_is_spoken_like(app, speaker):
    clip = io.BytesIO()
    noise = 0.1 * np.random.default_rng(0).standard_normal(24000)
    soundfile.write(clip, noise, 24000, format="WAV")
    encoded = base64.b64encode(clip.getvalue()).decode()
    like = speech(app, input="はい。", ref_audio=encoded, **OPTIONS)
    speech_like = speaker.speak("はい。", audio=clip.getvalue(), seed=3)
    assert like.content == to_pcm16(speech_like.waveform).tobytes()
    assert like.content != speech(app, input="はい。", **OPTIONS).content
    uri = f"data:audio/wav;base64,{encoded}"
    assert speech(app, input="はい。", ref_audio=uri, **OPTIONS).content == like.content
    assert speech(app, input="はい。", ref_audio=[uri, encoded], **OPTIONS).status_code == 200


def test_a_dialogue_is_one_sound_with_pauses(app, speaker):
    turns = [{"voice": "a", "text": "はい。"}, {"voice_id": "b", "text": "いいえ。"}]
    answer = speech(app, path="/dev/dialogue", turns=turns, pause_between_turns=1.5, response_format="pcm", seed=3)
    first = speaker.speak("はい。[pause:1.5s]", voice="a", seed=3).waveform
    second = speaker.speak("いいえ。", voice="b", seed=3).waveform
    assert answer.content == to_pcm16(np.concatenate([first, second])).tobytes()


def test_tags_change_voice_and_rate_where_they_are_on(app, speaker):
    text = "はい。[voice:b]いいえ。[rate:2]ええ。"
    answer = speech(app, input=text, tags=True, voice="a", response_format="pcm", seed=3)
    parts = [
        speaker.speak("はい。[pause:sentence]", voice="a", seed=3),
        speaker.speak("いいえ。[pause:sentence]", voice="b", seed=3),
        speaker.speak("ええ。", voice="b", seed=3, speaking_rate=2.0),
    ]
    assert answer.content == to_pcm16(np.concatenate([part.waveform for part in parts])).tobytes()
    read = speech(app, input=text, voice="a", response_format="pcm", seed=3)
    assert read.content == to_pcm16(speaker.speak(text, voice="a", seed=3).waveform).tobytes() != answer.content


def test_a_batch_has_a_file_for_every_text_and_faults_in_its_index(app):
    items = [
        {"input": "はい。"},
        {"input": ""},
        {"input": "ええ。", "response_format": "wav"},
        {"input": "あ", "model": "x"},
    ]
    answer = asked(app, "POST", "/v1/audio/speech/batch", json={"items": items})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["0001.mp3", "0003.wav", "index.json"]
        index = json.loads(archive.read("index.json"))
        samples, rate = soundfile.read(io.BytesIO(archive.read("0003.wav")))
    assert [row["number"] for row in index] == [1, 2, 3, 4]
    assert index[1]["error"]["code"] == "nothing_to_read" and index[3]["error"]["code"] == "model_not_found"
    assert index[2]["seconds"] == pytest.approx(len(samples) / rate)


def test_a_fault_of_one_text_does_not_stop_the_others_of_a_batch(app, speaker, monkeypatch):
    speak, calls = speaker.model.speak, []

    def failing(*given, **more):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("out of memory")
        return speak(*given, **more)

    monkeypatch.setattr(speaker.model, "speak", failing)
    answer = asked(app, "POST", "/v1/audio/speech/batch", json={"items": [{"input": "はい。"}] * 2})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        first, second = json.loads(archive.read("index.json"))
    assert first["error"]["type"] == "server_error" and "memory" not in json.dumps(first)
    assert second["file"] == "0002.mp3"


def test_phonemes_are_spoken_as_the_text_that_they_are_of(app):
    read = speech(app, path="/dev/phonemize", text=TEXT).json()
    assert len(read["phonemes"].splitlines()) == 3 and all(isinstance(token, int) for token in read["tokens"])
    spoken = speech(app, path="/dev/generate_from_phonemes", phonemes=read["phonemes"], **OPTIONS)
    assert spoken.content == speech(app, input=TEXT, **OPTIONS).content
    assert speech(app, path="/dev/generate_from_phonemes", phonemes="ha").headers["content-type"] == "audio/wav"


def test_models_are_listed_with_the_names_that_stand_for_them(app):
    listed = asked(app, "GET", "/v1/models").json()
    assert listed["object"] == "list" and [model["id"] for model in listed["data"]][:2] == ["tiny", "tts-1"]
    assert set(listed["data"][0]) == {"id", "object", "created", "owned_by"}
    assert asked(app, "GET", "/v1/models/tiny").json() == listed["data"][0]
    assert asked(app, "GET", "/v1/models/x").json()["error"]["code"] == "model_not_found"
    assert {"id": "tiny"} in asked(app, "GET", "/v1/audio/models").json()["models"]
