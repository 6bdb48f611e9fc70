# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Transcripts in the usual formats: `|`-separated lists, CSV, TSV and JSON, in UTF-8 or the encodings of Windows."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...utils.wording import counted
from .audio_names import is_audio_name
from .corpus_rows import Note, SourceRow
from .list_layouts import LAYOUTS, ListLayout, guess_layout, is_japanese_language, named_layout
from .separated_text import read_cells, separator_of
from .table_columns import FIELDS, find_columns, is_header, row_reader
from .text_files import decode_text, split_lines


FORMATS = ("auto", *LAYOUTS, "csv", "tsv", "jsonl", "json")
"""`ljspeech`: id|text or id|text|normalised text. `list`: file|text|speaker; `phoneme-list`: file|phonemes|speaker,
the lists of the published system, whose speaker may be left out. `speaker-list`: file|speaker|text. `esd`:
file|speaker|language|text, and more columns that are not used. The others have named columns; `json` is an array of
objects, `jsonl` has one object per line."""

_JAPANESE = re.compile(r"[ぁ-ヿ㐀-鿿々]")
# Number and cells of a row of a text in columns.
_Cells = tuple[int, list[str]]


@dataclass(frozen=True)
class Transcript:
    """The rows of a transcript, and notes on lines that are not rows.

    Args:
        rows: the rows.
        rejected: notes on lines that are not rows, or not in Japanese.
        format: one of `FORMATS` but "auto".
        understood: how the transcript was read, in words.
    """

    rows: list[SourceRow]
    rejected: list[Note]
    format: str
    understood: str


def read_transcript(
    path: Path, format: str = "auto", encoding: str = "auto", columns: Mapping[str, str] | None = None
) -> Transcript:
    """Read a transcript.

    Args:
        path: the file.
        format: one of `FORMATS`; "auto" recognises it by suffix and content.
        encoding: of the file; "auto" tries UTF-8 (with or without a byte order mark), UTF-16 with one, and cp932.
        columns: names of columns where they are not the usual ones, e.g. `{"text": "sentence"}`; the fields are
            audio, text, phonemes, speaker and description. Columns of a list without a header are named by their
            number: `{"audio": "1", "speaker": "2", "text": "3"}`.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for an encoding that does not fit, missing columns, two columns of one name, columns whose use
            cannot be told, a file without a single row, and a recording in place of a transcript.
    """
    if is_audio_name(path.name):
        raise ValueError(
            f"'{path}' is a recording, not a transcript: give the list that names recordings and texts, or its folder"
        )
    if format not in FORMATS:
        raise ValueError(f"unknown transcript format '{format}': choose one of {', '.join(FORMATS)}")
    columns = columns or {}
    for field in columns:
        if field not in FIELDS:
            raise ValueError(f"unknown field '{field}': columns can be named for {', '.join(FIELDS)}")
    lines = split_lines(decode_text(path, encoding))
    if not any(line.strip() for line in lines):
        raise ValueError(f"the transcript '{path}' is empty")
    if format == "auto":
        format = _guess_json(path, lines) or "auto"
    if format in ("json", "jsonl"):
        unit = "entry" if format == "json" else "line"
        rows, rejected = _read_table(_json_records(lines, format, path), columns, path, unit)
        understood = format
    else:
        cells = list(read_cells(lines, separator := separator_of(lines, format, path), path))
        layout = _list_layout(cells, separator, format, columns, path)
        if layout is None:
            format = "tsv" if separator == "\t" else "csv"
            rows, rejected = _read_table(_cell_records(cells, path), columns, path, "line")
            understood = format
        else:
            format, understood = layout.format, f"{layout.format}: {layout.description}"
            rows, rejected = _read_list(cells, layout)
    if not rows:
        first = f"; the first line: {rejected[0].message}" if rejected else ""
        raise ValueError(f"the transcript '{path}' has no row that can be used, read as '{understood}'{first}")
    return Transcript(rows, rejected, format, understood)


def _guess_json(path: Path, lines: list[str]) -> str | None:
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    if suffix == ".json":
        first = next(line for line in lines if line.strip())
        return "json" if first.lstrip().startswith("[") else "jsonl"
    return None


