# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Everything that README and docs tell a user to type is typed here, on a tiny model."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from support.tiny import tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
from transformers_tsukasa.cli.main import main


ROOT = Path(__file__).resolve().parents[2]
# What needs a network, the published weights or a fresh machine is tested elsewhere.
_NOT_HERE = ("pip ", "scripts/", "tsukasa convert path/to/published")


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    """A folder with a tiny model `tsukasa-24khz`, a clip and a text, as the examples expect them."""
    folder = tmp_path_factory.mktemp("readme")
    model = tiny_model()
    generator = torch.Generator().manual_seed(0)
    for name in ("narrator", "whisper"):
        model.voices.add(name, 0.2 * torch.randn(16, generator=generator), f"the {name}")
    model.save_pretrained(folder / "tsukasa-24khz")
    TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer()).save_pretrained(folder / "tsukasa-24khz")
    time = np.arange(44100 * 2) / 44100
    soundfile.write(folder / "clip.wav", 0.3 * np.sin(2 * np.pi * 220 * time), 44100)
    (folder / "novel.txt").write_text("吾輩は猫である。名前はまだ無い。\n\nどこで生れたか。", encoding="utf-8")
    (folder / "configs").symlink_to(ROOT / "configs")
    return folder


@pytest.mark.parametrize("name", ["README.md", "README_JP.md", "docs/model.md"])
def test_python_examples_run(name, model_folder, monkeypatch):
    monkeypatch.chdir(model_folder)
    examples = blocks(ROOT / name, "python")
    assert examples
    namespace = {}
    for example in examples:
        exec(compile(example, name, "exec"), namespace)


@pytest.mark.parametrize("name", ["README.md", "README_JP.md"])
def test_shell_examples_run(name, model_folder, monkeypatch, capsys):
    monkeypatch.chdir(model_folder)
    typed = 0
    for block in blocks(ROOT / name, "sh"):
        for line in block.splitlines():
            if not line.strip() or line.startswith(_NOT_HERE):
                continue
            command, *arguments = shlex.split(line)
            assert command == "tsukasa"
            assert main(arguments) == 0, capsys.readouterr().err
            typed += 1
            if "-o" in arguments:
                samples, rate = soundfile.read(arguments[arguments.index("-o") + 1])
                assert rate == 24000 and np.abs(samples).max() > 0
    assert typed == 5


def test_both_readmes_show_the_same_commands():
    english, japanese = (blocks(ROOT / name, "sh") for name in ("README.md", "README_JP.md"))

    def commands(found):
        return [line.split("#")[0].rstrip() for block in found for line in block.splitlines()]

    assert commands(english) == commands(japanese)


def test_links_lead_somewhere():
    for path in [ROOT / "README.md", ROOT / "README_JP.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} leads to {target}, which is not there"
