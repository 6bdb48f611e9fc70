# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The frozen tables of readings."""

import re

import pytest

from transformers_tsukasa.text.tables import rows


@pytest.mark.parametrize("name", ["reading_words.tsv", "reading_extra.tsv", "reading_verbs.tsv", "heteronyms.tsv"])
def test_tables_hold_kana_readings_and_no_word_twice(name):
    entries = [row for row in rows(name, 3) if not row[0].startswith("@")]
    column = 2 if name == "heteronyms.tsv" else 1
    wrong = [row for row in entries if not re.fullmatch("(=|[ァ-ヴー]+(/[ァ-ヴー]+)*)", row[column])]
    assert not wrong
    if name != "heteronyms.tsv":
        assert len({row[0] for row in entries}) == len(entries)
