# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import json
import unicodedata

import numpy as np
import pytest
import soundfile

from support.server_toys import asked, speech
from transformers_tsukasa.audio.encoding import to_pcm16
from transformers_tsukasa.server.openai.voice_choice import OPENAI_VOICES, parse_blend
from transformers_tsukasa.server.voice_ids import voice_entries


PCM = {"input": "はい。", "response_format": "pcm", "seed": 3}


@pytest.fixture(scope="module")
def clip():
    file = io.BytesIO()
    soundfile.write(file, 0.1 * np.random.default_rng(0).standard_normal(24000), 24000, format="FLAC")
    return file.getvalue()


def _add(app, name, clip, **fields):
    files = {"audio_sample": ("clip.flac", clip)}
    return asked(app, "POST", "/v1/audio/voices", files=files, data={"name": name, **fields})


def test_voices_are_listed_for_every_client(app):
    listed = asked(app, "GET", "/v1/audio/voices").json()
    assert listed["object"] == "list" and listed["voices"] == listed["data"]
    first = listed["data"][0]
    assert first["style_id"] == voice_entries("tiny", ["a", "b"])[0].style_id
    assert first == {
        "id": "a",
        "name": "a",
        "object": "audio.voice",
        "description": "a steady voice",
        "language": "ja",
        "speaker": "a",
        "style": "ノーマル",
        "style_id": first["style_id"],
        "preview_url": first["preview_url"],
    }
    sample = asked(app, "GET", first["preview_url"])
    assert sample.status_code == 200 and sample.headers["content-type"] == "audio/wav"
    assert asked(app, "GET", "/v1/audio/voices?legacy=true").json() == {"voices": ["a", "b"]}
    assert asked(app, "GET", "/v1/audio/voices?model=tiny").json() == listed


def test_a_blend_is_that_of_the_library(app):
    speaker = app.state.context.pool.speaker("tiny")
    expected = to_pcm16(speaker.speak("はい。", voice={"a": 2 / 3, "b": 1 / 3}, seed=3).waveform).tobytes()
    for blend in ("a(2)+b", " a ( 2 ) + b(1.0)", "b + a + a"):
        assert speech(app, voice=blend, **PCM).content == expected, blend


def test_blends_are_read_with_minus_as_a_part_of_names():
    assert parse_blend("mei-calm+x(0.5)") == {"mei-calm": 1.0, "x": 0.5}


def test_other_names_of_voices(new_app):
    app = new_app(voice_map={"alloy": "b", "echo": "nobody", "mine": "b"})
    spoken = {name: speech(app, voice=name, **PCM) for name in ("a", "b", "random")}
    number = str(voice_entries("tiny", ["a", "b"])[1].style_id)
    for name, expected in (
        ("alloy", "b"),
        ("mine", "b"),
        (number, "b"),
        ("echo", "a"),
        ("nova", "a"),
        ("default", "a"),
    ):
        answer = speech(app, voice=name, **PCM)
        assert answer.headers["x-tsukasa-voice"] == expected and answer.content == spoken[expected].content, name
    assert speech(app, **PCM).content == spoken["a"].content
    assert spoken["random"].headers["x-tsukasa-voice"] == "random"
    assert len({answer.content for answer in spoken.values()}) == 3
    assert len(OPENAI_VOICES) == 13


def test_a_random_voice_is_that_of_a_model_without_a_default_voice(new_app):
    app = new_app()
    drawn = speech(app, voice="random", **PCM).content
    speaker = app.state.context.pool.speaker("tiny")
    speaker.model.generation_config.voice = None
    assert speech(app, **PCM).content == drawn


def test_a_voice_is_added_used_kept_and_deleted(new_app, tmp_path, clip):
    app = new_app()
    speaker = app.state.context.pool.speaker("tiny")
    added = _add(app, "わたし-1", clip, consent="yes")
    assert added.status_code == 200
    voice = added.json()
    assert set(voice) == {"id", "object", "created_at", "name", "type"} and voice["type"] == "audio_sample"
    expected = to_pcm16(speaker.speak("はい。", style_vector=speaker.style_of(clip), seed=3).waveform).tobytes()
    for name in (voice["id"], voice["name"]):
        assert speech(app, voice=name, **PCM).content == expected
    assert voice["id"] in [row["id"] for row in asked(app, "GET", "/v1/audio/voices").json()["data"]]
    blended = speech(app, voice="わたし-1+a", **PCM)
    assert blended.headers["x-tsukasa-voice"] == "%E3%82%8F%E3%81%9F%E3%81%97-1(1)+a(1)"
    conflict = _add(app, "わたし-1", clip)
    assert conflict.status_code == 409 and conflict.json()["error"]["code"] == "voice_exists"
    another = new_app(state=tmp_path / "state")
    assert speech(another, voice=voice["id"], **PCM).content == expected
    deleted = asked(app, "DELETE", f"/v1/audio/voices/{voice['id']}")
    assert deleted.json() == {"id": voice["id"], "object": "audio.voice.deleted", "deleted": True}
    assert speech(app, voice=voice["id"], **PCM).status_code == speech(app, voice="わたし-1", **PCM).status_code == 400
    assert asked(app, "DELETE", f"/v1/audio/voices/{voice['id']}").status_code == 404
    assert asked(app, "DELETE", "/v1/audio/voices/a").status_code == 404
    assert list((tmp_path / "state" / "voices").iterdir()) == []


