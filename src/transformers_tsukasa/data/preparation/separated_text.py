# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text in columns: what separates them, and their cells."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from .audio_names import is_audio_name


# Share of the lines that must have a separator for it to be that of the columns.
_MOST = 0.9
# An id and its text, as JSUT and JVS (a colon) and Kaldi (a space) have them: only the first one separates.
_AFTER_ID = {":": re.compile(r"^([\w.-]+)[:：](.*)"), " ": re.compile(r"^(\S+)[ \u3000]+(.*)")}


def separator_of(lines: list[str], format: str, path: Path) -> str:
    """The character between the columns of a text: one of `| tab , ; : space`.

    Args:
        lines: of the text, one of them not empty.
        format: of the transcript, one of `transcripts.FORMATS`.
        path: of the text, for its suffix and for messages.

    Raises:
        ValueError: when there is none.
    """
    filled = [line for line in lines if line.strip()]
    suffix = path.suffix.lower()
    if format == "tsv":
        return "\t"
    if format == "csv":
        return _separator_of_csv(filled[0])
    # LJSpeech calls its list metadata.csv.
    if sum("|" in line for line in filled) >= _MOST * len(filled):
        return "|"
    if suffix == ".tsv" or "\t" in filled[0]:
        return "\t"
    if format != "auto":
        return "|"
    if suffix != ".csv" and (after_id := _separator_after_id(filled)):
        return after_id
    if suffix == ".csv" or "," in filled[0]:
        return _separator_of_csv(filled[0])
    raise ValueError(
        f"cannot recognise the format of '{path}': its columns must be separated by |, tabs or commas (by ; with a "
        "header and `format=csv`), or it must be JSONL"
    )


def _separator_of_csv(header: str) -> str:
    # Spreadsheets of countries with a decimal comma have semicolons.
    return next((separator for separator in ",;|" if separator in header), ",")


def _separator_after_id(filled: list[str]) -> str | None:
    for separator, pattern in _AFTER_ID.items():
        found = [match for line in filled if (match := pattern.match(line))]
        if len(found) >= _MOST * len(filled) and (separator == ":" or all(is_audio_name(match[1]) for match in found)):
            return separator
    return None


def read_cells(lines: list[str], separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """First line and cells of every row, empty lines left out; quotes are signs only between commas and semicolons.

    Raises:
        ValueError: for quotes that do not end.
    """
    if separator in _AFTER_ID:
        pattern = _AFTER_ID[separator]
        for number, line in enumerate(lines, 1):
            if line.strip():
                match = pattern.match(line)
                yield number, [line] if match is None else [match[1], match[2]]
        return
    reader = csv.reader(
        io.StringIO("\n".join(lines)),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if separator in ",;" else csv.QUOTE_NONE,
    )
    first = 1
    try:
        for cells in reader:
            # A cell in quotes may span several lines; a row of delimiters alone is a row.
            if len(cells) > 1 or "".join(cells).strip():
                yield first, cells
            first = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"'{path}', line {reader.line_num}: not a table ({error})") from error


__all__ = ["read_cells", "separator_of"]
