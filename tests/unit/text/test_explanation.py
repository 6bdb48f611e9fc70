# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Explanations: how words came to their readings."""

import os
import subprocess
import sys

from transformers_tsukasa.text import explain, format_table
from transformers_tsukasa.utils.wording import display_width


def test_explanation_has_a_row_per_word_and_marks_doubt():
    rows = explain("上手な人")
    assert [row.word for row in rows] == ["上手", "な", "人"]
    assert rows[0].reading == "ジョウズ"
    lines = format_table(rows).splitlines()
    assert lines[0].split()[:2] == ["word", "reading"]
    assert len(lines) == 4


def test_rare_kanji_are_read_and_marked():
    rows = explain("齉を見た")
    assert rows[0].word == "齉"
    assert rows[0].reading != "(not read)"
    assert not rows[0].confident


def test_columns_of_a_table_line_up_in_a_terminal():
    header, *lines = format_table(explain("玩具とABCを待つ")).splitlines()
    place = header.index("reading")
    assert len(lines) > 3
    for line, row in zip(lines, explain("玩具とABCを待つ"), strict=True):
        before, _, _ = line.partition(f" {row.reading}")
        assert display_width(before) + 1 == place


def test_an_explanation_is_the_same_in_every_process():
    """Alternatives of equal length came in the order of a set, which Python shuffles in every process."""
    code = "from transformers_tsukasa.text import explain; print(ascii(explain('主を待つ、端で待つ')))"
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(shown) == 1
