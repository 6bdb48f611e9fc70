# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Shards of a prepared corpus: Arrow files that appear complete or not at all, each with a record of its rows.

`datasets.load_from_disk` opens the folder with them, mapped into memory and not read. Shards may be written by several
processes, which end when they are told to and when the main process ends.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ...utils.atomic_files import atomic_file, write_text
from ...utils.damaged_files import read_json
from ...utils.worker_pool import WorkerPool, behave_as_worker, loading_again
from ..corpus import import_datasets
from ..corpus_columns import corpus_features
from .corpus_rows import Note, RowRejected, SourceRow
from .row_preparation import PreparedRow, RowPreparer


# Rows that are held in memory before they are written: 20 MB or so of audio and features.
_ROWS_PER_BATCH = 16


@dataclass(frozen=True)
class ShardTask:
    """Rows of a split that become one file."""

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
    """The record of a shard: figures of the rows that were taken, and notes on the others; written as JSON."""

    rejected: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    speakers: dict[str, tuple[int, float]] = field(default_factory=dict)  # utterances, seconds
    seconds: list[float] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)  # mel frames per phoneme symbol
    voiced_frames: int = 0
    frames: int = 0

    def count(self, prepared: PreparedRow) -> None:
        """Count a row that was taken."""
        values = prepared.values
        utterances, seconds = self.speakers.get(values["speaker"], (0, 0.0))
        self.speakers[values["speaker"]] = (utterances + 1, seconds + values["seconds"])
        self.seconds.append(round(values["seconds"], 3))
        self.paces.append(round(prepared.frames_per_token, 2))
        self.notes.extend(prepared.notes)
        self.voiced_frames += int((values["f0"] > 0).sum())
        self.frames += values["num_frames"]


def result_path(work: Path, task: ShardTask) -> Path:
    """Path of the record of a shard; it exists only when the shard is finished."""
    return work / "finished" / f"{task.split}-{task.index:05d}.json"


def read_result(path: Path) -> ShardResult:
    """The record of a finished shard."""
    values = read_json(path, "remove it and give the same command again")
    for name in ("rejected", "notes"):
        values[name] = [Note(**note) for note in values[name]]
    values["speakers"] = {name: tuple(counts) for name, counts in values["speakers"].items()}
    return ShardResult(**values)


@dataclass(frozen=True)
class ShardWriter:
    """Prepares the rows of shards and writes them.

    Args:
        preparer: prepares a row.
        speaker_ids: the id of every speaker.
        work: the folder for the shards.
    """

    preparer: RowPreparer
    speaker_ids: Mapping[str, int]
    work: Path

    def write(self, task: ShardTask) -> int:
        """Write a shard, then its record, without which it does not count; return the number of its rows."""
        result = ShardResult()
        rows = _prepared_rows(self.preparer, task.rows, self.speaker_ids, result)
        _write_arrow(rows, self.work / task.split / task.data_name)
        write_text(result_path(self.work, task), json.dumps(asdict(result), ensure_ascii=False))
        return len(task.rows)

    def write_all(self, tasks: Sequence[ShardTask], workers: int) -> Iterator[int]:
        """Write shards by so many processes, this one if it is one; yield the rows of each that is finished.

        Raises:
            RuntimeError: when a worker process was killed.
        """
        if workers == 1:
            yield from map(self.write, tasks)
            return
        # Every worker gets a preparer without the models that this one has loaded.
        fresh = ShardWriter(RowPreparer(self.preparer.source, self.preparer.settings), self.speaker_ids, self.work)
        pool = WorkerPool(workers, _start_worker, (fresh,))
        remedy = "give the same command again and set `workers` lower; finished shards are kept"
        yield from pool.map_bounded(_write_in_worker, tasks, remedy=remedy)


_worker: dict[str, ShardWriter] = {}


def _start_worker(writer: ShardWriter) -> None:
    behave_as_worker()
    disable_progress_bar()  # the bars of several processes that load would mix
    with loading_again():
        writer.preparer.load()
    _worker["writer"] = writer


def _write_in_worker(task: ShardTask) -> int:
    return _worker["writer"].write(task)


def _prepared_rows(
    preparer: RowPreparer, rows: Sequence[SourceRow], speaker_ids: Mapping[str, int], result: ShardResult
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
    """Write the files that `datasets.load_from_disk` needs beside the Arrow files of a split."""
    state: dict[str, Any] = {
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
