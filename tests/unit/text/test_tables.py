# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The frozen tables of readings."""

import re

import pytest

from transformers_tsukasa.text.tables import lines, rows


@pytest.mark.parametrize("name", ["reading_words.tsv", "reading_extra.tsv", "reading_verbs.tsv", "heteronyms.tsv"])
def test_tables_hold_kana_readings_and_no_word_twice(name):
    entries = [row for row in rows(name, 3) if not row[0].startswith("@")]
    column = 2 if name == "heteronyms.tsv" else 1
    wrong = [row for row in entries if not re.fullmatch("(=|[ァ-ヴー]+(/[ァ-ヴー]+)*)", row[column])]
    assert not wrong
    if name != "heteronyms.tsv":
        assert len({row[0] for row in entries}) == len(entries)


def test_tables_are_read_without_comments_and_with_all_columns():
    assert all(line and not line.startswith("#") for line in lines("latin_words.txt"))
    assert {len(row) for row in rows("counters.tsv", 5)} == {5}
    assert any(row[4] == "" for row in rows("counters.tsv", 5)), "a missing field is empty"


def test_packed_tables_are_unpacked():
    table = rows("english_sounds.tsv.gz", 2)
    assert len(table) > 80_000
    assert ["'cause", "カズ"] in table
