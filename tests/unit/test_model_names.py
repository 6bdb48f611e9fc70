# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import huggingface_hub
import pytest

from transformers_tsukasa.bundled import DEFAULT_MODEL, default_model
from transformers_tsukasa.model_names import find_model
from transformers_tsukasa.utils import hub_access
from transformers_tsukasa.utils.hub_access import HubError


@pytest.fixture
def hub():
    """A hub that has nothing, which counts what it is asked."""
    asked = []

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self):
            if "narator" in self.path:  # the client also asks for things of its own
                asked.append(self.path)
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def say(model, folder, **environment):
    code = "import sys; from transformers_tsukasa.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "say", "はい", "--model", model, "-o", "a.wav"]
    settings = {**os.environ, "HF_HOME": str(folder / "cache"), "HF_HUB_OFFLINE": "0", **environment}
    return subprocess.run(command, env=settings, cwd=folder, capture_output=True, text=True, check=False)


def test_a_typing_error_asks_the_hub_once_and_names_the_closest(tmp_path, hub):
    address, asked = hub
    (tmp_path / "models" / "narrator").mkdir(parents=True)
    (tmp_path / "models" / "narrator" / "config.json").write_text("{}", encoding="utf-8")
    done = say("models/narator", tmp_path, HF_ENDPOINT=address)
    assert done.returncode == 1 and len(asked) == 1, (done.stderr, asked)
    assert done.stderr.count("\n") == 1 and "and no model of this name on the hub" in done.stderr
    assert done.stderr.rstrip().endswith(f"; closest: {os.path.join('models', 'narrator')}")
    assert not (tmp_path / "a.wav").exists()


def test_without_a_connection_a_missing_model_is_one_sentence(tmp_path):
    done = say("owner/name", tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(
        "tsukasa say: there is no folder 'owner/name' here, and no model of this name on the hub"
    )


@pytest.fixture
def refused(monkeypatch):
    """No hub; the names that it would be asked for."""
    names = []

    def refuse(repository, name, **arguments):
        names.append(repository)
        raise HubError("nothing here")

    monkeypatch.setattr("transformers_tsukasa.utils.hub_access.hub_file", refuse)
    return names


def test_local_names_do_not_ask_the_hub(tmp_path, refused):
    assert find_model(DEFAULT_MODEL) == default_model()
    assert find_model(tmp_path) == str(tmp_path)
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(FileNotFoundError, match="is a file and no model: name the folder that holds it"):
        find_model(tmp_path / "model.safetensors")
    assert refused == []


@pytest.mark.parametrize("name", ["defualt", "DEFAULT", "Default"])
def test_names_like_the_packaged_models_are_explained(name, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="default"):
        find_model(name)


@pytest.mark.parametrize("name", ["", "a b", "a/b/c", "../x", "モデル", "x" * 300, "a\0b", "\n", "-"])
def test_names_that_no_hub_has_are_one_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises((FileNotFoundError, ValueError)) as caught:
        find_model(name)
    assert "\n" not in str(caught.value).replace(name, "") or name == "\n"


def test_errors_of_every_kind_become_one(monkeypatch):
    errors = huggingface_hub.errors
    for error in (errors.HTTPError("no connection:"), OSError("first\nsecond"), errors.HFValidationError("bad name")):

        def fail(*arguments, error=error, **options):
            raise error

        monkeypatch.setattr(huggingface_hub, "hf_hub_download", fail)
        with pytest.raises(HubError, match="^(no connection|first|bad name)$"):
            hub_access.hub_file("a/b", "config.json", local_files_only=True)
