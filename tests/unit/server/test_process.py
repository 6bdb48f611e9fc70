# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa serve` as a process: its start, its signals, and what it leaves on the disk."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

import transformers_tsukasa
from support.server_toys import asked
from transformers_tsukasa.cli.main import main


httpx = pytest.importorskip("httpx")
SOURCE = Path(transformers_tsukasa.__file__).parents[1]
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@contextmanager
def _started(command):
    """A process that serves, with its address."""
    process = subprocess.Popen(command, env=_ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "/v1" in line:
                break
        assert lines and lines[-1].strip().startswith("http://127.0.0.1:"), "".join(lines)
        yield process, lines[-1].strip().removesuffix("/v1")
    finally:
        process.kill()
        process.wait(20)
        process.stdout.close()


_SLOW_SERVER = """
import sys, time
from pathlib import Path
from fastapi import APIRouter
from starlette.responses import StreamingResponse
from transformers_tsukasa.server import app, model_pool, process
from transformers_tsukasa.server.settings import ServerSettings

router = APIRouter()

@router.get("/v1/slow")
async def slow(request: app.Request):
    async def pieces():
        service = app.context_of(request).service
        spoken = (time.sleep(0.1) or b"x" for _ in range(15))
        async with service.stream("default", lambda speaker: spoken, "a") as stream:
            async for piece in stream:
                yield piece
    return StreamingResponse(pieces())

app.ROUTERS = [router]
model_pool.ModelPool.speaker = lambda self, identifier: None  # no model, which would take seconds to load
process.run_server(ServerSettings(port=0, state=Path(sys.argv[1])), lambda addresses: print(addresses[0], flush=True))
print("ended in order")
"""


def test_sigterm_finishes_what_is_spoken_and_refuses_the_rest(tmp_path):
    with _started([sys.executable, "-c", _SLOW_SERVER, str(tmp_path)]) as (process, address):
        with httpx.Client(base_url=address, verify=False, timeout=30) as web:
            with web.stream("GET", "/v1/slow") as answer:
                pieces = answer.iter_raw()
                received = next(pieces)
                process.send_signal(signal.SIGTERM)
                received += b"".join(pieces)  # raises when the answer is not complete
            assert received == b"x" * 15
            with pytest.raises(httpx.TransportError):
                web.get("/version")
        assert process.wait(30) == 0
        assert process.stdout.read() == "ended in order\n"


@pytest.mark.slow
def test_a_killed_server_keeps_its_voices_and_words_and_its_folder_can_be_used_again(model_folder, tmp_path, new_app):
    clip = io.BytesIO()
    soundfile.write(clip, 0.1 * np.random.default_rng(0).standard_normal(24000), 24000, format="WAV")
    files = {"audio_sample": ("a.wav", clip.getvalue())}
    command = [sys.executable, "-m", "transformers_tsukasa", "serve", "--model", str(model_folder), "--port", "0"]
    with _started([*command, "--state", str(tmp_path)]) as (process, address):
        voice = httpx.post(f"{address}/v1/audio/voices", files=files, data={"name": "mine"}, timeout=300).json()
        word = {"surface": "推し活", "pronunciation": "オシカツ", "accent_type": 0}
        identifier = httpx.post(f"{address}/user_dict_word", params=word, timeout=300).json()
        assert "another server uses the folder" in _taken(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    assert _taken(tmp_path) == ""
    again = new_app(state=tmp_path)
    listed = asked(again, "GET", "/v1/audio/voices").json()["data"]
    assert list(asked(again, "GET", "/user_dict").json()) == [identifier]
    assert (voice["id"], "mine") in [(row["id"], row["name"]) for row in listed]
    assert [path.name for path in (tmp_path / "voices").iterdir()] == [f"{voice['id']}.json"]


def _taken(state):
    """The refusal of a state folder, if any: locks of one process do not keep itself out."""
    code = """
import sys
from pathlib import Path
from transformers_tsukasa.server import process, settings
process.create_app = lambda settings: sys.exit()
try:
    process.run_server(settings.ServerSettings(port=0, state=Path(sys.argv[1])), print)
except BlockingIOError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, str(state)]
    return subprocess.run(command, capture_output=True, text=True, env=_ENVIRONMENT).stdout


def test_a_port_that_is_taken_is_one_sentence(model_folder, tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--model", str(model_folder), "--port", str(port), "--state", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error == (f"tsukasa serve: port {port} of 127.0.0.1 is taken by another program: give another --port\n")


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--model", "no-such-folder"], "there is no folder 'no-such-folder' here"),
        (["--host", "256.1.1.1"], "there is no host '256.1.1.1'"),
        (["--host", "192.0.2.1"], "cannot use port"),
        (["--port", "70000"], "--port must be 0 to 65535"),
        (["--per-client", "0"], "--per-client must be at least 1"),
        (["--voice-map", "no-such-file.json"], "there is no 'no-such-file.json'"),
    ],
)
def test_wrong_settings_are_one_sentence(model_folder, tmp_path, capsys, arguments, sentence):
    assert (
        main(["serve", "--model", str(model_folder), "--state", str(tmp_path / "state"), "--port", "0", *arguments])
        == 1
    )
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert not (tmp_path / "state").exists()


def test_a_voice_map_that_is_none_is_one_sentence(model_folder, tmp_path, capsys):
    path = tmp_path / "map.json"
    for content in ("{", "[]", '{"alloy": 5}'):
        path.write_text(content)
        assert main(["serve", "--model", str(model_folder), "--voice-map", str(path)]) == 1
        assert re.search(r'write \{"alloy": "mei"\}$', capsys.readouterr().err)


def test_a_missing_package_is_one_sentence(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "transformers_tsukasa.server.process", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("tsukasa serve: serving needs the package ") and "pip install '.[serve]'" in error


def test_the_server_imports_no_torch_before_a_model_is_loaded():
    code = (
        "import sys, transformers_tsukasa.server.process; print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_ENVIRONMENT)
    assert done.stdout.split() == ["False", "False"], done.stderr
