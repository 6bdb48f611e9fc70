# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The examples and commands of docs/data.md."""

import argparse
import re
import shlex
from pathlib import Path

from transformers_tsukasa.cli import prepare as prepare_command
from transformers_tsukasa.cli.main import build_parser


DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_documents_example_runs(small_corpus, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    shorter = code.replace("range(10)", "range(2)").replace("num_workers=4", "num_workers=0")
    assert shorter != code
    monkeypatch.chdir(small_corpus.parent)
    names = {}
    exec(shorter, names)
    assert names["epoch"] == 1 and names["batch"]["mel"].ndim == 3


def test_the_documents_commands_exist():
    commands = re.findall(r"^tsukasa (prepare .*)$", DOCUMENT, flags=re.MULTILINE)
    assert len(commands) >= 2
    for command in commands:
        assert build_parser("prepare").parse_args(shlex.split(command)).source
    parser = argparse.ArgumentParser()
    prepare_command.add_arguments(parser)
    # Two are options of the script that makes corpora.
    options = set(re.findall(r"`(--[a-z0-9-]+)", DOCUMENT)) - {"--voices", "--sentences"}
    assert len(options) > 10 and options <= set(parser._option_string_actions)
