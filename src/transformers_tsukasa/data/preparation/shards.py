# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The columns of a prepared corpus, and its shards: Arrow files that appear whole, with a record of what became of
every row. `datasets.load_from_disk` opens the folder that they end up in, mapped into memory and not read.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...utils.atomic_files import atomic_file, write_text
from ...utils.damaged_files import read_json
from ..datasets_package import import_datasets
from .corpus_rows import Note, RowRejected, SourceRow
from .row_preparation import PreparedRow, RowPreparer


# Rows that are held in memory before they are written: 20 MB or so of audio and features.
_ROWS_PER_BATCH = 16


def corpus_features():
    """The columns of a prepared corpus, as `datasets.Features`.

    `audio` is FLAC at the model's rate, without the silent padding. `log_mel` (frames x bins, one row behind the
    other, float16), `f0` (Hz, 0 is unvoiced) and `energy` are those of the padded waveform, `num_frames` mel frames.
    `num_tokens` counts the phoneme symbols and a pad at both ends.
    """
    datasets = import_datasets()
    value, many = datasets.Value, datasets.List
    return datasets.Features(
        {
            "id": value("string"),
            "audio": datasets.Audio(decode=False),
            "text": value("string"),
            "phonemes": value("string"),
            "speaker": value("string"),
            "speaker_id": value("int32"),
            "description": value("string"),
            "num_frames": value("int32"),
            "num_tokens": value("int32"),
            "seconds": value("float32"),
            "log_mel": many(value("float16")),
            "f0": many(value("float32")),
            "energy": many(value("float32")),
        }
    )


@dataclass(frozen=True)
class ShardTask:
    """Some rows of a split, which become one file."""

    split: str
    index: int
    count: int  # shards of the split
    rows: Sequence[SourceRow]

    @property
    def data_name(self) -> str:
        """Name of the Arrow file in the split's folder."""
        return f"data-{self.index:05d}-of-{self.count:05d}.arrow"


@dataclass
class ShardResult:
    """What became of the rows of a shard; written as JSON beside it."""

    rejected: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    speakers: dict[str, list[float]] = field(default_factory=dict)  # utterances, seconds
    seconds: list[float] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)  # mel frames per phoneme symbol
    voiced_frames: int = 0
    frames: int = 0

    def count(self, prepared: PreparedRow) -> None:
        """Counts a row that was taken."""
        values = prepared.values
        utterances, seconds = self.speakers.get(values["speaker"], (0, 0.0))
        self.speakers[values["speaker"]] = [utterances + 1, seconds + values["seconds"]]
        self.seconds.append(round(values["seconds"], 3))
        self.paces.append(round(prepared.frames_per_token, 2))
        self.notes.extend(prepared.notes)
        self.voiced_frames += int((values["f0"] > 0).sum())
        self.frames += values["num_frames"]


def result_path(work: Path, task: ShardTask) -> Path:
    """Where the record of a finished shard lies; it is there only when the shard is."""
    return work / "finished" / f"{task.split}-{task.index:05d}.json"


def read_result(path: Path) -> ShardResult:
    """The record of a finished shard."""
    values = read_json(path, "remove it and give the same command again")
    for name in ("rejected", "notes"):
        values[name] = [Note(**note) for note in values[name]]
    return ShardResult(**values)


def write_shard(preparer: RowPreparer, task: ShardTask, speaker_ids: dict[str, int], work: Path) -> None:
    """Prepares the rows of a shard and writes it, then its record. Both appear whole; without the second the first
    does not count.
    """
    result = ShardResult()
    _write_arrow(_prepared_rows(preparer, task.rows, speaker_ids, result), work / task.split / task.data_name)
    write_text(result_path(work, task), json.dumps(asdict(result), ensure_ascii=False))


def _prepared_rows(
    preparer: RowPreparer, rows: Sequence[SourceRow], speaker_ids: dict[str, int], result: ShardResult
) -> Iterator[dict[str, Any]]:
    for row in rows:
        try:
            prepared = preparer(row)
        except RowRejected as error:
            result.rejected.append(Note(row.number, row.audio, error.reason, str(error)))
            continue
        except (ValueError, RuntimeError, ArithmeticError) as error:
            raise RuntimeError(f"row {row.number} ({row.audio}) could not be prepared: {error}") from error
        result.count(prepared)
        yield {**prepared.values, "speaker_id": speaker_ids[prepared.values["speaker"]]}


def _write_arrow(rows: Iterator[dict[str, Any]], path: Path) -> None:
    import pyarrow

    schema = corpus_features().arrow_schema
    with atomic_file(path) as partial:
        with pyarrow.OSFile(str(partial), "wb") as file, pyarrow.ipc.new_stream(file, schema) as writer:
            batch: list[dict[str, Any]] = []
            for row in rows:
                batch.append(row)
                if len(batch) == _ROWS_PER_BATCH:
                    writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
                    batch = []
            if batch:
                writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))


def write_dataset_folder(folder: Path, split: str, data_names: Sequence[str], fingerprint: str) -> None:
    """Writes what `datasets.load_from_disk` needs beside the Arrow files of a split."""
    state = {
        "_data_files": [{"filename": name} for name in data_names],
        "_fingerprint": fingerprint,
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": split,
    }
    write_text(folder / "state.json", json.dumps(state, indent=2))
    write_text(
        folder / "dataset_info.json",
        json.dumps(asdict(import_datasets().DatasetInfo(features=corpus_features())), indent=2),
    )
