# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phrases that docs/style.md replaces do not come back."""

import ast
import re

import pytest

from support.written_words import strings, text_files, written_words


PHRASES = {
    r"\banew\b": "again, from scratch",
    r"\b(?:gone|goes|go|going|went) on from\b": "resumed from, resume from",
    r"\b(?:which|this|that) is said\b|\bis said (?:so|here|at the start|line by line|and|when)\b": "is logged",
    r"\bfor want of\b": "for lack of, out of",
    r"\bof the house\b|\bhouse's\b": "of this project",
    r"\bdoors?\b": "entry point",
    r"(?<!one )(?<!real )\brooms?\b(?! acoustics)": "module, part, folder",
    r"\bthe whole\b": "the complete, the entire, all of the",
    r"\bwhole or not at all\b": "atomically; complete or not at all",
    r"\bforetells?\b": "predicts, announces",
    r"\bweighed (?:sum|gradients?|losses)\b": "weighted",
    r"\b(?:learned|learns|learn) to hear\b": "was trained on",
    r"\bto whom nobody\b": "without weight",
    r"\bvoice of the package\b|\bvoice in the box\b|\bpackage's (?:own )?voice\b": "packaged model",
}
# Files that quote the phrases.
_ALLOWED = {"docs/style.md", "tests/project/test_plain_english.py"}
_FILES = [name for name in text_files() if name not in _ALLOWED]


def phrases_found(words: list[tuple[int, str]]) -> list[str]:
    """The phrases of `PHRASES` in words, as "line: phrase (write ...)"."""
    return [
        f"{line}: {match[0]} (write: {instead})"
        for line, text in words
        for phrase, instead in PHRASES.items()
        for match in re.finditer(phrase, text, flags=re.I)
    ]


@pytest.mark.parametrize("name", _FILES)
def test_no_phrase_that_was_replaced_comes_back(name):
    text = text_files()[name]
    words = written_words(name, text) + (list(strings(text)) if name.endswith(".py") else [])
    assert sorted(set(phrases_found(words))) == []


@pytest.mark.parametrize("name", [name for name in _FILES if name.startswith("src/") and name.endswith(".py")])
def test_docstrings_begin_with_a_verb_or_a_noun(name):
    """Not with "What ..."."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    nodes = [node for node in ast.walk(ast.parse(text_files()[name])) if isinstance(node, documented)]
    riddles = [doc.splitlines()[0] for node in nodes if (doc := ast.get_docstring(node)) and doc.startswith("What ")]
    assert riddles == []


def test_the_scan_finds_phrases():
    found = phrases_found([(3, "A run is gone on from its checkpoint, anew."), (4, "real rooms, room acoustics")])
    assert found == [
        "3: anew (write: again, from scratch)",
        "3: gone on from (write: resumed from, resume from)",
    ]
    assert len(_FILES) > 350