@pytest.mark.parametrize("body", ["a(3)+b", ["a", "a", "a", "b"], {"voices": "a(3)+b", "name": "mixed"}])
def test_a_blend_is_kept_as_a_voice(new_app, body):
    app = new_app()
    combined = asked(app, "POST", "/v1/audio/voices/combine", json=body).json()
    assert combined["type"] == "blend"
    assert combined["name"] == ("mixed" if isinstance(body, dict) else combined["id"])
    vector = app.state.context.pool.speaker("tiny").voices[combined["name"]]
    assert vector.tolist() == pytest.approx([0.05] * 16)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a/b", "x" * 65, "..", "a\n"])
def test_a_voice_needs_a_name_that_can_be_written_anywhere(app, clip, name):
    refused = _add(app, name, clip)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "name")


@pytest.mark.parametrize(
    "sample, code", [(b"", "invalid_audio"), (b"no sound", "invalid_audio"), (b"RIFF" + bytes(100), "invalid_audio")]
)
def test_a_voice_needs_sound(app, sample, code):
    refused = _add(app, "x", sample)
    assert refused.status_code == 400 and refused.json()["error"]["code"] == code
    assert asked(app, "GET", "/v1/audio/voices?legacy=1").json() == {"voices": ["a", "b"]}


def test_a_server_may_refuse_changes(new_app, clip):
    app = new_app(disable_mutable_api=True)
    for answer in (
        _add(app, "x", clip),
        asked(app, "POST", "/v1/audio/voices/combine", content=b"{"),
        asked(app, "DELETE", "/v1/audio/voices/x"),
    ):
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "not_mutable"


def test_a_damaged_file_of_a_voice_is_named_and_left_out(new_app, tmp_path, clip, caplog):
    voice = _add(new_app(), "good", clip).json()
    folder = tmp_path / "state" / "voices"
    (folder / "voice_000000000000.json").write_text("{", encoding="utf-8")
    content = json.loads((folder / f"{voice['id']}.json").read_text(encoding="utf-8"))
    short = {**content, "id": "voice_1", "name": "short", "style": [1.0]}
    (folder / "voice_1.json").write_text(json.dumps(short), encoding="utf-8")
    another = new_app()
    assert asked(another, "GET", "/v1/audio/voices?legacy=1").json() == {"voices": ["a", "b", "good"]}
    assert "voice_000000000000.json" in caplog.text and "'short' is left out" in caplog.text


def test_voices_that_begin_alike_are_styles_of_one_speaker():
    names = ["mei", "mei-happy", "tohoku-f01-sad", "tohoku-f01-happy-bright", "x"]
    entries = voice_entries("m", names)
    assert [(entry.speaker, entry.style) for entry in entries] == [
        ("mei", "ノーマル"),
        ("mei", "喜び"),
        ("tohoku-f01", "悲しみ"),
        ("tohoku-f01", "happy-bright"),
        ("x", "ノーマル"),
    ]
    assert entries[0].speaker_uuid == entries[1].speaker_uuid != entries[2].speaker_uuid
    assert all(0 < entry.style_id < 2**31 for entry in entries)
    # Ids do not depend on other voices, and are the same on every machine.
    assert voice_entries("m", ["mei"])[0].style_id == entries[0].style_id == 1957576103


def test_an_added_voice_is_one_however_its_name_is_encoded(new_app, clip):
    app = new_app()
    names = [unicodedata.normalize(form, "がく") for form in ("NFD", "NFC")]
    assert _add(app, names[0], clip).json()["name"] == names[1]
    assert len({speech(app, voice=name, **PCM).content for name in names}) == 1
    _add(app, names[1], clip)
    listed = [voice["name"] for voice in asked(app, "GET", "/v1/audio/voices").json()["data"]]
    assert listed.count(names[1]) == 1 and names[0] not in listed


def test_a_voice_that_is_removed_between_look_up_and_speech_is_refused_and_not_listed(new_app, monkeypatch):
    from transformers_tsukasa.models.tsukasa.speaking.voice_names import NoSuchVoiceError
    from transformers_tsukasa.models.tsukasa.speaking.voices import TsukasaVoices
    from transformers_tsukasa.server.openai import speaking
    from transformers_tsukasa.server.openai.voice_choice import VoiceChoice

    app = new_app()
    removed = VoiceChoice("c", {"voice": "c"})
    monkeypatch.setattr(speaking, "choose_voice", lambda *arguments: removed)
    refused = asked(app, "POST", "/v1/audio/speech", json={"input": "はい。"})
    assert refused.status_code == 400 and refused.json()["error"]["code"] == "voice_not_found"
    assert refused.json()["error"]["param"] == "voice"

    describe = TsukasaVoices.describe

    def removed_meanwhile(voices, name):
        if name == "b":
            raise NoSuchVoiceError(name, voices)
        return describe(voices, name)

    monkeypatch.setattr(TsukasaVoices, "describe", removed_meanwhile)
    listed = asked(app, "GET", "/v1/audio/voices")
    assert listed.status_code == 200 and [row["name"] for row in listed.json()["voices"]] == ["a"]
