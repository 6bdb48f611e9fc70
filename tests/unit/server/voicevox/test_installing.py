# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The folder that VOICEVOX's editor takes as an engine, and the command in it."""

import json
import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest

import transformers_tsukasa
from support.server_toys import asked
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.server.voicevox.installing.engine_folder import MANIFEST_NAME, install_engine
from transformers_tsukasa.server.voicevox.installing.licences import dependency_licences


ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(transformers_tsukasa.__file__).parents[1]),
    "OMP_NUM_THREADS": "1",
    "VV_OUTPUT_LOG_UTF8": "1",  # as the editor sets it
}


def install(model_folder, folder, *options):
    return main(["serve", "--model", str(model_folder), "--install-engine", str(folder), *options])


def manifest_of(folder):
    return json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))


def test_the_manifest_has_what_the_editor_reads(app, model_folder, tmp_path, capsys):
    folder = tmp_path / "engine"
    assert install(model_folder, folder, "--port", "50999") == 0
    assert "Wrote" in capsys.readouterr().out
    manifest = manifest_of(folder)
    assert {"name", "uuid", "command", "port", "version", "supported_features", "brand_name"} <= set(manifest)
    assert (manifest["port"], manifest["default_sampling_rate"]) == (50999, 24000)
    assert all(set(each) == {"type", "value", "name"} for each in manifest["supported_features"].values())
    running = asked(app, "GET", "/engine_manifest").json()
    assert manifest["uuid"] == running["uuid"]
    own = {name: each["value"] for name, each in manifest["supported_features"].items()}
    assert own == running["supported_features"]
    assert (folder / manifest["icon"]).read_bytes().startswith(b"\x89PNG")
    assert (folder / manifest["terms_of_service"]).read_text(encoding="utf-8")
    licences = json.loads((folder / manifest["dependency_licenses"]).read_text(encoding="utf-8"))
    assert licences == running["dependency_licenses"] == dependency_licences()
    assert json.loads((folder / manifest["update_infos"]).read_text(encoding="utf-8")) == running["update_infos"]
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a script of POSIX")
def test_the_command_starts_the_server_from_its_folder(model_folder, tmp_path, monkeypatch):
    folder, state = tmp_path / "an engine", tmp_path / "state"
    monkeypatch.chdir(model_folder.parent)
    assert install(model_folder.name, folder, "--state", str(state), "--read-only") == 0
    command = shlex.split(manifest_of(folder)["command"])
    command = [str(folder / command[0]), *command[1:], "--host", "127.0.0.1", "--port", "0", "--output_log_utf8"]
    with subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            printed = [process.stdout.readline() for _ in range(2)]
            address = printed[-1].strip().removesuffix("/v1")
            assert address.startswith("http://127.0.0.1:"), printed + process.stdout.readlines()
            with httpx.Client(base_url=address, timeout=100) as web:
                assert web.get("/version").json() == transformers_tsukasa.__version__
                assert web.post("/delete_preset").status_code == 403
        finally:
            process.kill()


def test_an_engine_of_ours_is_replaced_and_nothing_else(model_folder, tmp_path, capsys):
    folder = tmp_path / "engine"
    folder.mkdir()
    assert install(model_folder, folder) == 0
    (folder / "left over").touch()
    assert install(model_folder, folder, "--seed", "5") == 0
    assert not (folder / "left over").exists()
    if sys.platform != "win32":
        assert "--seed 5" in (folder / "run").read_text(encoding="utf-8")
    capsys.readouterr()
    others = {"text": None, "files": "notes.txt", "other": MANIFEST_NAME}
    for name, content in others.items():
        other = tmp_path / name
        if content is None:
            other.write_text("mine")
        else:
            other.mkdir()
            (other / content).write_text('{"brand_name": "VOICEVOX"}')
        assert install(model_folder, other) == 1
        error = capsys.readouterr().err
        assert "holds something else" in error and error.count("\n") == 1
        assert other.is_file() or [path.name for path in other.iterdir()] == [content]
    assert install(model_folder, tmp_path / "none" / "engine") == 1
    assert "does not exist" in capsys.readouterr().err


def test_windows_gets_a_program_since_its_editor_starts_no_scripts(tmp_path, monkeypatch):
    (tmp_path / "scripts").mkdir()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / name))
    with pytest.raises(FileNotFoundError, match="install this package with pip"):
        install_engine(tmp_path / "engine", "tiny", 24000, 50121, ["--model", "a b"])
    assert not (tmp_path / "engine").exists()
    (tmp_path / "scripts" / "tsukasa.exe").write_bytes(b"MZ")
    install_engine(tmp_path / "engine", "tiny", 24000, 50121, ["--model", "a b"])
    assert shlex.split(manifest_of(tmp_path / "engine")["command"]) == ["run.exe", "serve", "--model", "a b"]
    assert (tmp_path / "engine" / "run.exe").read_bytes() == b"MZ"


def test_licences_of_all_packages_that_speak_have_texts():
    found = {each["name"].lower(): each for each in dependency_licences()}
    assert {"torch", "fastapi", "numpy"} <= set(found)
    assert all(each["text"] and each["license"] for each in found.values())
    assert "pytest" not in found and "datasets" not in found
