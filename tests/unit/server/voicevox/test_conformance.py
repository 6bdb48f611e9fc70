# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The description of our interface against a recorded one of VOICEVOX's engine: parameters, types and status codes."""

import json

import pytest

from support.server_toys import asked
from support.shared_data import recorded_path
from transformers_tsukasa.server.app import ROUTERS


# What we do not have, with what is answered and why.
NOT_IMPLEMENTED = {
    "POST /sing_frame_audio_query": "501: no model here sings",
    "POST /sing_frame_f0": "501: no model here sings",
    "POST /sing_frame_volume": "501: no model here sings",
    "POST /frame_synthesis": "501: no model here sings",
    "GET /downloadable_libraries": "404: voices are models and added voices; manage_library is false",
    "GET /installed_libraries": "404: the same",
    "POST /install_library/{library_uuid}": "404: the same",
    "POST /uninstall_library/{library_uuid}": "404: the same",
}
NOT_COMPARED = {"GET /": "ours is another page", "GET /setting": "a page, whose answer is not described there"}
# Fields of ours that VOICEVOX's do not have; clients ignore them.
ADDED = {"tsukasa", "streaming_synthesis", "supported_vvlib_manifest_version"}
_SHAPE = ("type", "enum", "required", "default", "format")


def calls(api):
    return {
        f"{method.upper()} {path}": call for path, methods in api["paths"].items() for method, call in methods.items()
    }


def shape(schema, api):
    """A schema without what does not decide which JSON fits: names, descriptions, and ranges (ours has more)."""
    while "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if len(parts := schema.get("allOf", ())) == 1:
        return shape({**schema, **parts[0], "allOf": ()}, api)
    found = {key: schema[key] for key in _SHAPE if key in schema}
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if isinstance(found.get("default"), dict | list):
        del found["default"]  # of parts, which have their own
    if found.get("default", "") is None:
        del found["default"]
    for key in ("required", "enum"):
        if key in found:
            found[key] = sorted(found[key])
    if "anyOf" in schema:
        found["anyOf"] = sorted((shape(part, api) for part in schema["anyOf"]), key=json.dumps)
    if "items" in schema:
        found["items"] = shape(schema["items"], api)
    if isinstance(schema.get("additionalProperties"), dict):
        found["each"] = shape(schema["additionalProperties"], api)
    if "properties" in schema:
        found["properties"] = {
            name: shape(part, api) for name, part in schema["properties"].items() if name not in ADDED
        }
    return found


def parameters(call, api):
    return {
        (each["name"], each["in"]): (each["required"], shape(each["schema"], api))
        for each in call.get("parameters", ())
    }


def content(part, api):
    return {kind: shape(own["schema"], api) for kind, own in part.get("content", {}).items() if own.get("schema")}


@pytest.fixture(scope="module")
def theirs():
    return json.loads(recorded_path("voicevox", "api.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ours(app):
    return app.openapi()


def test_every_call_is_described_as_theirs(theirs, ours):
    own_calls = calls(ours)
    differences = {}
    for name, call in calls(theirs).items():
        if name in NOT_IMPLEMENTED or name in NOT_COMPARED:
            continue
        own = own_calls.get(name)
        if own is None:
            differences[name] = "missing"
            continue
        pairs = {
            "parameters": (parameters(call, theirs), parameters(own, ours)),
            "body": (content(call.get("requestBody", {}), theirs), content(own.get("requestBody", {}), ours)),
            "status codes": (sorted(call["responses"]), sorted(own["responses"])),
        }
        for status, answer in call["responses"].items():
            if int(status) < 400:
                pairs[status] = (content(answer, theirs), content(own["responses"].get(status, {}), ours))
        differences |= {f"{name}: {part}": pair for part, pair in pairs.items() if pair[0] != pair[1]}
    assert differences == {}


def test_calls_that_are_missing_are_answered_as_listed(app, theirs):
    known = calls(theirs)
    for name, reason in NOT_IMPLEMENTED.items():
        assert name in known
        method, path = name.split()
        assert asked(app, method, path, json={}).status_code == int(reason[:3]), name


def test_all_calls_are_compared(theirs):
    assert len(calls(theirs)) - len(NOT_IMPLEMENTED) - len(NOT_COMPARED) > 30
    assert len(ROUTERS) > 5


@pytest.mark.parametrize("name", ["version", "core_versions", "engine_manifest", "supported_devices", "speakers"])
def test_answers_fit_their_description(app, theirs, name):
    described = calls(theirs)[f"GET /{name}"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = asked(app, "GET", f"/{name}")
    assert answer.headers["content-type"] == "application/json"  # exactly, which a client compares
    assert faults(answer.json(), described, theirs) == []


def test_answers_about_speakers_words_and_queries_fit_their_description(new_app, theirs):
    app = new_app()
    speaker = asked(app, "GET", "/speakers").json()[0]
    own = {"speaker_uuid": speaker["speaker_uuid"]}
    style = {"speaker": speaker["styles"][0]["id"]}
    added = {"surface": "猫", "pronunciation": "ネコ", "accent_type": 1}
    asked(app, "POST", "/user_dict_word", params=added)
    query = asked(app, "POST", "/audio_query", params={"text": "犬、です？", **style}).json()
    answers = {
        "GET /speaker_info": asked(app, "GET", "/speaker_info", params={**own, "resource_format": "url"}).json(),
        "POST /audio_query": query,
        "POST /mora_data": asked(app, "POST", "/mora_data", params=style, json=query["accent_phrases"]).json(),
        "POST /morphable_targets": asked(app, "POST", "/morphable_targets", json=[style["speaker"]]).json(),
        "GET /user_dict": asked(app, "GET", "/user_dict").json(),
        "GET /is_initialized_speaker": asked(app, "GET", "/is_initialized_speaker", params=style).json(),
    }
    for name, answer in answers.items():
        described = calls(theirs)[name]["responses"]["200"]["content"]["application/json"]["schema"]
        assert faults(answer, described, theirs) == [], name


_TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def faults(value, schema, api, place="answer", is_required=True):
    """Where a value does not fit a schema. What is not required may be null, as engines of VOICEVOX answer."""
    while "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if value is None and not is_required:
        return []
    if "anyOf" in schema:
        options = [faults(value, part, api, place) for part in schema["anyOf"]]
        return [] if [] in options else options[0]
    kind = schema.get("type")
    if kind is not None and (not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool))):
        return [f"{place}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place}: {value!r} is none of {schema['enum']}"]
    if kind == "array":
        return [
            each
            for number, part in enumerate(value)
            for each in faults(part, schema["items"], api, f"{place}[{number}]")
        ]
    if kind != "object":
        return []
    required = set(schema.get("required", ()))
    found = [f"{place}.{name} is missing" for name in required - set(value)]
    parts = schema.get("properties", {})
    for name, part in value.items():
        own = parts.get(name) or schema.get("additionalProperties") or {}
        found += faults(part, own, api, f"{place}.{name}", name in required)
    return found


def test_faults_are_found():
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "number"}}}
    assert faults({"a": 1, "b": None, "c": 2}, schema, {}) == []
    assert faults({"b": "x"}, schema, {}) == ["answer.a is missing", "answer.b: 'x' is no number"]
    assert faults({"a": True}, schema, {}) == ["answer.a: True is no integer"]
