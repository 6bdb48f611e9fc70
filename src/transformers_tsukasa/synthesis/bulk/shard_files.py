# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Shards of spoken rows: Parquet files with the features of `datasets`, each complete or not there.

The rows that could not be spoken are listed in the file's metadata: a shard and its list cannot come apart.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...audio.encoding import encoded_rate
from ...utils.atomic_files import atomic_file, hidden_sibling
from ...utils.damaged_files import reading
from ...utils.file_lock import one_at_a_time
from .packages import import_datasets, import_parquet
from .rows import RejectedRow


DATA_FOLDER = "data"
"""Folder of the shards; `datasets.load_dataset` finds it."""

FORMATS = ("flac", "opus", "mp3", "wav")
"""Formats of the audio in shards."""

_REJECTED_KEY = "rejected_rows"
_ROWS_PER_GROUP = 32  # held in memory before they are written


def shard_path(out: Path, index: int, count: int) -> Path:
    """The place of a shard, by the naming of `datasets`."""
    return out / DATA_FOLDER / f"train-{index:05d}-of-{count:05d}.parquet"


def shard_features(audio_format: str, sampling_rate: int) -> Any:
    """The columns of a shard, as `datasets.Features`.

    `audio` is a file of the format, at the rate closest to the model's. `phonemes` has every symbol that is spoken,
    spaces and marks too, `starts` and `durations` their seconds, and `words` the times of words; `row` is the number
    of the text in its list, and `seed` that of its speech.

    Args:
        audio_format: one of `FORMATS`.
        sampling_rate: of the model, in Hz.

    Raises:
        ValueError: for another format.
        ImportError: without the package datasets.
    """
    if audio_format not in FORMATS:
        raise ValueError(f"there is no `audio_format` '{audio_format}' of shards: use one of {', '.join(FORMATS)}")
    datasets = import_datasets()
    value, many = datasets.Value, datasets.List
    return datasets.Features(
        {
            "id": value("string"),
            "audio": datasets.Audio(sampling_rate=encoded_rate(audio_format, sampling_rate)),
            "text": value("string"),
            "phonemes": value("string"),
            "voice": value("string"),
            "seed": value("int64"),
            "seconds": value("float64"),
            "starts": many(value("float32")),
            "durations": many(value("float32")),
            "words": many({"surface": value("string"), "start": value("float32"), "end": value("float32")}),
            "row": value("int64"),
        }
    )


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold a shard as long as the context lasts, without what a killed process left of it.

    Raises:
        BlockingIOError: when another process writes it.
    """
    with one_at_a_time(hidden_sibling(path, ".lock"), f"another process writes '{path}'"):
        for left in path.parent.glob(f".{path.name}.*.part"):
            left.unlink(missing_ok=True)
        yield


def write_shard(
    path: Path, features: Any, rows: Iterable[dict[str, Any] | RejectedRow], rows_per_group: int = _ROWS_PER_GROUP
) -> None:
    """Write the rows of a shard as they come, a few at a time in memory; the file appears when it is complete.

    Args:
        path: of the file.
        features: from `shard_features`.
        rows: values by column, and rows that could not be spoken.
        rows_per_group: written at a time.

    Raises:
        OSError: when it cannot be written.
    """
    parquet = import_parquet()
    import pyarrow

    schema = features.arrow_schema
    rejected: list[RejectedRow] = []
    with atomic_file(path) as partial, parquet.ParquetWriter(partial, schema) as writer:
        group: list[dict[str, Any]] = []
        for row in rows:
            if isinstance(row, RejectedRow):
                rejected.append(row)
                continue
            group.append(row)
            if len(group) == rows_per_group:
                writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
                group.clear()
        if group:
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
        writer.add_key_value_metadata(
            {_REJECTED_KEY: json.dumps([asdict(row) for row in rejected], ensure_ascii=False)}
        )


def shard_results(path: Path) -> tuple[int, float, list[RejectedRow]]:
    """The number of rows of a shard, their seconds of speech, and the rows that could not be spoken.

    Raises:
        ValueError: when the file is damaged.
    """
    parquet = import_parquet()
    with reading(path, "remove it, and give the same command again"):
        with parquet.ParquetFile(path) as file:
            rejected = json.loads(file.metadata.metadata[_REJECTED_KEY.encode()])
            seconds = sum(map(sum, (batch["seconds"].to_pylist() for batch in file.iter_batches(columns=["seconds"]))))
            return file.metadata.num_rows, seconds, [RejectedRow(**row) for row in rejected]


__all__ = ["DATA_FOLDER", "FORMATS", "claimed", "shard_features", "shard_path", "shard_results", "write_shard"]
