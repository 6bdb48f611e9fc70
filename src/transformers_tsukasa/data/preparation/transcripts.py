# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Transcripts in the usual formats: `|`-separated lists, CSV, TSV and JSON, in UTF-8 or the encodings of Windows."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...text.phonemes.symbols import is_in_inventory
from .corpus_rows import Note, SourceRow


FORMATS = ("auto", "ljspeech", "list", "phoneme-list", "csv", "tsv", "jsonl", "json")
"""`ljspeech`: id|text or id|text|normalised text. `list`: file|text|speaker; `phoneme-list`: file|phonemes|speaker,
the lists of the published system, whose speaker may be left out. The others have named columns; `json` is an array of
objects, `jsonl` has one object per line."""

FIELDS = ("audio", "text", "phonemes", "speaker", "description")

# Column names that are recognised, the most reliable first.
_KNOWN_COLUMNS = {
    "audio": ("audio", "file_name", "file", "filename", "path", "audio_path", "audio_file", "wav", "wav_path"),
    "text": ("text", "transcript", "transcription", "sentence", "normalized_text"),
    "phonemes": ("phonemes", "phones", "ipa"),
    "speaker": ("speaker", "speaker_id", "speaker_name", "client_id"),
    "description": ("description", "prompt", "caption", "style"),
}
_AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".opus", ".m4a", ".aac", ".aif", ".aiff")
_LINE_END = re.compile(r"\r\n|\r|\n")
_JAPANESE = re.compile(r"[ぁ-ヿ㐀-鿿々]")
# Share of the lines that must look like a format for a transcript to have it.
_MOST = 0.9


@dataclass(frozen=True)
class Transcript:
    """The rows of a transcript, and notes on lines that are not rows."""

    rows: list[SourceRow]
    rejected: list[Note]
    format: str


def read_transcript(
    path: Path, format: str = "auto", encoding: str = "auto", columns: Mapping[str, str] | None = None
) -> Transcript:
    """Read a transcript.

    Args:
        path: the file.
        format: one of `FORMATS`; "auto" recognises it by suffix and content.
        encoding: of the file; "auto" tries UTF-8 (with or without a byte order mark), UTF-16 with one, and cp932.
        columns: names of columns where they are not the usual ones, e.g. `{"text": "sentence"}`; the fields are
            audio, text, phonemes, speaker and description.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for an encoding that does not fit, missing columns, two columns of one name, a file without a
            single row, and a recording in place of a transcript.
    """
    if path.suffix.lower() in _AUDIO_SUFFIXES:
        raise ValueError(
            f"'{path}' is a recording, not a transcript: give the list that names recordings and texts, or its folder"
        )
    if format not in FORMATS:
        raise ValueError(f"unknown transcript format '{format}': choose one of {', '.join(FORMATS)}")
    for field in columns or {}:
        if field not in FIELDS:
            raise ValueError(f"unknown field '{field}': columns can be named for {', '.join(FIELDS)}")
    lines = split_lines(decode_text(path, encoding))
    if not any(line.strip() for line in lines):
        raise ValueError(f"the transcript '{path}' is empty")
    if format == "auto":
        format = _guess_format(path, lines)
    if format in ("ljspeech", "list", "phoneme-list"):
        rows, rejected = _read_list(lines, format)
    else:
        unit = "entry" if format == "json" else "line"
        rows, rejected = _read_table(_records(lines, format, path), columns or {}, path, unit)
    if not rows:
        first = f"; the first line: {rejected[0].message}" if rejected else ""
        raise ValueError(f"the transcript '{path}' has no row that can be used, read as '{format}'{first}")
    if format in ("list", "phoneme-list"):
        _check_speakers(rows, path)
    return Transcript(rows, rejected, format)


