# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Lists of texts to speak: Parquet, CSV, TSV, JSON lines, plain text, and data sets of `datasets`."""

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.preparation.table_columns import known_columns
from ...utils.damaged_files import reading
from ...utils.hub_access import first_line, hub_errors
from ...utils.wording import shortened
from .packages import import_datasets, import_parquet


SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl", ".txt")
"""Kinds of files that are read."""

_ID_COLUMNS = ("id", "utterance_id", "utt_id", "key", "name")
_VOICE_COLUMNS = ("voice", "声")
_ADVICE = "write the list again, in UTF-8"


@dataclass(frozen=True)
class BulkRow:
    """A text to speak.

    Args:
        number: of the row in its list, from 1.
        id: unique in the list; the row's number where the list has no ids.
        text: Japanese, or phonemes.
        voice: a named voice; None for that of the run.
    """

    number: int
    id: str
    text: str
    voice: str | None = None


@dataclass(frozen=True)
class RejectedRow:
    """A row that is not spoken, and why.

    Args:
        number: of the row in its list, from 1.
        id: as it is written.
        reason: a sentence.
    """

    number: int
    id: str
    reason: str


@dataclass(frozen=True)
class ColumnNames:
    """Columns that the user names; those without a name are found by the usual names."""

    text: str | None = None
    id: str | None = None
    voice: str | None = None


@dataclass
class RowList:
    """The rows of a list in their order, and those that cannot be spoken."""

    rows: list[BulkRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)

    def digest(self) -> str:
        """Hash the list: ids, texts and voices in their order."""
        digest = hashlib.blake2b(digest_size=16)
        for row in self.rows:
            digest.update(json.dumps([row.number, row.id, row.text, row.voice]).encode())
        for rejected in self.rejected:
            digest.update(json.dumps([rejected.number, rejected.id, rejected.reason]).encode())
        return digest.hexdigest()


def read_rows(source: str | os.PathLike, columns: ColumnNames | None = None, split: str = "train") -> RowList:
    """Read a list of texts.

    Plain text has a text in every line; empty lines are passed over, and the number of the line is the id. Tables have
    a column of texts, and may have columns of ids and voices.

    Args:
        source: a file with one of `SUFFIXES`, a folder with a data set, or the id of one on the hub.
        columns: names of columns.
        split: of a data set.

    Raises:
        FileNotFoundError, ConnectionError: when there is no such list.
        ValueError: for another kind of file, a damaged one, one without texts, or a column that is missing.
        ImportError: without the packages that read it.
    """
    columns = columns or ColumnNames()
    path = Path(source)
    found = RowList()
    if path.suffix.lower() == ".txt" and path.is_file():
        _read_lines(path, found)
    else:
        _read_records(_records(path, os.fspath(source), split), columns, os.fspath(source), found)
    if not found.rows and not found.rejected:
        raise ValueError(f"the list '{source}' has no rows: give it at least one text")
    return found


def _read_lines(path: Path, found: RowList) -> None:
    with reading(path, _ADVICE), path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if text := line.strip():
                found.rows.append(BulkRow(number, str(number), text))


def _records(path: Path, name: str, split: str) -> Iterator[Mapping[str, Any] | str]:
    """The rows of a table; of one that cannot be read, why."""
    if path.is_dir() or not (path.is_file() or path.suffix.lower() in SUFFIXES):
        return _data_set(path, name, split)
    if not path.is_file():
        raise FileNotFoundError(f"there is no list '{path}'")
    kind = path.suffix.lower()
    if kind == ".parquet":
        return _parquet(path)
    if kind in (".csv", ".tsv"):
        return _csv(path, "\t" if kind == ".tsv" else ",")
    if kind == ".jsonl":
        return _json_lines(path)
    raise ValueError(f"cannot read '{path}' as a list: its name must end in {', '.join(SUFFIXES)}")


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    parquet = import_parquet()
    with reading(path, _ADVICE):
        file = parquet.ParquetFile(path)
    for batch in file.iter_batches():
        yield from batch.to_pylist()


