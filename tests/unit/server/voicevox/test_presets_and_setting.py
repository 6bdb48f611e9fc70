# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Presets and settings: kept as VOICEVOX's engine keeps them, and used."""

import json

import pytest
import yaml

from support.server_toys import asked, server_settings
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.server import process
from transformers_tsukasa.server.voicevox.presets import PRESETS_NAME
from transformers_tsukasa.server.voicevox.stored_setting import SETTING_NAME, read_setting


SCALES = {
    "speedScale": 1.5,
    "pitchScale": 0.1,
    "intonationScale": 0.5,
    "volumeScale": 2.0,
    "prePhonemeLength": 0.3,
    "postPhonemeLength": 0.4,
    "pauseLength": 0.2,
    "pauseLengthScale": 0.9,
}


def preset(app, **changes):
    speaker = asked(app, "GET", "/speakers").json()[0]
    style = {"speaker_uuid": speaker["speaker_uuid"], "style_id": speaker["styles"][0]["id"]}
    return {"id": -1, "name": "速い", **style, **SCALES, **changes}


def test_presets_are_added_changed_used_and_deleted(new_app, tmp_path):
    app = new_app(state=tmp_path)
    first = preset(app)
    ids = [asked(app, "POST", "/add_preset", json=each).json() for each in (first, {**first, "id": 7}, first)]
    assert ids == [1, 7, 8]
    assert asked(app, "POST", "/add_preset", json={**first, "id": 7}).json() == 9
    assert asked(app, "POST", "/update_preset", json={**first, "id": 7, "speedScale": 0.5}).json() == 7
    assert asked(app, "POST", "/delete_preset", params={"id": 9}).status_code == 204
    again = new_app(state=tmp_path)
    listed = asked(again, "GET", "/presets").json()
    assert [(each["id"], each["speedScale"]) for each in listed] == [(1, 1.5), (7, 0.5), (8, 1.5)]
    query = asked(again, "POST", "/audio_query_from_preset", params={"text": "犬。", "preset_id": 1}).json()
    assert {name: query[name] for name in SCALES} == SCALES
    for path, arguments in (
        ("/update_preset", {"json": {**first, "id": 9}}),
        ("/delete_preset", {"params": {"id": 9}}),
        ("/audio_query_from_preset", {"params": {"text": "犬", "preset_id": 9}}),
        ("/add_preset", {"json": {**first, "speedScale": 0}}),
        ("/add_preset", {"json": {**first, "id": 2**60}}),
    ):
        assert asked(again, "POST", path, **arguments).status_code == 422, path
    assert asked(again, "GET", "/presets").json() == listed


def test_a_file_that_people_edit_is_read_again_and_never_overwritten_when_damaged(new_app, tmp_path):
    app = new_app(state=tmp_path)
    first = preset(app, id=3)
    (tmp_path / PRESETS_NAME).write_text(yaml.safe_dump([first], allow_unicode=True), encoding="utf-8")
    assert asked(app, "GET", "/presets").json() == [first]
    for content in ("- {", "5", "[{id: 1}]", yaml.safe_dump([first, first])):
        (tmp_path / PRESETS_NAME).write_text(content, encoding="utf-8")
        for answer in (asked(app, "GET", "/presets"), asked(app, "POST", "/add_preset", json=first)):
            assert answer.status_code == 500 and PRESETS_NAME in answer.json()["detail"]
        assert (tmp_path / PRESETS_NAME).read_text(encoding="utf-8") == content


def test_settings_are_kept_for_the_next_start(new_app, tmp_path):
    app = new_app(state=tmp_path)
    assert "checked> このパソコン" in asked(app, "GET", "/setting").text
    form = {"cors_policy_mode": "all", "allow_origin": "https://example.org https://a.example:8080"}
    assert asked(app, "POST", "/setting", data=form).status_code == 204
    kept = read_setting(tmp_path)
    assert kept.cors_policy_mode == "all" and kept.origins == ("https://example.org", "https://a.example:8080")
    page = asked(app, "GET", "/setting").text
    assert "checked> すべて" in page and 'value="https://example.org https://a.example:8080"' in page
    for wrong in ({"cors_policy_mode": "none"}, {"allow_origin": "a b"}, {**form, "allow_origin": "example.org"}):
        assert asked(app, "POST", "/setting", data=wrong).status_code == 422
    assert read_setting(tmp_path) == kept
    (tmp_path / SETTING_NAME).write_text("[", encoding="utf-8")
    assert asked(app, "GET", "/setting").status_code == 500


@pytest.mark.parametrize(
    ("given", "mode", "origins"),
    [
        ([], "all", ("https://example.org",)),
        (["--cors-policy-mode", "localapps"], "localapps", ("https://example.org",)),
        (["--allow-origin", "https://b.example"], "all", ("https://b.example",)),
    ],
)
def test_the_command_line_comes_before_what_is_stored(model_folder, tmp_path, monkeypatch, given, mode, origins):
    (tmp_path / SETTING_NAME).write_text("cors_policy_mode: all\nallow_origin: https://example.org\n")
    seen = []
    monkeypatch.setattr(process, "run_server", lambda settings, announce: seen.append(settings))
    assert main(["serve", "--model", str(model_folder), "--state", str(tmp_path), *given]) == 0
    assert (seen[0].cors_policy_mode, seen[0].allow_origin, seen[0].device) == (mode, origins, "cpu")


def test_options_with_which_engines_are_started_are_accepted(model_folder, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(process, "run_server", lambda settings, announce: seen.append(settings))
    given = ["--use_gpu", "--output_log_utf8", "--setting_file", "a.yml", "--init_processes", "2"]
    assert main(["serve", "--model", str(model_folder), "--state", str(tmp_path), *given]) == 0
    assert seen[0].device == "cuda"


def test_damaged_settings_are_one_sentence(model_folder, tmp_path, capsys):
    (tmp_path / SETTING_NAME).write_text("cors_policy_mode: [")
    assert main(["serve", "--model", str(model_folder), "--state", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "are damaged" in error and error.count("\n") == 1


def test_nothing_is_changed_where_that_is_forbidden(new_app):
    app = new_app(disable_mutable_api=True)
    for path in ("/add_preset", "/update_preset", "/delete_preset", "/setting"):
        assert asked(app, "POST", path, content=b"{").status_code == 403, path
    assert server_settings("a", "b").disable_mutable_api is False
    assert json.loads(asked(app, "GET", "/presets").text) == []