def decode_text(path: Path, encoding: str = "auto") -> str:
    """Decode a text file.

    Args:
        path: the file.
        encoding: see `read_transcript`.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file is not in the encoding, or the encoding is unknown.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'")
    data = path.read_bytes()
    if encoding == "auto":
        marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        candidates = ["utf-16"] if marked else ["utf-8-sig", "cp932"]
    else:
        candidates = [encoding]
    for candidate in candidates:
        try:
            return data.decode(candidate).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ValueError(f"unknown encoding '{encoding}': Japanese files are mostly utf-8 or cp932") from error
    raise ValueError(f"'{path}' is not written in {' or '.join(candidates)}: name its encoding in `encoding`")


def split_lines(text: str) -> list[str]:
    """The lines of a text; unlike `str.splitlines`, only at line ends and not at the rarer separators inside text."""
    return _LINE_END.split(text)


def _guess_format(path: Path, lines: list[str]) -> str:
    suffix = path.suffix.lower()
    filled = [line for line in lines if line.strip()]
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    if suffix == ".json":
        return "json" if filled[0].lstrip().startswith("[") else "jsonl"
    # LJSpeech calls its list metadata.csv.
    if sum("|" in line for line in filled) >= _MOST * len(filled):
        return _guess_list(filled)
    if suffix == ".tsv" or "\t" in filled[0]:
        return "tsv"
    if suffix == ".csv" or "," in filled[0]:
        return "csv"
    raise ValueError(
        f"cannot recognise the format of '{path}': its columns must be separated by |, tabs or commas (by ; with a "
        "header and `format=csv`), or it must be JSONL"
    )


def _guess_list(filled: list[str]) -> str:
    cells = [line.split("|") for line in filled]
    with_suffix = sum(row[0].strip().lower().endswith(_AUDIO_SUFFIXES) for row in cells)
    are_phonemes = sum(bool(row[1].strip()) and is_in_inventory(row[1].strip()) for row in cells if len(row) > 1)
    japanese = sum(bool(_JAPANESE.search(row[1])) for row in cells if len(row) > 1)
    if with_suffix < _MOST * len(cells):
        return "ljspeech"
    return "phoneme-list" if are_phonemes > 0 and japanese <= (1 - _MOST) * len(cells) else "list"


def _read_list(lines: list[str], format: str) -> tuple[list[SourceRow], list[Note]]:
    rows: list[SourceRow] = []
    rejected: list[Note] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("|")]
        audio, second, third = (*cells, "", "")[:3]
        if len(cells) not in (2, 3):
            message = f"line {number} has {len(cells)} column(s) between | signs, not 2 or 3"
            rejected.append(Note(number, audio, "bad_row", message))
        elif not audio:
            rejected.append(Note(number, "", "bad_row", f"line {number} names no audio file"))
        elif format == "ljspeech":
            rows.append(SourceRow(number, audio, text=third or second))
        elif format == "list":
            rows.append(SourceRow(number, audio, text=second, speaker=third))
        else:
            rows.append(SourceRow(number, audio, phonemes=second, speaker=third))
    return rows, rejected


def _check_speakers(rows: list[SourceRow], path: Path) -> None:
    """Refuse a third column that differs on every line and reads as Japanese: it does not name speakers."""
    speakers = {row.speaker for row in rows if row.speaker}
    if len(speakers) > 3 and len(speakers) > len(rows) // 2 and sum(map(_is_sentence, speakers)) > len(speakers) // 2:
        raise ValueError(
            f"the third column of '{path}' reads like text and not like speakers: if its lines are id|text|normalised "
            "text, set `format=ljspeech`"
        )


def _is_sentence(cell: str) -> bool:
    return len(cell) > 8 and bool(_JAPANESE.search(cell))


def _records(lines: list[str], format: str, path: Path) -> Iterator[tuple[int, dict | str]]:
    """Number and record of every row; a string in place of a record describes what is wrong with it."""
    if format == "jsonl":
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, _json_record(line)
    elif format == "json":
        for number, record in enumerate(_json_array("\n".join(lines), path), 1):
            yield number, _json_object(record)
    else:
        yield from _cell_records(lines, format, path)


def _cell_records(lines: list[str], format: str, path: Path) -> Iterator[tuple[int, dict | str]]:
    header: list[str] | None = None
    for number, cells in _cells(lines, format, path):
        if header is None:
            header = [name.strip() for name in cells]
            twice = [name for place, name in enumerate(header) if name and name in header[:place]]
            if twice:
                raise ValueError(f"'{path}' has two columns named '{twice[0]}': rename or remove one of them")
        elif len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        else:
            yield number, f"it has {len(cells)} columns where the header has {len(header)}"


def _cells(lines: list[str], format: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """First line and cells of every row, empty lines left out."""
    text = io.StringIO("\n".join(lines))
    header = next(line for line in lines if line.strip())
    if format == "tsv":
        reader = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
    elif ";" in header and "," not in header:  # spreadsheets of countries with a decimal comma
        reader = csv.reader(text, delimiter=";")
    else:
        reader = csv.reader(text)
    first = 1
    try:
        for cells in reader:
            # A cell in quotes may span several lines; a row of delimiters alone is a row.
            if len(cells) > 1 or "".join(cells).strip():
                yield first, cells
            first = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"'{path}', line {reader.line_num}: not a table in {format} ({error})") from error


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


def find_columns(present: list[str], columns: Mapping[str, str], where: str) -> dict[str, str]:
    """Find the column of every field.

    Args:
        present: names of the columns.
        columns: the columns that the user named, by field.
        where: the table of the columns, for messages.

    Returns:
        The name of the column by field, for the fields that have one.

    Raises:
        ValueError: when a named column is missing, or there is none with audio, or none with text or phonemes.
    """
    lower = {name.lower().lstrip("\ufeff"): name for name in reversed(present)}
    found = {}
    for field in FIELDS:
        if field in columns:
            if columns[field] not in present:
                raise ValueError(f"{where} has no column '{columns[field]}'; it has {', '.join(present)}")
            found[field] = columns[field]
        else:
            known = [lower[name] for name in _KNOWN_COLUMNS[field] if name in lower]
            found.update({field: known[0]} if known else {})
    if "audio" not in found or ("text" not in found and "phonemes" not in found):
        missing = "audio" if "audio" not in found else "text"
        raise ValueError(
            f"{where} has no column for the {missing}; it has {', '.join(present)}: name one in `columns`, "
            f"e.g. {missing}={present[0] if present else 'NAME'}"
        )
    return found


def row_reader(names: Mapping[str, str]) -> Callable[[int, Mapping], SourceRow]:
    """Make a function from a row's number and record to a `SourceRow`; a field without a value is an empty string."""

    def to_row(number: int, record: Mapping) -> SourceRow:
        values: dict[str, Any] = {field: record.get(column) for field, column in names.items()}
        if isinstance(values["audio"], Mapping):  # as `datasets` writes it; JSON cannot hold the bytes
            values["audio"] = values["audio"].get("path")
        return SourceRow(number, **{field: "" if v is None else str(v).strip() for field, v in values.items()})

    return to_row
