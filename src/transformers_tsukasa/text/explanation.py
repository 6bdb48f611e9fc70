# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How words came to their readings: one row a word, and rows as a table in text."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..utils.wording import display_width
from .types import AccentOrigin, Word


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
    accent_source: str = ""  # "given", "rules" or "learned"; "" for a word that begins no accent phrase
    accent_probability: float | None = None  # of its accent phrase for the accent model, 0 to 1


def explain_word(word: Word, text: str, accent: AccentOrigin | None = None) -> Explanation:
    """The row of a word of `text`; `accent` is where that of its accent phrase is from, if not the rules."""
    begins_phrase = bool(word.pronunciation) and word.starts_accent_phrase
    accent = accent or AccentOrigin("rules")
    written = text[word.start : word.end].strip() or word.surface
    if written.isdecimal() and word.surface not in written:
        written = f"{written} {word.surface}"  # one of the words of a number
    return Explanation(
        word=written,
        reading=word.pronunciation or "(not read)",
        accent=str(word.accent) if begins_phrase else "-",
        source=word.source,
        note=word.note,
        alternatives=word.alternatives,
        confident=word.confident,
        start=word.start,
        end=word.end,
        accent_source=accent.source if begins_phrase else "",
        accent_probability=accent.probability if begins_phrase else None,
    )


def format_table(rows: Sequence[Explanation]) -> str:
    """The rows as a table in text, a ? marking readings that are not certain."""
    header = ("word", "reading", "accent", "accent from", "source", "?", "also possible", "why")
    cells = [
        (
            row.word,
            row.reading,
            row.accent,
            _accent_origin(row),
            row.source,
            "" if row.confident else "?",
            "、".join(row.alternatives),
            row.note,
        )
        for row in rows
    ]
    widths = [max(map(display_width, column)) for column in zip(header, *cells, strict=True)]
    return "\n".join(_table_line(line, widths) for line in (header, *cells))


def _accent_origin(row: Explanation) -> str:
    """Where an accent is from, and how probable the accent model finds it."""
    sure = "" if row.accent_probability is None else f" {100 * row.accent_probability:.0f}%"
    return f"{row.accent_source}{sure}"


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - display_width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
