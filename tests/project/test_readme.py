# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Commands and examples of the README run in order as they stand, on a tiny published checkpoint where needed; those
of docs/model.md and docs/index.md run; and the Japanese README has everything that the English one has.
"""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from support.script_modules import import_script
from transformers_tsukasa.cli.main import main


ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README_JP.md")
run_readme = import_script("run_readme")
# Commands that need a network or a fresh machine; tests/project/test_scripts.py covers the scripts.
_UNTESTED_COMMANDS = ("pip ", "scripts/", "source ")


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a language in a Markdown file."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which every step of the README was run in order, and the names that its Python left."""
    pytest.importorskip("accelerate")
    folder = tmp_path_factory.mktemp("readme")
    run_readme.write_inputs(folder)
    shutil.copytree(ROOT / "configs", folder / "configs")
    (folder / "scripts").symlink_to(ROOT / "scripts")
    names: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for step in run_readme.read_steps((ROOT / "README.md").read_text(encoding="utf-8")):
            if step.language == "python":
                exec(compile(step.code, "README.md", "exec"), names)
            elif not step.code.startswith(_UNTESTED_COMMANDS):
                _type(run_readme.shortened(step.code))
    return folder, names


def _type(command: str) -> None:
    """Run a line of a shell, our own command in this process."""
    words = shlex.split(command, comments=True)
    if words[0] == "tsukasa":
        assert main(words[1:]) == 0, command
    else:
        words[0] = sys.executable if words[0] == "python" else words[0]
        subprocess.run(shlex.join(words).replace("'>'", ">"), shell=True, check=True)


@pytest.mark.slow
def test_every_step_of_the_readme_runs_and_writes_sound(folder):
    folder, names = folder
    written = ["yay.wav", "novel.flac", "rain.wav", "weather.wav", "out.wav", "1.wav", "2.wav"]
    written += ["bridge.wav", "blend.wav", "books.wav", "new_voice.wav"]
    for name in [*written, "expressive.wav", "mine.wav"]:
        samples, rate = soundfile.read(folder / name)
        assert rate == 24000 and len(samples) > 0.1 * rate and np.abs(samples).max() > 0, name
    assert len(names["speaker"].voices) == 10 and "evening" in names["model"].voices
    assert (folder / "results/evaluation.md").is_file() and (folder / "runs/mine/final/model.safetensors").is_file()


@pytest.mark.parametrize("name", ["docs/model.md", "docs/index.md"])
def test_python_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = blocks(ROOT / name, "python")
    assert examples
    names: dict = {}
    for example in examples:
        exec(compile(example, name, "exec"), names)


def test_the_readme_is_run_line_by_line(tmp_path, capsys):
    (tmp_path / "README.md").write_text(
        "```sh\nexport NAME=3  # kept\ntest $NAME = 3 && cat\nfalse\n```\n\n"
        "```python\nnumber = 3\n```\n\n```bash\nscripts/test\n```\n\n"
        "```python\nassert number == 4\n```\n\n```\nnot run\n```\n"
    )
    assert run_readme.main([str(tmp_path), "--skip", "scripts/"]) == 1
    table = capsys.readouterr().out
    rows = re.findall(r"^ +[\d.]+ +[\d.]+ +(\d+)  (.*)$", table, flags=re.M)
    assert rows == [
        ("0", "export NAME=3  # kept"),
        ("0", "test $NAME = 3 && cat"),
        ("1", "false"),
        ("0", "number = 3"),
        ("1", "assert number == 4"),
    ]
    assert "AssertionError" in table and table.endswith("5 steps, 2 failed\n")


def test_long_commands_of_the_readme_are_shortened_and_no_others():
    shortened = run_readme.shortened("tsukasa train plbert a.yaml  # slow")
    assert shortened.startswith("tsukasa train plbert a.yaml max_steps=2")
    assert run_readme.shortened("tsukasa say hello  # now") == "tsukasa say hello  # now"


@pytest.mark.parametrize("language", ["sh", "bash"])
def test_both_readmes_show_the_same_commands(language):
    def commands(name: str) -> list[str]:
        return [line.split("#")[0].rstrip() for block in blocks(ROOT / name, language) for line in block.splitlines()]

    assert commands("README.md") == commands("README_JP.md")


def test_both_readmes_show_the_same_python():
    def programs(name: str) -> list[str]:
        return [ast.dump(ast.parse(block)) for block in blocks(ROOT / name, "python")]

    assert programs("README.md") == programs("README_JP.md")


def _sections(name: str) -> list[dict[str, object]]:
    """For every section of a README in order: its level, how much of each kind it has, its links and code spans."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"^```(\w+)\n.*?^```", r"```\1", text, flags=re.M | re.S)
    sections = []
    for section in re.split(r"^(?=#)", text, flags=re.M)[1:]:
        targets = [target for target in re.findall(r"\]\(([^)]+)\)", section) if target not in READMES]
        spans = {span for span in re.findall(r"`([^`\n]+)`", section) if span.isascii()}
        sections.append(
            {
                "level": len(re.match("#+", section)[0]),
                "paragraphs": len(re.findall(r"\n\n(?=[^`|!#-])", section)),
                "list items": len(re.findall(r"^- ", section, flags=re.M)),
                "table rows": [row.count("|") for row in re.findall(r"^\|.*\|$", section, flags=re.M)],
                "links": sorted(target if not target.startswith("#") else "#" for target in targets),
                "code spans": spans - {"--model FOLDER"},
                "code blocks": re.findall(r"^```(\w+)$", section, flags=re.M),
            }
        )
    return sections


def test_readme_jp_has_everything_that_readme_has():
    english, japanese = map(_sections, READMES)
    assert len(english) > 10 and all(any(section[kind] for section in english) for kind in english[0])
    assert english == japanese


@pytest.mark.parametrize("name", READMES)
def test_links_within_a_readme_lead_to_a_heading(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, flags=re.M)}
    anchors = re.findall(r"\]\(#([^)]+)\)", text)
    assert anchors and set(anchors) <= headings
