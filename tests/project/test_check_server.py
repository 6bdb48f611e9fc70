# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The attacks on a server, with small counts, and that they see what a server does wrong."""

import os
import re
import threading
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest

from support.script_modules import import_script
from support.server_toys import on_a_port, running_app, save_server_model, server_settings


for package in ("fastapi", "httpx", "uvicorn"):
    pytest.importorskip(package)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_server_model(tmp_path_factory.mktemp("model"))


@contextmanager
def serving_here(model, state, *options):
    """A server in this process, since one of its own takes seconds to start; killing it closes its port."""
    settings = server_settings(model, state, queue=1000, per_client=1000, max_input=300)
    with running_app(settings) as app, ExitStack() as port:
        app.state.context.pool.speaker("tiny")
        address = port.enter_context(on_a_port(app))
        kill = threading.Thread(target=port.close)
        process = SimpleNamespace(pid=os.getpid(), kill=kill.start, send_signal=print, wait=lambda seconds: 0)
        yield SimpleNamespace(process=process, address=address, memory=300.0)


def test_a_server_is_attacked(model, capsys, monkeypatch):
    script = import_script("check_server")
    monkeypatch.setattr(script, "serving", serving_here)
    counts = ["--requests", "40", "--clients", "6", "--kills", "1"]
    assert script.main(["--model", str(model), *counts]) == 0
    table = dict(re.findall(r"^(\w[\w ]+?) +\d+ +0  (.*)$", capsys.readouterr().out, flags=re.M))
    assert list(table)[:3] == ["kills while writing", "malformed requests", "clients that vanish"] and len(table) == 5
    assert re.match(r"[1-9]\d* words, [1-9]\d* presets, [1-9]", table["kills while writing"])
    assert "2 x in a stream, 2 x in an upload, 2 x in the queue" in table["clients that vanish"]


def test_what_a_killed_server_has_lost_is_seen(model, tmp_path):
    import_script("check_server")
    written = import_script("server_attacks.killing").Written({"Ｘ"}, {"p"}, {"v"}, {"Ｘ", "p"})
    with serving_here(model, tmp_path / "state") as server:
        written.compare(server.address)
    assert [fault.split(" are lost")[0] for fault in written.faults] == ["1 words", "1 presets", "1 voices"]
    assert written.outcome().faults


def test_a_fault_of_a_server_is_a_fault_of_the_attack():
    import_script("check_server")
    attack = import_script("server_attacks.malformed")
    from fastapi import FastAPI

    app = FastAPI()

    @app.post("/x")
    def broken(number: int):
        raise ValueError("no")

    with on_a_port(app) as address:
        outcome = attack.send_malformed(address, 0, 12)
    assert outcome.count == 12 and outcome.faults and "/x" in outcome.faults[0]
    assert "500" in outcome.found
