# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Imports point down the layers of the package only, packages of one layer do not import each other, and no two
modules import each other in a circle, `TYPE_CHECKING` included."""

import ast
from pathlib import Path

import pytest

import transformers_tsukasa


PACKAGE = Path(transformers_tsukasa.__file__).parent
LEVELS = {
    "utils": -1,
    "audio": 0,
    "text": 0,
    "models": 1,
    "data": 2,
    "conversion": 2,
    "export": 2,
    "training": 3,
    "synthesis": 3,
    "evaluation": 4,
    "server": 4,
    "cli": 5,
}
# The package's own face, which may show everything below the command line.
FREE = {"__init__", "__main__", "auto", "bundled", "version", "hub"}
# A model folder, whose few lines of code lead back to the package.
IGNORED = {"default_model"}
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in IGNORED and "metrics" not in path.parts
}


def _package(module: str) -> str:
    """The unit that has a level: a top-level package; of `models`, a family by itself."""
    return module.split(".")[0]


def _imported_modules(path: Path) -> set[str]:
    """Modules of this package, relative to it, that a file imports anywhere."""
    package = ("transformers_tsukasa", *path.relative_to(PACKAGE).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            names = [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "transformers_tsukasa":
                inner = ".".join(parts[1:])
                found.add(inner if inner in FILES else ".".join(parts[1:-1]) or "__init__")
    return found


IMPORTS = {module: _imported_modules(path) for module, path in FILES.items()}


@pytest.mark.parametrize("module", FILES)
def test_imports_point_down(module):
    package = _package(module)
    if package in FREE:
        return
    assert package in LEVELS, f"{package} has no level yet: give it one in this test and in the design"
    for other in map(_package, IMPORTS[module]):
        if other != package and other not in FREE:
            assert LEVELS[other] < LEVELS[package], f"{module} imports {other}"


@pytest.mark.parametrize("module", [module for module in FILES if module.startswith("models.")])
def test_model_families_do_not_import_each_other(module):
    family = module.split(".")[1]
    for other in IMPORTS[module]:
        parts = other.split(".")
        if parts[0] == "models" and len(parts) > 1 and parts[1] in {"layers", "strict_loading"}:
            continue
        assert parts[0] != "models" or parts[1:2] == [family], f"{module} imports {other}"


def test_every_import_is_read():
    # The scan must see real arrows, or the tests above prove nothing.
    assert "models.tsukasa.modeling_tsukasa" in IMPORTS["auto"]
    assert "text.phonemizer" in IMPORTS["models.tsukasa.tokenization_tsukasa"] | IMPORTS["text"]
    assert len({_package(module) for module in FILES} & LEVELS.keys()) >= 8
    assert sum(len(imports) for imports in IMPORTS.values()) > 500
