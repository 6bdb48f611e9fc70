# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The layout stays readable: few files in a folder, files of one idea, functions that fit on a page."""

import ast
from collections import Counter

from support.package_files import FILES


MOST_FILES, MOST_LINES, LONGEST_FUNCTION = 18, 500, 70


def test_a_folder_holds_few_files():
    counts = Counter(path.parent for path in FILES.values() if path.name != "__init__.py")
    assert {str(folder): count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_a_file_holds_one_idea():
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in FILES.items()}
    assert {module: length for module, length in lengths.items() if length > MOST_LINES} == {}


def test_a_function_fits_on_a_page():
    """Without its docstring, which may be long where there are many arguments."""
    long = {}
    for module, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
                if (lines := node.end_lineno - first.lineno + 1) > LONGEST_FUNCTION:
                    long[f"{module}.{node.name}"] = lines
    assert long == {}


def test_the_checks_see_files():
    assert (
        len(FILES) > 200 and sum(len(path.read_text(encoding="utf-8").splitlines()) for path in FILES.values()) > 2e4
    )
