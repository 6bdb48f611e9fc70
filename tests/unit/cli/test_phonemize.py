# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import sys

from transformers_tsukasa.cli.main import main


def test_phonemize_prints_phonemes_kana_and_explanations(capsys, monkeypatch):
    assert main(["phonemize", "犬が"]) == 0
    assert capsys.readouterr().out == "inɯ ga\n"
    assert main(["phonemize", "--kana", "私は学生です。"]) == 0
    assert capsys.readouterr().out.startswith("ワタシワガクセ")
    assert main(["phonemize", "--explain", "下の方"]) == 0
    assert "下" in capsys.readouterr().out
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO("一行目。\n\n二行目。\n".encode()), encoding="utf-8")
    )
    assert main(["phonemize", "-"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
