# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Recordings that come twice in a corpus."""

from collections.abc import Sequence
from itertools import groupby

from .corpus_rows import Note, RowRejected, SourceRow
from .corpus_sources import Source


def find_duplicates(source: Source, rows: Sequence[SourceRow]) -> list[Note]:
    """Rows whose recording is that of an earlier row, byte by byte. Only files of equal size are read."""
    sizes = []
    for place, row in enumerate(rows):
        try:
            sizes.append((source.audio_size(row), place))
        except RowRejected:
            # Its own turn will say so.
            continue
    notes = []
    for _, group in groupby(sorted(sizes), key=lambda pair: pair[0]):
        alike = [rows[place] for _, place in group]
        first_with: dict[str, SourceRow] = {}
        for row in alike if len(alike) > 1 else ():
            first = first_with.setdefault(source.audio_hash(row), row)
            if first is not row:
                texts = "with the same text" if _same_text(first, row) else "with ANOTHER text: one of them is wrong"
                message = f"the recording is that of row {first.number} ({first.audio}), {texts}"
                notes.append(Note(row.number, row.audio, "duplicate", message))
    return sorted(notes, key=lambda note: note.number)


def _same_text(first: SourceRow, second: SourceRow) -> bool:
    return (first.text, first.phonemes) == (second.text, second.phonemes)