def _list_layout(
    cells: list[_Cells], separator: str, format: str, columns: Mapping[str, str], path: Path
) -> ListLayout | None:
    """The content of the columns of a list without a header; None for a table with one."""
    first = cells[0][1]
    if format in ("csv", "tsv") or (format == "auto" and _is_table(first, separator, columns)):
        return None
    if columns:
        named = [f"{field}={name}" for field, name in columns.items() if not name.isdigit()]
        if named:
            raise ValueError(f"'{path}' has no header: name its columns by number, such as text=3, and not {named[0]}")
        return named_layout(columns)
    return LAYOUTS.get(format) or guess_layout([row for _, row in cells], f"'{path}'")


def _is_table(first: list[str], separator: str, columns: Mapping[str, str]) -> bool:
    """Whether a first line is a header, or would be one if it had the usual names."""
    if is_header([name.strip() for name in first], columns):
        return True
    if separator in "|: " or any(name.isdigit() for name in columns.values()):
        return False
    is_row = any(map(_JAPANESE.search, first)) and not _JAPANESE.search(first[0])
    return not (is_row or is_audio_name(first[0]))


def _read_list(cells: Iterable[_Cells], layout: ListLayout) -> tuple[list[SourceRow], list[Note]]:
    rows: list[SourceRow] = []
    rejected: list[Note] = []
    for number, row in cells:
        values = dict(zip(layout.columns, (cell.strip() for cell in row), strict=False))
        audio, language = values["audio"], values.get("language", "")
        if not layout.fits(row):
            message = f"line {number} has {counted(len(row), 'column')}, not {layout.expected}"
            rejected.append(Note(number, audio, "bad_row", message))
        elif not audio:
            rejected.append(Note(number, "", "bad_row", f"line {number} names no audio file"))
        elif not is_japanese_language(language):
            message = f"line {number} is in the language '{language}', and only Japanese is read"
            rejected.append(Note(number, audio, "other_language", message))
        else:
            # An empty normalised text leaves the text as it is.
            given = {"text": values.get("normalised text") or values.get("text", "")}
            given |= {field: values[field] for field in ("phonemes", "speaker", "description") if field in values}
            rows.append(SourceRow(number, audio, **given))
    return rows, rejected


def _json_records(lines: list[str], format: str, path: Path) -> Iterator[tuple[int, dict | str]]:
    """Number and record of every row; a string in place of a record describes what is wrong with it."""
    if format == "jsonl":
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, _json_record(line)
    else:
        for number, record in enumerate(_json_array("\n".join(lines), path), 1):
            yield number, _json_object(record)


def _cell_records(rows: list[_Cells], path: Path) -> Iterator[tuple[int, dict | str]]:
    header = [name.strip() for name in rows[0][1]]
    twice = [name for place, name in enumerate(header) if name and name in header[:place]]
    if twice:
        raise ValueError(f"'{path}' has two columns named '{twice[0]}': rename or remove one of them")
    for number, cells in rows[1:]:
        if len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        else:
            yield number, f"it has {counted(len(cells), 'column')} where the header has {len(header)}"


def _json_record(line: str) -> dict | str:
    try:
        return _json_object(json.loads(line))
    except ValueError as error:
        return f"it is not JSON ({error})"


def _json_object(record: Any) -> dict | str:
    return record if isinstance(record, dict) else "it is not a JSON object"


def _json_array(text: str, path: Path) -> list:
    try:
        records = json.loads(text)
    except ValueError as error:
        raise ValueError(f"'{path}' is not JSON ({error})") from error
    if not isinstance(records, list):
        raise ValueError(f"'{path}' is not a JSON array of objects, one for each recording")
    return records


def _read_table(
    records: Iterator[tuple[int, dict | str]], columns: Mapping[str, str], path: Path, unit: str
) -> tuple[list[SourceRow], list[Note]]:
    rows: list[SourceRow] = []
    rejected: list[Note] = []
    to_row: Callable[[int, Mapping], SourceRow] | None = None
    for number, record in records:
        if isinstance(record, str):
            rejected.append(Note(number, "", "bad_row", f"{unit} {number}: {record}"))
            continue
        if to_row is None:
            names = find_columns(list(record), columns, f"the transcript '{path}'")
            to_row = row_reader(names)
        row = to_row(number, record)
        if row.audio:
            rows.append(row)
        else:
            rejected.append(Note(number, "", "bad_row", f"{unit} {number} names no audio file"))
    return rows, rejected


__all__ = ["FORMATS", "Transcript", "read_transcript"]
