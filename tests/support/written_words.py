# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The words of the repository that a person reads: documents, and the comments, docstrings and strings of code."""

import ast
import io
import json
import re
import subprocess
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path


ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = ("src", "scripts", "benchmarks", "tests", "docs", "configs", "notebooks", ".github")
_SUFFIXES = {".py", ".md", ".yaml", ".yml", ".sh", ".cfg", ".toml", ".ipynb", ""}
# Written by save_pretrained, or data; but for model cards and other READMEs, which are documents.
_LEFT_OUT = ("src/transformers_tsukasa/default_model/", "src/transformers_tsukasa/text/data/", "tests/data/")


@cache
def text_files() -> dict[str, str]:
    """Path from the root to contents, of every document, script, config, notebook (its cells) and Python file."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):  # an unpacked source distribution
        paths = [ROOT / "README.md", ROOT / "README_JP.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
        for folder in _FOLDERS:
            paths += (ROOT / folder).rglob("*")
        listed = [str(path.relative_to(ROOT)) for path in paths]
    chosen = {
        name: ROOT / name
        for name in sorted(listed)
        if Path(name).suffix in _SUFFIXES
        and (Path(name).name == "README.md" or not name.startswith(_LEFT_OUT))
        and (ROOT / name).is_file()
    }
    return {
        name: _contents(path)
        for name, path in chosen.items()
        if not path.is_symlink() and Path(name).name not in {"LICENSE", "py.typed"}
    }


def _contents(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def identifiers(code: str) -> Iterator[tuple[int, str]]:
    """(line, name) of everything that Python code defines or uses by a name."""
    for node in ast.walk(ast.parse(code)):
        for attribute in ("name", "id", "attr", "arg"):
            name = getattr(node, attribute, None)
            if isinstance(name, str):
                yield getattr(node, "lineno", 0), name


def comments_and_docstrings(code: str) -> Iterator[tuple[int, str]]:
    """(first line, text) of every docstring and every run of comment lines; line breaks become spaces."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, " ".join(node.value.value.split())
    run: list[str] = []
    first = last = 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != last + 1 and run:
            yield first, " ".join(run)
            run = []
        if not run:
            first = token.start[0]
        last = token.start[0]
        run.append(token.string.lstrip("# "))
    if run:
        yield first, " ".join(run)


def strings(code: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every string constant of Python code, docstrings included, pieces of f-strings one by one."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, " ".join(node.value.split())


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """(first line, text) of every run of lines without an empty one; line breaks and leading `#` become spaces."""
    for match in re.finditer(r"(?:^.*\S.*$\n?)+", text, flags=re.M):
        line = text.count("\n", 0, match.start()) + 1
        yield line, " ".join(part.strip().lstrip("#").strip() for part in match[0].splitlines())


@cache
def written_words(name: str, text: str) -> list[tuple[int, str]]:
    """(line, words) of a file of `text_files`."""
    return list(comments_and_docstrings(text) if name.endswith(".py") else paragraphs(text))


def offences(names: Iterable[str], found: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """What is found in each of the files, of those where anything is."""
    return {name: offending for name in names if (offending := found(name))}
