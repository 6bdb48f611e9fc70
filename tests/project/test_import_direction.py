# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Imports point down the layers of the package only, packages of one layer do not import each other, and no two
modules import each other in a circle, `TYPE_CHECKING` included."""

import pytest

from support.package_files import FILES, imported_modules


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
FREE = {"__init__", "__main__", "auto", "bundled", "model_folders", "model_names", "version", "hub"}


def _package(module: str) -> str:
    """The unit that has a level: a top-level package; of `models`, a family by itself."""
    return module.split(".")[0]


IMPORTS = {module: imported_modules(path) for module, path in FILES.items()}


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
    assert "models.tsukasa.modeling_tsukasa" in IMPORTS["__init__"]
    assert "text.phonemizer" in IMPORTS["models.tsukasa.tokenization_tsukasa"] | IMPORTS["text"]
    assert len({_package(module) for module in FILES} & LEVELS.keys()) >= 8
    assert sum(len(imports) for imports in IMPORTS.values()) > 500


def _cycles():
    """Groups of modules that import each other in a circle (Tarjan's strongly connected components)."""
    order, lowest, stack, found = {}, {}, [], []

    def visit(module):
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for other in IMPORTS[module] & FILES.keys() - {module}:
            if other not in order:
                visit(other)
            if other in stack:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == order[module]:
            place = stack.index(module)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for module in FILES:
        if module not in order:
            visit(module)
    return found


def test_no_modules_import_each_other_in_a_circle():
    assert _cycles() == []


def test_a_circle_is_found(monkeypatch):
    first, second = "training.engine.phases", "training.engine.run_plan"
    assert first in IMPORTS[second]
    monkeypatch.setitem(IMPORTS, first, IMPORTS[first] | {second})
    assert any({first, second} <= set(group) for group in _cycles())
