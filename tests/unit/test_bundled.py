# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The package includes the configs of `configs/`, for use without a copy of the repository."""

import pytest

from support.tiny import CONFIGS
from transformers_tsukasa import default_model, default_voice, read_preset
from transformers_tsukasa.bundled import find_config
from transformers_tsukasa.cli.main import main


@pytest.mark.parametrize("name", sorted(str(path.relative_to(CONFIGS.parent)) for path in CONFIGS.rglob("*.yaml")))
def test_configs_of_the_repository_are_found_from_anywhere(tmp_path, monkeypatch, caplog, name):
    monkeypatch.chdir(tmp_path)
    assert find_config(name).read_bytes() == (CONFIGS.parent / name).read_bytes()
    assert f"'{name}' is not in the current folder: using the one of the package" in caplog.text


def test_a_file_in_the_current_folder_comes_first(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mini.yaml").write_text("style_dim: 32\n", encoding="utf-8")
    assert read_preset("configs/mini.yaml").style_dim == 32 and not caplog.text


def test_a_missing_config_is_named_with_the_folder_and_the_configs_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("configs/none.yaml", "mini.yaml", "bundled.py", "../configs/mini.yaml"):
        with pytest.raises(FileNotFoundError) as caught:
            read_preset(name)
        sentence = str(caught.value)
        assert f"no preset or model folder at '{name}': paths are relative to" in sentence
        assert (
            f"'{tmp_path}'" in sentence
            and "configs/mini.yaml" in sentence
            and "configs/train/aligner.yaml" in sentence
        )


def test_the_former_name_of_the_packaged_model_remains():
    assert default_voice() == default_model()


def test_a_run_starts_without_the_repository(tmp_path, monkeypatch, capsys):
    pytest.importorskip("accelerate")
    pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    command = ["train", "aligner", "configs/train/aligner.yaml", "use_cpu=true", "report_to=none"]
    assert main([*command, "corpus=nowhere"]) == 1
    assert "there is no prepared corpus at 'nowhere'" in capsys.readouterr().err
