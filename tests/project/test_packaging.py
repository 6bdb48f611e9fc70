# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Metadata, pins and hooks agree with each other, and the wheel holds what users need."""

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

import transformers_tsukasa
from support.package_files import FILES


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


def test_the_changelog_has_every_kind_of_change_once_and_in_order():
    """The kinds of Keep a Changelog; two lists of one kind are what joining two branches leaves."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    versions = re.split(r"^## ", changelog, flags=re.M)[1:]
    assert len(versions) >= 2
    for version in versions:
        found = re.findall(r"^### (.*)$", version, flags=re.M)
        assert found == [kind for kind in kinds if kind in found], version.splitlines()[0]
        assert "\n\n\n" not in version


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
    steps = {step["run"]: step for step in job["steps"] if "run" in step}
    assert list(steps) == [".ci/run", "scripts/check_wheel"] and all(
        "PYTHON" in step["env"] for step in steps.values()
    )
    for script in ("scripts/setup", "scripts/check_wheel"):
        assert "${PYTHON:-python3}" in (ROOT / script).read_text(encoding="utf-8")
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


def _build(kind: str, source: Path, folder: Path) -> Path:
    """Build a "wheel", an "sdist" or an "editable" of the project in `source`; return its path in `folder`."""
    program = f"import sys, setuptools.build_meta as backend; print(backend.build_{kind}(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", program, folder], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


def _files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of the repository as others get it: without what tools and builds leave there."""
    leftovers = (".git", ".venv*", "__pycache__", "*.egg-info", "build", "dist", "runs", "out", "site", ".*_cache")
    leave_out, spoken = shutil.ignore_patterns(*leftovers), shutil.ignore_patterns("*.wav", "*.flac")

    def ignore(place, names):
        # README's first command writes speech at the top; below it there are recordings for tests.
        return leave_out(place, names) | (spoken(place, names) if Path(place) == ROOT else set())

    folder = tmp_path_factory.mktemp("repository") / "project"
    return shutil.copytree(ROOT, folder, symlinks=True, ignore=ignore)


@pytest.fixture(scope="module")
def distributions(repository, tmp_path_factory):
    """The wheel, and the source distribution unpacked."""
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("distributions")
    project = shutil.copytree(repository, folder / "project", symlinks=True)
    wheel = _build("wheel", project, folder)
    with tarfile.open(_build("sdist", project, folder)) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return wheel, unpacked


def _checksums(wheel: Path) -> dict[str, int]:
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def test_the_repository_has_no_links_which_some_systems_cannot_unpack(repository):
    assert [str(path) for path in repository.rglob("*") if path.is_symlink()] == []


@pytest.mark.slow
def test_the_source_distribution_has_every_file_of_the_repository(distributions, repository):
    _, unpacked = distributions
    assert len(_files(repository)) > 500
    assert set(_files(repository)) - set(_files(unpacked)) == set()


@pytest.mark.slow
def test_the_source_distribution_builds_the_wheel_of_the_repository(distributions, tmp_path):
    wheel, unpacked = distributions
    again = _build("wheel", shutil.copytree(unpacked, tmp_path / "unpacked"), tmp_path)
    assert _checksums(again) == _checksums(wheel)


@pytest.mark.slow
def test_the_wheel_has_types_configs_and_model_and_no_tests(distributions):
    names = _checksums(distributions[0]).keys()
    package = "transformers_tsukasa"
    configs = [path.relative_to(ROOT).as_posix() for path in (ROOT / "configs").rglob("*.yaml")]
    for needed in (
        *configs,
        "py.typed",
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


@pytest.mark.slow
def test_the_wheel_finds_its_configs(distributions, tmp_path):
    with zipfile.ZipFile(distributions[0]) as archive:
        archive.extractall(tmp_path / "installed")
    program = "from transformers_tsukasa import bundled as b; print(b.CONFIGS, b.find_config('configs/mini.yaml'))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    configs = tmp_path / "installed/transformers_tsukasa/configs"
    assert done.stdout.split() == [str(configs), str(configs / "mini.yaml")], done.stderr


@pytest.mark.slow
def test_an_editable_install_is_a_path_that_all_tools_can_follow(repository, tmp_path):
    """Type checkers and editors read the path of `src`; they could not run a finder. No configs are copied."""
    source = shutil.copytree(repository, tmp_path / "project", symlinks=True)
    with zipfile.ZipFile(_build("editable", source, tmp_path)) as archive:
        (pointer,) = (name for name in archive.namelist() if name.endswith(".pth"))
        assert archive.read(pointer).decode().strip() == str(source / "src")
    assert not (source / "src/transformers_tsukasa/configs").exists()


@pytest.mark.slow
def test_links_of_the_readme_work_outside_the_repository(distributions, setup_cfg):
    with zipfile.ZipFile(distributions[0]) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = archive.read(name).decode()
    for field in ("Author: ", "Project-URL: Changelog, ", "Classifier: Programming Language :: Python :: 3.13"):
        assert field in metadata
    targets = re.findall(r"(!?)\[[^\]]*\]\(([^)#]+)[^)]*\)", metadata.partition("\n\n")[2])
    own = setup_cfg["metadata"]["url"]
    assert {picture for picture, _ in targets} == {"", "!"}
    for picture, target in targets:
        address = f"{own}/{'raw' if picture else 'blob'}/main/"
        assert target.startswith(address) and (ROOT / target.removeprefix(address)).exists(), target


def _imported_packages() -> dict[str, str]:
    """Packages of others that the package imports anywhere -> a file that does."""
    found = {}
    for path in FILES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                modules = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            found.update({module.partition(".")[0]: path.name for module in modules})
    return {name: file for name, file in found.items() if name not in sys.stdlib_module_names}


def test_every_package_that_is_imported_is_required(setup_cfg):
    """Otherwise it is there only as long as another requirement happens to bring it."""
    requirements = _lines(setup_cfg["options"]["install_requires"])
    for extra in ("train", "evaluate", "kokoro", "lyra", "serve", "aac"):
        requirements += _lines(setup_cfg["options.extras_require"][extra])
    names = {re.match(r"[\w.-]+", line)[0].replace("-", "_").lower() for line in requirements}
    distribution = {"yaml": "pyyaml", "PIL": "pillow", "pyopenjtalk": "pyopenjtalk_plus", "google": "protobuf"}
    imported = _imported_packages()
    assert len(imported) > 15
    # Readers of other languages, which those who ask for one install; two are under the GPL, so no extra has them.
    asked_for = {"misaki", "phonemizer", "espeakng_loader"}
    missing = {name: file for name, file in imported.items() if distribution.get(name, name) not in names}
    assert missing.keys() == asked_for, missing
