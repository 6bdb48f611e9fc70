# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How words came to their readings: one row a word, and rows as a table in text."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..utils.wording import display_width
from .types import Word


@dataclass(frozen=True)
class Explanation:
    """How a word came to its reading."""

    word: str
    reading: str
    accent: str
    source: str
    note: str
    alternatives: tuple[str, ...]
    confident: bool
    start: int
    end: int


def explain_word(word: Word, text: str) -> Explanation:
    """The row of a word of `text`."""
    written = text[word.start : word.end].strip() or word.surface
    if written.isdecimal() and word.surface not in written:
        written = f"{written} {word.surface}"  # one of the words of a number
    return Explanation(
        word=written,
        reading=word.pronunciation or "(not read)",
        accent=str(word.accent) if word.pronunciation and word.starts_accent_phrase else "-",
        source=word.source,
        note=word.note,
        alternatives=word.alternatives,
        confident=word.confident,
        start=word.start,
        end=word.end,
    )


def format_table(rows: Sequence[Explanation]) -> str:
    """The rows as a table in text, a ? marking readings that are not certain."""
    header = ("word", "reading", "accent", "source", "?", "also possible", "why")
    cells = [
        (
            row.word,
            row.reading,
            row.accent,
            row.source,
            "" if row.confident else "?",
            "、".join(row.alternatives),
            row.note,
        )
        for row in rows
    ]
    widths = [max(map(display_width, column)) for column in zip(header, *cells, strict=True)]
    return "\n".join(_table_line(line, widths) for line in (header, *cells))


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - display_width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
