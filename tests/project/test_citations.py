# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Every path and every section that a comment, a docstring or a document cites exists."""

import re
from functools import cache

from support.written_words import ROOT, offences, text_files, written_words


_PATH = re.compile(r"(?<![\w./<-])(?:docs|tests|scripts|benchmarks|configs|notebooks|src)/[\w./*-]*[\w*]")
_SECTION = re.compile(r"(docs/[\w/]+\.md), [\"“]?([A-Z0-9][^).;:\"”]*)")
_ANCHORED_LINK = re.compile(r"\]\(([^)\s:#]*)(?:#([^)\s]+))?\)")
# Names of what a run or a user makes, and examples of names.
_NOT_OF_THE_REPOSITORY = re.compile(r"configs/(mine|none|my_\w+|x)\b|src/\.\.")
_DOCUMENTS = [name for name in text_files() if name.endswith(".md")]


def citations(name: str, words: list[tuple[int, str]]) -> list[str]:
    """What a file cites and the repository does not have, as "file:line: path"."""
    missing = []
    for line, text in words:
        for path in _PATH.findall(text):
            if not _NOT_OF_THE_REPOSITORY.search(path) and not any(ROOT.glob(f"{path.rstrip('/')}*")):
                missing.append(f"{name}:{line}: {path}")
        for document, section in _SECTION.findall(text):
            names = headings(document) if (ROOT / document).exists() else ()
            for one in re.split(r" and |, ", section):
                if one[:1].isupper() and not any(re.match(rf"{re.escape(known)}\b", one) for known in names):
                    missing.append(f"{name}:{line}: {document}, {one}")
    return missing


@cache
def headings(document: str) -> tuple[str, ...]:
    text = re.sub(r"^```.*?^```", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.M | re.S)
    return tuple(re.findall(r"^#+ (.+?)\s*$", text, flags=re.M))


def anchor(heading: str) -> str:
    """The anchor that GitHub and mkdocs give a heading."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


def test_what_is_cited_exists():
    assert offences(text_files(), lambda name: citations(name, written_words(name, text_files()[name]))) == {}


def test_the_specification_is_cited_inside_the_repository():
    """Not by the paths it had beside the repository."""
    beside = re.compile(r"(?<!docs/)(?<![\w.-])spec/\w+\.md|(?<![\w/])g2p/README")

    def found(name):
        return [f"{line}: {text}" for line, text in written_words(name, text_files()[name]) if beside.search(text)]

    names = [name for name in text_files() if not name.endswith((".md", "mkdocs.yml"))]
    assert offences(names, found) == {}


def test_links_lead_somewhere():
    def dead(name):
        for target, section in _ANCHORED_LINK.findall(text_files()[name]):
            path = (ROOT / name).parent / target if target else ROOT / name
            if not path.exists():
                yield f"{target} does not exist"
            elif section and path.suffix == ".md":
                known = [anchor(heading) for heading in headings(str(path.resolve().relative_to(ROOT)))]
                if section not in known:
                    yield f"{target}#{section}: there is no such section"

    assert offences(_DOCUMENTS, lambda name: list(dead(name))) == {}


def test_the_scan_finds_what_is_missing():
    words = [
        (
            1,
            "as docs/spec/model.md, Features and Style say; docs/decisions/0009; tests/data/hard_inputs*.jsonl",
        ),
        (
            2,
            "see docs/spec/nothing.md, docs/spec/model.md, Sorcery and scripts/nothing.py (docs/spec/model.md, Style)",
        ),
    ]
    assert citations("x", words) == [
        "x:2: docs/spec/nothing.md",
        "x:2: scripts/nothing.py",
        "x:2: docs/spec/model.md, Sorcery",
    ]
    cited = [
        path
        for name, text in text_files().items()
        for _, each in written_words(name, text)
        for path in _PATH.findall(each)
    ]
    assert len(cited) > 200 and len(_DOCUMENTS) > 40
