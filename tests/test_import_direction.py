# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Imports point down the layers of the house only; rooms of one level do not import each other."""

import ast
from pathlib import Path

import pytest

import transformers_tsukasa


PACKAGE = Path(transformers_tsukasa.__file__).parent
LEVELS = {
    "damaged_files": -1,
    "one_at_a_time": -1,
    "whole_files": -1,
    "worker_processes": -1,
    "audio": 0,
    "text": 0,
    "model": 0,
    "processing_tsukasa": 1,
    "data": 2,
    "evaluation": 2,
    "conversion": 2,
    "training": 3,
    "cli": 4,
}
# Files that belong to no room: the package's own face, which may show everything below the command line.
FREE = {"__init__", "auto", "bundled", "version", "hub"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_rooms(path: Path) -> set[str]:
    package = ("transformers_tsukasa", *path.relative_to(PACKAGE).parts[:-1])
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            names = [module] if node.module else [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "transformers_tsukasa" and len(parts) > 1:
                rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    room = _room(path)
    if room in FREE | {"voice"}:  # a model folder, which brings the lines that lead to the package
        return
    assert room in LEVELS, f"{room} has no level yet: give it one in this test and in the design"
    for other in _imported_rooms(path) - {room} - FREE:
        assert LEVELS[other] < LEVELS[room], f"{path.name} ({room}) imports {other}"


def test_every_level_is_read():
    # The scan must see real arrows, or the test above proves nothing.
    seen = {_room(path): _imported_rooms(path) for path in PACKAGE.rglob("*.py")}
    assert "model" in seen and any(seen.values())
