# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json

from transformers_tsukasa.cli.main import main


def write_lines(path, *lines):
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def test_every_source_has_a_row_and_a_file_of_errors(tmp_path, capsys):
    path = write_lines(
        tmp_path / "lines.jsonl",
        {"text": "日本だ", "source": "A", "human_kana": "ニッポンダ"},
        {"text": "犬だ", "source": "B", "human_kana": "イヌダ"},
    )
    assert main(["evaluate-readings", path, "--errors", str(tmp_path / "errors")]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [
        ["A", "1", "0.00", "40.000", "100.00", "0.000"],
        ["B", "1", "100.00", "0.000", "100.00", "0.000"],
    ]
    assert "日本だ" in (tmp_path / "errors" / "A__kana.txt").read_text(encoding="utf-8")
    assert (tmp_path / "errors" / "B__kana.txt").read_text(encoding="utf-8") == ""


def test_files_that_cannot_be_scored_get_a_sentence(tmp_path, capsys):
    path = write_lines(tmp_path / "lines.jsonl", {"text": "犬だ"})
    assert main(["evaluate-readings", path]) == 1
    assert "no line has a 'human_kana'" in capsys.readouterr().err
    assert main(["evaluate-readings", str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl" in capsys.readouterr().err
