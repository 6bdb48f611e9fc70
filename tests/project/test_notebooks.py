# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The notebooks run from their first cell to their last, in a fresh process and an empty folder."""

import json
import os
import re
import subprocess
import sys

import pytest
import soundfile

from support.notebooks import as_python, code_cells
from support.script_modules import ROOT
from transformers_tsukasa import TsukasaModelForConditionalGeneration


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def run(name, folder):
    """Runs a notebook; returns what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, str(ROOT / "tests/support/notebooks.py"), str(ROOT / "notebooks" / f"{name}.ipynb")]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_valid_and_without_outputs(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5)
    identifiers = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identifiers)) == len(identifiers)
    assert notebook["cells"][0]["cell_type"] == "markdown"
    for cell in notebook["cells"]:
        assert cell["cell_type"] in ("markdown", "code") and isinstance(cell["metadata"], dict)
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
    for number, source in enumerate(code_cells(path)):
        compile(as_python(source), f"cell {number}", "exec")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_of_notebooks_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        assert target.startswith("http") or (path.parent / target).exists(), target


def test_every_notebook_runs_here():
    assert [path.stem for path in NOTEBOOKS] == ["fine_tune", "speak_and_clone"]


@pytest.mark.slow
def test_speak_and_clone(tmp_path):
    printed = run("speak_and_clone", tmp_path)
    assert printed.strip().endswith("9 sounds")
    for name in ("hello.wav", "clip.wav", "novel.flac"):
        samples, rate = soundfile.read(tmp_path / name)
        assert rate == 24000 and len(samples) > rate
    assert "from-the-clip" in TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "my-model").voices


@pytest.mark.slow
def test_fine_tune(tmp_path):
    for package in ("accelerate", "datasets", "swift_f0"):
        pytest.importorskip(package)
    printed = run("fine_tune", tmp_path)
    assert "no problems" in printed and printed.strip().endswith("1 sounds")
    state = json.loads((tmp_path / "runs/mine/checkpoint-3/trainer_state.json").read_text(encoding="utf-8"))
    assert [entry["step"] for entry in state["log_history"] if "mel" in entry] == [1, 2, 3]
    samples, rate = soundfile.read(tmp_path / "fine-tuned.wav")
    assert rate == 24000 and len(samples) > 0.5 * rate
    before = TsukasaModelForConditionalGeneration.from_pretrained(ROOT / "src/transformers_tsukasa/default_model")
    after = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "runs/mine/final")
    weights = after.state_dict()
    assert any(not weights[name].equal(value) for name, value in before.state_dict().items() if "decoder" in name)
    assert {"mei-high", "from-a-clip"} < set(after.voices) and after.generation_config.voice == "mei-high"
