# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phrases that docs/style.md replaces do not come back."""

import ast
import re

from support.written_words import identifiers, offences, strings, text_files, written_words


PHRASES = {
    r"\banew\b": "again, from scratch",
    r"\b(?:gone|goes|go|going|went) on from\b": "resumed from, resume from",
    r"\b(?:which|this|that) is said\b|\bis said (?:so|here|at the start|line by line|and|when)\b": "is logged",
    r"\bfor want of\b": "for lack of, out of",
    r"\bof the house\b|\bhouse's\b": "of this project",
    r"\bdoors?\b": "entry point",
    r"(?<!one )(?<!real )\brooms?\b(?! acoustics)": "module, part, folder",
    r"\bthe whole\b|\bwhole\b(?! numbers?\b)": "the complete, the entire, all of the",
    r"\bwhole or not at all\b": "atomically; complete or not at all",
    r"\bforetells?\b": "predicts, announces",
    r"\bweighed (?:sum|gradients?|losses)\b": "weighted",
    r"\b(?:learned|learns|learn) to hear\b": "was trained on",
    r"\bhears\b|\bhearing\b|(?<!\bbe )\bheard\b": "receives, reads, encodes",
    r"\blistens\b|\blistened\b": "reads, has weight",
    r"(?<!--)\bjudg(?:e|es|ed|ing|e?ments?)\b": "discriminator, evaluation aligner; scores, rates",
    r"(?<!\bnothing )\bbehind\b": "after, past the end",
    r"\bwhom\b": "which, that",
    r"\b(?:corpus|decoder|encoder|file|folder|loss|model|module|network|phase|run|test)s? who\b": "which, that",
    r"\b(?:error|exception|log|message|report|sentence|warning)s? (?:says?|said)\b": "states, reports",
    r"\bthaws?\b": "unfreeze",
    r"\bto whom nobody\b": "without weight",
    r"\bvoice of the package\b|\bvoice in the box\b|\bpackage's (?:own )?voice\b": "packaged model",
}
# Files that quote the phrases.
_ALLOWED = {"docs/style.md", "tests/project/test_plain_english.py"}
_FILES = [name for name in text_files() if name not in _ALLOWED]


def phrases_found(words: list[tuple[int, str]]) -> list[str]:
    """The phrases of `PHRASES` in words, as "line: phrase (write ...)"."""
    joined = "\n".join(text for _, text in words)
    there = {phrase: instead for phrase, instead in PHRASES.items() if re.search(phrase, joined, flags=re.I)}
    return [
        f"{line}: {match[0]} (write: {instead})"
        for line, text in words
        for phrase, instead in there.items()
        for match in re.finditer(phrase, text, flags=re.I)
    ]


def test_no_phrase_that_was_replaced_comes_back():
    def found(name):
        text = text_files()[name]
        words = written_words(name, text) + (list(strings(text)) if name.endswith(".py") else [])
        return sorted(set(phrases_found(words)))

    assert offences(_FILES, found) == {}


_WORDS_IN_NAMES = re.compile(
    r"(?:^|_)(?:anew|behind|doors?|gone|heard|hears?|house|judge[ds]?|judgements?|listens?|rooms?|said|says|who|whole|whom)"
    r"(?:_|$)"
)
_NAMES_LEFT_ALONE = {"test_durations_are_whole_frames_and_at_least_one", "_ROOM"}  # the latter of 101号室


def names_found(names: list[tuple[int, str]]) -> list[str]:
    """Names that contain a word which no name should have, as "line: name"."""
    return [
        f"{line}: {name}"
        for line, name in names
        if _WORDS_IN_NAMES.search(name.lower()) and name not in _NAMES_LEFT_ALONE
    ]


def test_names_are_plain_too():
    def found(name):
        parts = [(0, part) for part in name.removesuffix(".py").split("/")]
        return sorted(set(names_found([*parts, *identifiers(text_files()[name])])))

    assert offences([name for name in _FILES if name.endswith(".py")], found) == {}


_SOURCES = [name for name in _FILES if name.startswith("src/") and name.endswith(".py")]


def test_only_the_command_line_names_flags():
    def found(name):
        flag = re.compile(r"(?<![\w-])--[a-z]")
        return [f"{line}: {text}" for line, text in strings(text_files()[name]) if flag.search(text)]

    below = [name for name in _SOURCES if "/cli/" not in name and not name.endswith("__main__.py")]
    assert offences(below, found) == {}


def test_docstrings_begin_with_a_verb_or_a_noun():
    """Not with "What ..."."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

    def found(name):
        nodes = [node for node in ast.walk(ast.parse(text_files()[name])) if isinstance(node, documented)]
        return [doc.splitlines()[0] for node in nodes if (doc := ast.get_docstring(node)) and doc.startswith("What ")]

    assert offences(_SOURCES, found) == {}


def test_the_scan_finds_phrases():
    found = phrases_found([(3, "A run is gone on from its checkpoint, anew."), (4, "real rooms, room acoustics")])
    assert found == [
        "3: anew (write: again, from scratch)",
        "3: gone on from (write: resumed from, resume from)",
    ]
    assert phrases_found([(1, "It leaves nothing behind, and a click can be heard in whole numbers.")]) == []
    assert len(phrases_found([(1, "The model who hears the whole, behind a judge, of which the log says so")])) == 6
    assert names_found([(1, "heard"), (2, "test_it_says_so"), (3, "rooms_left"), (4, "say"), (5, "wholesale")]) == [
        "1: heard",
        "2: test_it_says_so",
        "3: rooms_left",
    ]
    assert len(_FILES) > 350 and any(name.endswith(".ipynb") for name in _FILES)
