# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What clients of VOICEVOX ask besides speech, and how requests that do not fit are refused."""

import base64
import io
import json

import pytest
import soundfile

from support.server_toys import asked
from support.shared_data import recorded_cases


UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def values(app):
    """What the recorded requests call by names."""
    speaker = asked(app, "GET", "/speakers").json()
    styles = [style["id"] for each in speaker for style in each["styles"]]
    query = asked(app, "POST", "/audio_query", params={"text": "こんにちは", "speaker": styles[0]}).json()
    found = {"$STYLE": styles[0], "$STYLE2": styles[1], "$UUID": speaker[0]["speaker_uuid"]}
    found |= {"$QUERY": query, "$QUERY48000": {**query, "outputSamplingRate": 48_000}}
    found["$PHRASES"] = query["accent_phrases"]
    for name, rate in (("$WAV", 24_000), ("$WAV48000", 48_000)):
        wave = io.BytesIO()
        soundfile.write(wave, [0.0] * 100, rate, format="WAV")
        found[name] = base64.b64encode(wave.getvalue()).decode()
    return found


def named(part, values):
    if isinstance(part, str):
        return values.get(part, part)
    if isinstance(part, list):
        return [named(each, values) for each in part]
    return {key: named(each, values) for key, each in part.items()} if isinstance(part, dict) else part


@pytest.mark.parametrize("case", recorded_cases("voicevox", "golden", "http.json"))
def test_recorded_requests_are_answered_as_engines_answer_them(app, values, case):
    path = named(case["path"], values)
    body = named(case["body"], values)
    arguments = {"params": named(case["query"], values), "headers": case["headers"]}
    answer = asked(app, case["method"], path, json=body, **arguments)
    assert answer.status_code == case["status"], answer.text
    expect = case["expect"]
    if expect:
        found = answer.json() if answer.headers["content-type"] == "application/json" else None
        assert "has" not in expect or set(expect["has"]) <= set(found)
        assert all(set(expect.get("each_has", ())) <= set(each) for each in found or ())
        assert {key: found[key] for key in expect.get("equal", {})} == expect.get("equal", {})
        kinds = {"array": list, "string": str, "object": dict}
        assert isinstance(found, kinds.get(expect.get("type"), object))
        if "detail_is" in expect:
            assert isinstance(found["detail"], kinds[expect["detail_is"]])
        for key, value in expect.get("detail_has", {}).items():
            assert found["detail"][key] == value
        assert answer.headers["content-type"] == expect.get("content_type", answer.headers["content-type"])


def test_every_style_has_pictures_and_samples(app):
    (speaker, *_) = asked(app, "GET", "/speakers").json()
    parameters = {"speaker_uuid": speaker["speaker_uuid"], "resource_format": "url"}
    info = asked(app, "GET", "/speaker_info", params=parameters).json()
    assert [each["id"] for each in info["style_infos"]] == [style["id"] for style in speaker["styles"]]
    for each in info["style_infos"]:
        assert len(each["voice_samples"]) == 3
        assert asked(app, "GET", each["icon"]).content.startswith(b"\x89PNG")
    sample = asked(app, "GET", info["style_infos"][0]["voice_samples"][0])
    assert len(soundfile.read(io.BytesIO(sample.content))[0]) > 0
    assert asked(app, "GET", "/_resources/none").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("speedScale", 0), ("speedScale", float("nan")), ("prePhonemeLength", -1), ("outputSamplingRate", 7)],
)
def test_values_out_of_range_are_refused(app, values, field, value):
    body = json.dumps({**values["$QUERY"], field: value})
    answer = asked(app, "POST", "/synthesis", params={"speaker": values["$STYLE"]}, content=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] == field


def test_singing_and_libraries_are_answered_as_engines_without_them_do(app):
    features = asked(app, "GET", "/engine_manifest").json()["supported_features"]
    assert not features["sing"] and not features["manage_library"] and features["adjust_mora_pitch"]
    assert asked(app, "GET", "/singers").json() == []
    assert asked(app, "POST", "/frame_synthesis").status_code == 501
    assert asked(app, "GET", "/downloadable_libraries").status_code == 404


def test_the_editor_starts_and_edits(new_app):
    """The requests of VOICEVOX's editor in their order, with what it reads of the answers."""
    app = new_app()
    headers = {"Origin": "app://."}

    def got(method, path, status=200, **arguments):
        answer = asked(app, method, path, headers, **arguments)
        assert answer.status_code == status, (path, answer.text)
        return answer.json() if answer.headers.get("content-type") == "application/json" else answer.content

    got("GET", "/version")
    manifest = got("GET", "/engine_manifest")
    assert all(isinstance(manifest[name], list) for name in ("update_infos", "dependency_licenses"))
    assert set(got("GET", "/supported_devices")) == {"cpu", "cuda", "dml"}
    for speaker in got("GET", "/speakers"):
        info = got("GET", "/speaker_info", params={"speaker_uuid": speaker["speaker_uuid"]})
        assert {each["id"] for each in info["style_infos"]} == {style["id"] for style in speaker["styles"]}
        pictures = [info["portrait"], *(each["icon"] for each in info["style_infos"])]
        assert all(picture.startswith("i") for picture in pictures)  # by which the editor knows a PNG
        style = speaker["styles"][0]["id"]
    word = {"surface": "推し活", "pronunciation": "オシカツ", "accent_type": 0}
    got("POST", "/user_dict_word", params=word)
    (own,) = got("GET", "/user_dict").values()
    merged = {"b1affe2a-d5f0-4050-926c-f28e0c1d9a98": own, **got("GET", "/user_dict")}
    got("POST", "/import_user_dict", 204, params={"override": "true"}, json=merged)
    got("DELETE", "/user_dict_word/b1affe2a-d5f0-4050-926c-f28e0c1d9a98", 204)
    assert got("POST", "/audio_query", params={"text": "", "speaker": style})["accent_phrases"] == []
    got("POST", "/initialize_speaker", 204, params={"speaker": style})
    assert got("GET", "/is_initialized_speaker", params={"speaker": style}) is True
    asked_text = {"text": "推し活です。", "speaker": style, "enable_katakana_english": True}
    query = got("POST", "/audio_query", params=asked_text)
    assert got("POST", "/accent_phrases", params=asked_text) == query["accent_phrases"]
    preview = got("POST", "/accent_phrases", params={"text": "オシカツガ'", "speaker": style, "is_kana": True})
    assert len(preview[0]["moras"]) == 5
    query["accent_phrases"][0]["accent"] = 1
    query["accent_phrases"] = got("POST", "/mora_data", params={"speaker": style}, json=query["accent_phrases"])
    wave = got("POST", "/synthesis", params={"speaker": style, "enable_interrogative_upspeak": True}, json=query)
    joined = [base64.b64encode(wave).decode()] * 2
    assert len(got("POST", "/connect_waves", json=joined)) == 2 * len(wave) - 44
    assert str(style) in got("POST", "/morphable_targets", json=[style])[0]
