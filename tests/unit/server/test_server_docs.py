# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The examples of docs/server.md run in order, against a server with the packaged model."""

import io
import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import soundfile

from support.server_toys import on_a_port, running_app, server_settings
from transformers_tsukasa.cli.main import build_parser
from transformers_tsukasa.server.openai.speech_request import SpeechOptions, SpeechRequest


PAGE = (Path(__file__).resolve().parents[3] / "docs" / "server.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:50121"
CALLS = [line for block in re.findall(r"^```bash\n(.*?)^```", PAGE, flags=re.M | re.S) for line in block.splitlines()]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples call curl")
def test_the_examples_run_as_they_stand(tmp_path):
    pytest.importorskip("openai")
    with running_app(server_settings("default", tmp_path / "state")) as app, on_a_port(app) as address:
        app.state.context.pool.speaker("default")
        printed = {}
        for line in CALLS:
            command = [*shlex.split(line.replace(ADDRESS, address)), "--fail-with-body", "--max-time", "100"]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (line, done.stdout, done.stderr)
            printed[line] = done.stdout
        for program in re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.M | re.S):
            program = program.replace(ADDRESS, address).replace('"weather.mp3"', repr(str(tmp_path / "weather.mp3")))
            exec(compile(program, "docs/server.md", "exec"), {})
    for name in (
        "hello.mp3",
        "yay.wav",
        "weather.mp3",
        "tags.mp3",
        "evening.mp3",
        "dog.mp3",
        "talk.mp3",
        "bridge.wav",
    ):
        samples, rate = soundfile.read(tmp_path / name)
        assert rate == 24000 and 0.1 < len(samples) / rate < 20, name
    with zipfile.ZipFile(io.BytesIO((tmp_path / "batch.zip").read_bytes())) as archive:
        assert archive.namelist() == ["0001.mp3", "0002.mp3", "index.json"]
    assert any("犬だ。" in text and "-->" in text for text in printed.values())
    assert len(CALLS) >= 15


def test_the_page_has_every_field_and_option():
    for name in {*SpeechOptions.model_fields, *SpeechRequest.model_fields}:
        assert f"`{name}" in PAGE, name
    actions = build_parser("serve").parse_args(["serve"]).command_parser._actions
    options = {action.option_strings[0] for action in actions} - {"-h", "--port", "--device", "--dtype"}
    assert {option for option in options if option not in PAGE} == set()
