# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Variables of the environment that engines of VOICEVOX read."""

import pytest

from transformers_tsukasa.cli.main import build_parser


def options(*arguments):
    return build_parser("serve").parse_args(["serve", *arguments])


def test_variables_take_the_places_of_defaults(monkeypatch):
    usual = options()
    assert (usual.host, usual.port, usual.cpu_num_threads) == ("127.0.0.1", 50121, None)
    assert not usual.use_gpu and not usual.disable_mutable_api
    for name, value in {"HOST": "0.0.0.0", "PORT": "50021", "CPU_NUM_THREADS": "2"}.items():
        monkeypatch.setenv(f"VV_{name}", value)
    for name in ("USE_GPU", "DISABLE_MUTABLE_API"):
        monkeypatch.setenv(f"VV_{name}", "1")
    given = options()
    assert (given.host, given.port, given.cpu_num_threads) == ("0.0.0.0", 50021, 2)
    assert given.use_gpu and given.disable_mutable_api
    chosen = options("--host", "127.0.0.2", "--port", "0", "--cpu-num-threads", "1")
    assert (chosen.host, chosen.port, chosen.cpu_num_threads) == ("127.0.0.2", 0, 1)
    monkeypatch.setenv("VV_USE_GPU", "0")
    monkeypatch.setenv("VV_PORT", "")
    assert not options().use_gpu and options().port == 50121


@pytest.mark.parametrize(
    ("name", "value"), [("VV_PORT", "http"), ("VV_USE_GPU", "yes"), ("VV_CPU_NUM_THREADS", "2.5")]
)
def test_a_variable_that_is_none_of_its_values_is_refused(monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        options()
    assert end.value.code == 2 and value in capsys.readouterr().err
