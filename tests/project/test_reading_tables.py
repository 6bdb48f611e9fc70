# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The scripts that make the tables of readings."""

import os
import subprocess
import sys
from pathlib import Path

from support.script_modules import ROOT, import_script
from transformers_tsukasa.text.tables import rows


def entry(pos: str, base: str, reading: str, accent: int, cost: int) -> tuple[int, list[str]]:
    """A word of the analysis' dictionary: its cost and features."""
    return cost, [pos, "一般", "*", "*", "*", "*", base, reading, reading, f"{accent}/3", "C1"]


def test_accents_are_those_of_the_cheapest_entry_with_the_reading():
    script = import_script("build_heteronym_accents")
    accents = script.collect(
        iter(
            [
                entry("名詞", "人気", "ヒトケ", 0, 900),
                entry("名詞", "人気", "ヒトケ", 3, 200),
                entry("名詞", "人気", "ジンキ", 1, 100),  # the table has no such reading
                entry("動詞", "開く", "ヒライ", 2, 300),
                (50, ["名詞", "一般"]),  # too short to have an accent
            ]
        )
    )
    assert accents == {("人気", "ヒトケ"): 3, ("開く", "ヒライ"): 2}


def test_the_tables_of_english_are_built(tmp_path: Path):
    sounds = tmp_path / "cmudict.dict"
    sounds.write_text(
        "hello HH AH0 L OW1\ncomputer K AH0 M P Y UW1 T ER0\nzorbit Z AO1 R B IH0 T\nzorbits Z AO1 R B IH0 T S\n"
    )
    command = [sys.executable, str(ROOT / "scripts" / "english_lexicon" / "build.py"), str(sounds)]
    subprocess.run([*command, "--output", str(tmp_path)], check=True, env=dict(os.environ))
    english = (tmp_path / "english.tsv").read_text(encoding="utf-8").splitlines()
    packaged = {tuple(row) for row in rows("english.tsv", 3)}
    # Most words have one katakana in the dictionary; for the others the sounds of the complete file would choose.
    assert sum(tuple(line.split("\t")) in packaged for line in english) > 15_000
    assert (tmp_path / "english_letters.tsv").stat().st_size > 100


def test_the_tables_are_written_where_the_package_reads_them():
    sys.path.insert(0, str(ROOT / "scripts" / "english_lexicon"))
    try:
        folder = import_script("build").DATA
    finally:
        sys.path.remove(str(ROOT / "scripts" / "english_lexicon"))
    assert (folder / "english.tsv").is_file()
