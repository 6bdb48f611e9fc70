# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings that are one word in two forms (日本: ニホン, ニッポン): an error only for one who copies a recording.

Two readings are variants where a dictionary says so: one entry of JMdict has both for one writing, or one lemma of
UniDic has both as forms (scripts/build_reading_tables.py). Two entries are two words (市場: イチバ, シジョウ), and to
take one for the other is an error.
"""

from functools import lru_cache

from ..phonemes.morae import comparable_morae, to_katakana
from ..tables import rows


_TABLES = ("jmdict/variants.tsv.gz", "unidic_variants.tsv.gz")


@lru_cache(maxsize=1)
def _groups() -> dict[str, list[tuple[str, ...]]]:
    """Base form -> groups of readings that are variants of each other."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for table in _TABLES:
        for written, readings in rows(table, 2):
            groups.setdefault(written, []).append(tuple(readings.split("/")))
    return groups


def reading_variants(written: str, base: str, kana: str) -> list[str]:
    """The readings that are as good as `kana` for a word.

    Args:
        written: the word as it stands in a text.
        base: its base form, the same for a word that does not inflect.
        kana: its reading as it stands, katakana.
    """
    forms = [(written, "", "")]
    stem = base[:-1]
    if stem and base != written and written.startswith(stem):
        forms.append((base, to_katakana(base[len(stem) :]), to_katakana(written[len(stem) :])))
    own = comparable_morae(kana)
    found: dict[str, None] = {}
    for form, ending, tail in forms:
        for group in _groups().get(form, ()):
            spoken = [reading[: len(reading) - len(ending)] + tail for reading in group]
            if any(comparable_morae(reading) == own for reading in spoken):
                found.update({reading: None for reading in spoken if comparable_morae(reading) != own})
    return list(found)