def _csv(path: Path, delimiter: str) -> Iterator[Mapping[str, Any] | str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=delimiter, restkey="", strict=True)
        while True:
            try:
                with reading(path, _ADVICE, errors=(csv.Error, UnicodeDecodeError)):
                    row = next(rows)
            except StopIteration:
                return
            yield "it has more cells than the header" if "" in row else row


def _json_lines(path: Path) -> Iterator[Mapping[str, Any] | str]:
    with reading(path, _ADVICE, errors=(UnicodeDecodeError,)), path.open(encoding="utf-8-sig") as file:
        for line in file:
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            yield record if isinstance(record, dict) else f"it is no JSON object: {shortened(line.strip())}"


def _data_set(path: Path, name: str, split: str) -> Iterator[Mapping[str, Any]]:
    datasets = import_datasets()
    try:
        is_saved = (path / "state.json").is_file() or (path / "dataset_dict.json").is_file()
        loaded = datasets.load_from_disk(name) if is_saved else datasets.load_dataset(name, split=split)
    except (*hub_errors(), datasets.exceptions.DatasetsError) as error:
        raise ConnectionError(
            f"there is no list '{name}' here, and no data set of this name can be read ({first_line(error)}): check "
            "the name and the connection"
        ) from error
    if isinstance(loaded, datasets.DatasetDict):
        if split not in loaded:
            raise ValueError(f"the data set '{name}' has no `split` '{split}'; it has {', '.join(loaded)}")
        loaded = loaded[split]
    # Recordings and pictures in it are not decoded for their texts.
    plain = [column for column, kind in loaded.features.items() if isinstance(kind, datasets.Value)]
    return iter(loaded.select_columns(plain))


def _read_records(
    records: Iterable[Mapping[str, Any] | str], columns: ColumnNames, source: str, found: RowList
) -> None:
    names: dict[str, str] | None = None
    seen: set[str] = set()
    for number, record in enumerate(records, start=1):
        if isinstance(record, str):
            found.rejected.append(RejectedRow(number, str(number), record))
            continue
        if names is None:
            names = _find_columns(list(record), columns, source)
        row = _row(number, record, names)
        if row.id in seen:
            found.rejected.append(RejectedRow(number, row.id, f"the id '{row.id}' is that of an earlier row"))
        elif not row.text:
            found.rejected.append(RejectedRow(number, row.id, "it has no text"))
        else:
            found.rows.append(row)
        seen.add(row.id)


def _find_columns(present: Sequence[str], columns: ColumnNames, source: str) -> dict[str, str]:
    """The column of text, and those of id and voice where the list has them, by field."""
    usual = {"text": known_columns(list(present)).get("text")}
    for name, known in (("id", _ID_COLUMNS), ("voice", _VOICE_COLUMNS)):
        usual[name] = next((column for column in known if column in present), None)
    found = {}
    for name, column in usual.items():
        wanted = getattr(columns, name)
        if wanted is not None and wanted not in present:
            raise ValueError(f"the list '{source}' has no column '{wanted}'; it has {', '.join(present)}")
        chosen = wanted or column
        if chosen:
            found[name] = chosen
    if "text" not in found:
        raise ValueError(
            f"the list '{source}' has no column for the text; it has {', '.join(present)}: name one (`text_column`)"
        )
    return found


def _row(number: int, record: Mapping[str, Any], names: Mapping[str, str]) -> BulkRow:
    values = {name: record.get(column) for name, column in names.items()}
    cells = {name: "" if value is None else str(value).strip() for name, value in values.items()}
    return BulkRow(number, cells.get("id") or str(number), cells["text"], cells.get("voice") or None)


__all__ = ["SUFFIXES", "BulkRow", "ColumnNames", "RejectedRow", "RowList", "read_rows"]
