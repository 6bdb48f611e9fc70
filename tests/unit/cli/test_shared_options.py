# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.cli.main import main


@pytest.mark.parametrize(
    "command", [["say", "はい"], ["prepare", "nowhere", "out"], ["evaluate", "nowhere", "x", "-o", "out"]]
)
@pytest.mark.parametrize("device", ["quatsch", "cuda:99", "meta"])
def test_a_device_that_is_not_there_is_named_before_anything_is_loaded(command, device, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--device", device]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"tsukasa {command[0]}: --device '{device}': torch ") and "it has cpu" in error
    assert error.count("\n") == 1 and not list(tmp_path.iterdir())
