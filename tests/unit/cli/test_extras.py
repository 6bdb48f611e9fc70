# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import configparser
import sys
from pathlib import Path

import pytest

from support.corpora import prepared_nothing
from transformers_tsukasa.cli.extras import (
    SERVING_PACKAGES,
    TRAINING_PACKAGES,
    serving_packages_explained,
    training_packages_explained,
)
from transformers_tsukasa.cli.main import main


CONFIG = "configs/train/aligner.yaml"


def _no_module(name):
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_a_missing_package_of_the_extra_is_reported_with_how_to_install_it():
    for name in ("accelerate", "swift_f0.core"):
        hint = r"needs the package .*: pip install '\.\[train\]' in the project's repository$"
        with pytest.raises(ImportError, match=hint):
            with training_packages_explained():
                _no_module(name)


def test_a_missing_module_of_our_own_is_not_a_missing_package():
    for name in ("transformers_tsukasa.training.recipes.nothing", "torch"):
        with pytest.raises(ModuleNotFoundError, match="No module named"), training_packages_explained():
            _no_module(name)


@pytest.mark.parametrize("arguments", [["train", "aligner", CONFIG], ["doctor", "aligner", CONFIG]])
def test_a_fault_in_our_imports_is_not_hidden_by_the_commands(arguments, monkeypatch, capsys, tmp_path):
    for name in list(sys.modules):
        if name.startswith("transformers_tsukasa.training"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "transformers_tsukasa.training.recipes.aligner", None)
    monkeypatch.setitem(sys.modules, "transformers_tsukasa.training.doctor", None)
    assert main([*arguments, f"corpus={prepared_nothing(tmp_path / 'corpus')}"]) == 1
    error = capsys.readouterr().err
    assert "transformers_tsukasa.training" in error and "pip install" not in error


def _listed(extra):
    config = configparser.ConfigParser()
    config.read(Path(__file__).parents[3] / "setup.cfg", encoding="utf-8")
    listed = config["options.extras_require"][extra].split()
    return {line.partition(">")[0].partition("=")[0].replace("-", "_") for line in listed}


def test_the_lists_are_those_of_setup_cfg():
    assert _listed("train") == TRAINING_PACKAGES
    # python-multipart was imported as multipart before 0.0.13.
    assert _listed("serve") == SERVING_PACKAGES - {"multipart"}


def test_a_missing_package_of_the_server_is_reported_too():
    with pytest.raises(ImportError, match=r"^serving needs the package uvicorn.main: pip install '\.\[serve\]'"):
        with serving_packages_explained():
            _no_module("uvicorn.main")
