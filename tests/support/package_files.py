# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The package's own source files, and what they import, for tests of the structure."""

import ast
from pathlib import Path

import transformers_tsukasa


PACKAGE = Path(transformers_tsukasa.__file__).parent
# The packaged model folder, whose few lines of code lead back to the package.
_IGNORED = {"default_model"}
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in _IGNORED and "metrics" not in path.parts
}
"""Module, relative to the package -> its file. Without the modules that `evaluate` loads by their folder."""


def imported_modules(path: Path) -> set[str]:
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
