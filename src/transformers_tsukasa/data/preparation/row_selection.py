# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which rows are kept for validation, and the texts that no recording goes with. Pure functions of rows and a seed."""

import hashlib
from collections.abc import Iterable, Sequence

from .corpus_rows import SourceRow


MIN_OUT_OF_DOMAIN_SYMBOLS = 50
"""Shortest out-of-domain text, in phoneme symbols (spec/training.md, Data)."""

# A speaker with fewer rows gives none to validation.
_FEWEST_ROWS = 10


def validation_numbers(rows: Sequence[SourceRow], share: float, seed: int) -> set[int]:
    """Numbers of the rows that are kept for validation: a share of every speaker's, at least one of ten.

    A row's lot depends on seed, speaker and recording alone, so that most stay where they are when a corpus grows.
    """
    by_speaker: dict[str, list[SourceRow]] = {}
    for row in rows:
        by_speaker.setdefault(row.speaker, []).append(row)
    chosen: set[int] = set()
    if share == 0:
        return chosen
    for speaker_rows in by_speaker.values():
        count = round(share * len(speaker_rows))
        if len(speaker_rows) >= _FEWEST_ROWS:
            count = max(count, 1)
        drawn = sorted(speaker_rows, key=lambda row: (_lot(row, seed), row.number))
        chosen.update(row.number for row in drawn[:count])
    return chosen


def _lot(row: SourceRow, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}\n{row.speaker}\n{row.audio}".encode(), digest_size=8).digest()


def out_of_domain_texts(phonemes: Iterable[str], longest: int) -> list[str]:
    """Texts of at least 50 symbols and at most `longest`: short ones are joined with those behind them.

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
