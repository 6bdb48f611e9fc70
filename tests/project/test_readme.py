# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Commands and examples of the READMEs, docs/model.md and docs/index.md run as they stand, on a tiny model; and the
Japanese README has everything that the English one has.
"""

import ast
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
READMES = ("README.md", "README_JP.md")
# Commands that need a network, the published weights or a fresh machine; other tests cover them.
_UNTESTED_COMMANDS = ("pip ", "scripts/", "tsukasa convert path/to/published")


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a language in a Markdown file."""
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


@pytest.mark.parametrize("name", [*READMES, "docs/model.md", "docs/index.md"])
def test_python_examples_run(name, model_folder, monkeypatch):
    monkeypatch.chdir(model_folder)
    examples = blocks(ROOT / name, "python")
    assert examples
    namespace = {}
    for example in examples:
        exec(compile(example, name, "exec"), namespace)


@pytest.mark.parametrize("name", READMES)
def test_python_examples_write_sound(name, model_folder, monkeypatch):
    monkeypatch.chdir(model_folder)
    namespace = {}
    for example in blocks(ROOT / name, "python"):
        exec(compile(example, name, "exec"), namespace)
    assert len(namespace["speaker"].voices) >= 2
    for written in ("weather.wav", "out.wav", "1.wav", "2.wav"):
        samples, rate = soundfile.read(model_folder / written)
        assert rate == 24000 and np.abs(samples).max() > 0
        (model_folder / written).unlink()


@pytest.mark.parametrize("name", READMES)
def test_shell_examples_run(name, model_folder, monkeypatch, capsys):
    monkeypatch.chdir(model_folder)
    typed = 0
    for block in blocks(ROOT / name, "sh"):
        for line in block.splitlines():
            if not line.strip() or line.startswith(_UNTESTED_COMMANDS):
                continue
            command, *arguments = shlex.split(line)
            assert command == "tsukasa"
            assert main(arguments) == 0, capsys.readouterr().err
            typed += 1
            if "-o" in arguments:
                samples, rate = soundfile.read(arguments[arguments.index("-o") + 1])
                assert rate == 24000 and np.abs(samples).max() > 0
    assert typed == 5


@pytest.mark.parametrize("language", ["sh", "bash"])
def test_both_readmes_show_the_same_commands(language):
    def commands(name: str) -> list[str]:
        return [line.split("#")[0].rstrip() for block in blocks(ROOT / name, language) for line in block.splitlines()]

    assert commands("README.md") == commands("README_JP.md")


def test_both_readmes_show_the_same_python():
    def programs(name: str) -> list[str]:
        return [ast.dump(ast.parse(block)) for block in blocks(ROOT / name, "python")]

    assert programs("README.md") == programs("README_JP.md")


def _contents(name: str) -> dict[str, list[str]]:
    """The outline of a README: levels of its headings, columns of its table rows, targets of its links, code spans."""
    text = re.sub(r"^```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.M | re.S)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    return {
        "headings": re.findall(r"^#+", text, flags=re.M),
        "table rows": [str(row.count("|")) for row in re.findall(r"^\|.*\|$", text, flags=re.M)],
        "targets": sorted({target for target in targets if not target.startswith("#")} - set(READMES)),
        "code": sorted({span for span in re.findall(r"`([^`]+)`", text) if span.isascii()} - {"--model FOLDER"}),
    }


def test_readme_jp_has_everything_that_readme_has():
    english, japanese = map(_contents, READMES)
    for kind, found in english.items():
        assert found and found == japanese[kind], kind
