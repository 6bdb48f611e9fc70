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
