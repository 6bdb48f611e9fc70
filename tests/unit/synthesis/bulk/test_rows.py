# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json

import pytest

from transformers_tsukasa.synthesis.bulk.rows import BulkRow, ColumnNames, read_rows


RECORDS = [
    {"id": "a", "text": "はい。", "voice": "mei"},
    {"id": "b", "text": "いいえ、\n違います。", "voice": ""},
    {"id": "a", "text": "また。", "voice": ""},
    {"id": "", "text": "そう。", "voice": ""},
    {"id": "c", "text": " ", "voice": ""},
]
ROWS = [BulkRow(1, "a", "はい。", "mei"), BulkRow(2, "b", "いいえ、\n違います。"), BulkRow(4, "4", "そう。")]
REASONS = [(3, "the id 'a' is that of an earlier row"), (5, "it has no text")]


def _write(path, records):
    if path.suffix == ".jsonl":
        path.write_text("\n\n".join(json.dumps(record) for record in records), encoding="utf-8-sig")
    elif path.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pytest.importorskip("pyarrow").Table.from_pylist(records), path)
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        cells = [list(RECORDS[0]), *(list(record.values()) for record in records)]
        text = "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in cells)
        path.write_text(text, encoding="utf-8-sig", newline="")
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_every_kind_of_table_is_read_alike(tmp_path, kind):
    found = read_rows(_write(tmp_path / f"list.{kind}", RECORDS))
    assert found.rows == ROWS and [(row.number, row.reason) for row in found.rejected] == REASONS


def test_a_saved_data_set_is_read_alike(tmp_path):
    datasets = pytest.importorskip("datasets")
    table = datasets.Dataset.from_list(RECORDS)
    datasets.DatasetDict({"test": table}).save_to_disk(str(tmp_path / "set"))
    found = read_rows(tmp_path / "set", split="test")
    assert found.rows == ROWS and found.digest() == read_rows(_write(tmp_path / "list.jsonl", RECORDS)).digest()
    with pytest.raises(ValueError, match="has no `split` 'train'; it has test"):
        read_rows(tmp_path / "set")


def test_lines_of_text_have_their_numbers(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffはい。\r\n\r\n いいえ。\n".encode())
    assert read_rows(tmp_path / "a.txt").rows == [BulkRow(1, "1", "はい。"), BulkRow(3, "3", "いいえ。")]


def test_numbers_are_ids_and_texts_too(tmp_path):
    _write(tmp_path / "a.jsonl", [{"id": 7, "sentence": 2024, "length": 3}])
    assert read_rows(tmp_path / "a.jsonl").rows == [BulkRow(1, "7", "2024")]


def test_columns_can_be_named(tmp_path):
    path = _write(tmp_path / "a.jsonl", [{"text": "x", "line": "はい。", "mora": "ハイ", "who": "mei"}])
    found = read_rows(path, ColumnNames(text="line", id="mora", voice="who"))
    assert found.rows == [BulkRow(1, "ハイ", "はい。", "mei")]


def test_rows_that_cannot_be_read_are_listed(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "はい。"}\n{"text": \n["いいえ"]\n', encoding="utf-8")
    found = read_rows(tmp_path / "a.jsonl")
    assert [row.text for row in found.rows] == ["はい。"]
    assert [row.reason for row in found.rejected] == [
        'it is no JSON object: {"text":',
        'it is no JSON object: ["いいえ"]',
    ]
    (tmp_path / "a.csv").write_text("id,text\n1,はい。\n2,そう,だ。\n3\n", encoding="utf-8")
    reasons = [row.reason for row in read_rows(tmp_path / "a.csv").rejected]
    assert reasons == ["it has more cells than the header", "it has no text"]


def test_every_change_of_a_list_changes_its_digest(tmp_path):
    changed = [RECORDS[:4], [*RECORDS[1:], RECORDS[0]], [{**RECORDS[0], "voice": "b"}, *RECORDS[1:]]]
    digests = {
        read_rows(_write(tmp_path / f"{number}.csv", records)).digest()
        for number, records in enumerate([RECORDS, *changed])
    }
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("name", "content", "error", "part"),
    [
        ("a.xlsx", b"", ValueError, "its name must end in .parquet, .csv"),
        ("a.txt", b"\n\n", ValueError, "has no rows"),
        ("a.csv", b"", ValueError, "has no rows"),
        ("a.csv", "名,値\n1,2\n".encode(), ValueError, "has no column for the text; it has 名, 値"),
        ("a.csv", "text\nはい。".encode("cp932"), ValueError, "cannot be read"),
        ("a.txt", "はい。".encode("cp932"), ValueError, "cannot be read"),
        ("a.csv", b'text\n"no end', ValueError, "cannot be read"),
        ("a.parquet", b"PAR1 and nothing else", ValueError, "cannot be read"),
    ],
)
def test_lists_that_cannot_be_read_are_refused(tmp_path, name, content, error, part):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=part):
        read_rows(tmp_path / name)


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no list"):
        read_rows(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="has no column 'words'; it has text"):
        read_rows(_write(tmp_path / "a.jsonl", [{"text": "はい。"}]), ColumnNames(text="words"))
