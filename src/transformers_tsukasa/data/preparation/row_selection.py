# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Rows by their use: duplicates, which are left out, rows kept for validation, and texts without recordings."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import groupby

from ..sources import Source
from .corpus_rows import Note, RowRejected, SourceRow


MIN_OUT_OF_DOMAIN_SYMBOLS = 50
"""Shortest out-of-domain text, in phoneme symbols (docs/spec/training.md, Data)."""

# Speakers with fewer rows keep all of them for training.
_FEWEST_ROWS = 10


def find_duplicates(source: Source, rows: Sequence[SourceRow]) -> list[Note]:
    """Notes on rows whose recording is that of an earlier row, byte for byte. Only files of equal size are read."""
    sizes = []
    for place, row in enumerate(rows):
        try:
            sizes.append((source.audio_size(row), place))
        except RowRejected:
            # Reported when the row is prepared.
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


def validation_numbers(rows: Sequence[SourceRow], share: float, seed: int) -> set[int]:
    """Numbers of the rows that are kept for validation: a share of every speaker's, at least one of ten.

    Where no speaker has so many rows, it is that share of all rows, at least one of two. A speaker's last row is kept
    only where no speaker has another one.

    The draw of a row depends on seed, speaker and recording alone, so that most rows stay in their split when a corpus
    grows.
    """
    by_speaker: dict[str, list[SourceRow]] = {}
    for row in sorted(rows, key=lambda row: (_draw(row, seed), row.number)):
        by_speaker.setdefault(row.speaker, []).append(row)
    chosen: set[int] = set()
    if share == 0:
        return chosen
    for drawn in by_speaker.values():
        count = round(share * len(drawn))
        if len(drawn) >= _FEWEST_ROWS:
            count = max(count, 1)
        chosen.update(row.number for row in drawn[: min(count, len(drawn) - 1)])
    return chosen or _of_small_speakers(list(by_speaker.values()), max(round(share * len(rows)), 1))


def _of_small_speakers(speakers: Sequence[Sequence[SourceRow]], count: int) -> set[int]:
    """Numbers of so many rows, one of every speaker in turn, those with the most rows first.

    Args:
        speakers: the rows of every speaker, in the order in which they are drawn.
        count: how many rows to choose, if there are so many that the training need not miss.
    """
    by_size = sorted(speakers, key=lambda drawn: -len(drawn))
    turns = [
        drawn[turn].number
        for turn in range(max(map(len, by_size), default=0))
        for drawn in by_size
        if turn < len(drawn) - 1
    ]
    if not turns and len(by_size) > 1:
        # Every speaker has a single row: one of them is validated without having been trained.
        return {by_size[0][0].number}
    return set(turns[:count])


def _draw(row: SourceRow, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}\n{row.speaker}\n{row.audio}".encode(), digest_size=8).digest()


def out_of_domain_texts(phonemes: Iterable[str], longest: int) -> list[str]:
    """Texts of at least 50 symbols and at most `longest`: short ones are joined with those that follow.

    Args:
        phonemes: texts, as phonemes.
        longest: most symbols that a text may have.
    """
    texts, joined = [], ""
    seen: set[str] = set()
    for text in phonemes:
        if text in seen or len(text) > longest:
            continue
        seen.add(text)
        candidate = f"{joined} {text}".strip()
        joined = candidate if len(candidate) <= longest else text
        if len(joined) >= MIN_OUT_OF_DOMAIN_SYMBOLS:
            texts.append(joined)
            joined = ""
    return texts
