# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Metadata, pins and hooks agree with each other, and the wheel holds what users need."""

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import transformers_tsukasa


ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def setup_cfg():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def _lines(value: str) -> list[str]:
    return [line.strip() for line in value.splitlines() if line.strip()]


def _pins() -> dict[str, list[str]]:
    """Name to its lines in constraints.txt."""
    pins: dict[str, list[str]] = {}
    for line in _lines((ROOT / "constraints.txt").read_text(encoding="utf-8")):
        if not line.startswith("#"):
            name = re.split(r"==", line)[0]
            pins.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(line)
    return pins


def test_the_version_is_that_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", changelog, flags=re.M)
    assert released[0] == transformers_tsukasa.__version__
    assert "## [Unreleased]" in changelog


def test_metadata_is_complete(setup_cfg):
    metadata = setup_cfg["metadata"]
    assert metadata["author"] and metadata["url"].startswith("https://")
    assert {line.split(" = ")[0] for line in _lines(metadata["project_urls"])} >= {"Source", "Changelog", "Issues"}
    assert metadata["license"] == "Apache-2.0"
    classifiers = _lines(metadata["classifiers"])
    assert [f"Programming Language :: Python :: {version}" in classifiers for version in PYTHONS] == [True] * 4
    assert setup_cfg["options"]["python_requires"] == f">={PYTHONS[0]}"


def test_the_address_of_the_project_is_named_in_one_place(setup_cfg):
    address = setup_cfg["metadata"]["url"]
    named = [
        path
        for path in [*ROOT.glob("*.md"), *ROOT.glob("*.yml"), *(ROOT / "docs").rglob("*.md")]
        if address in path.read_text(encoding="utf-8")
    ]
    assert named == []
    assert (ROOT / "setup.cfg").read_text(encoding="utf-8").count(address) == 1


def test_the_workflow_runs_ci_on_every_supported_python():
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["tests"]
    assert job["strategy"]["matrix"]["python"] == list(PYTHONS)
    step = job["steps"][-1]
    assert step["run"] == ".ci/run" and "PYTHON" in step["env"]
    assert "${PYTHON:-python3}" in (ROOT / "scripts/setup").read_text(encoding="utf-8")
    assert "scripts/test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_pre_commit_and_constraints_have_the_same_ruff():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = {hook["id"]: hook for repository in config["repos"] for hook in repository["hooks"]}
    assert {"ruff-check", "ruff-format"} <= hooks.keys()
    for hook in hooks.values():
        assert hook["additional_dependencies"] == _pins()["ruff"]


def test_constraints_name_one_version_for_every_python():
    for name, lines in _pins().items():
        markers = sorted(line.partition("; ")[2] for line in lines)
        assert markers in (
            [""],
            ['python_version < "3.11"'],
            ['python_version < "3.11"', 'python_version >= "3.11"'],
        ), f"{name}: {lines}"
        assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+(; python_version [<>]=? \"3\.11\")?", line) for line in lines)


def test_every_requirement_is_pinned(setup_cfg):
    requirements = _lines(setup_cfg["options"]["install_requires"])
    for extra in setup_cfg["options.extras_require"].values():
        requirements += _lines(extra)
    names = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower() for line in requirements}
    assert names - {"transformers-tsukasa"} - _pins().keys() == set()


def test_the_extra_dev_holds_the_others(setup_cfg):
    extras = setup_cfg["options.extras_require"]
    own = re.search(r"transformers-tsukasa\[(.*)\]", extras["dev"])[1]
    assert set(own.split(",")) == {"train", "evaluate", "test", "lint", "types", "docs"} <= extras.keys()


@pytest.mark.slow
def test_the_wheel_has_types_configs_and_model_and_no_tests(tmp_path):
    pytest.importorskip("setuptools", minversion="77")
    source = tmp_path / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    for name in ("src", "configs"):
        ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            tmp_path,
            source,
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
    package = "transformers_tsukasa"
    for needed in (
        "py.typed",
        "configs/train/stage1.yaml",
        "default_model/model.safetensors",
        "default_model/README.md",
        "text/data/heteronyms.tsv",
        "text/data/NOTICE.txt",
        "evaluation/metrics/dnsmos/dnsmos.py",
    ):
        assert f"{package}/{needed}" in names, needed
    assert not [
        name for name in names if not name.startswith((f"{package}/", f"{package}-{transformers_tsukasa.__version__}"))
    ]
    for field in ("Author: ", "Project-URL: Changelog, ", "Classifier: Programming Language :: Python :: 3.13"):
        assert field in metadata
