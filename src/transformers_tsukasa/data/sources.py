# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Sources of recordings: a transcript with files beside it, or a `datasets` data set on disk or from a hub."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from ..models.tsukasa.model_card import CARD_NAME, Ingredient
from ..utils.file_names import FileFinder
from ..utils.hub_access import hub_errors
from .corpus import import_datasets
from .corpus_credits import RECORDINGS, folder_credits
from .places import check_source
from .preparation.audio_names import count_shared_folders, possible_names
from .preparation.corpus_folders import ListOptions, read_folder
from .preparation.corpus_rows import Note, RowRejected, SourceRow
from .preparation.encoded_audio import read_complete
from .preparation.table_columns import find_columns, row_reader
from .preparation.transcripts import Transcript


logger = logging.getLogger(__name__)


class TranscriptSource:
    """Audio files named by a transcript.

    Args:
        transcript: the rows.
        audio_dir: the folder that relative paths start from.
        origin: the folder that is the source, or that holds it, whose card credits the recordings.

    Raises:
        FileNotFoundError: when there is no such folder.
    """

    def __init__(self, transcript: Transcript, audio_dir: Path, origin: Path | None = None) -> None:
        if not audio_dir.is_dir():
            raise FileNotFoundError(f"there is no folder '{audio_dir}' with audio files")
        self.audio_dir, self.origin = audio_dir, origin or audio_dir
        self.rows, self.rejected = transcript.rows, transcript.rejected
        self.description = transcript.understood
        # Of the rows alone, so that the corpus may be moved between two runs.
        self.fingerprint = _fingerprint(self.rows)
        self._finder = FileFinder(audio_dir)
        self._shared_folders = count_shared_folders(row.audio for row in self.rows)

    def __getstate__(self) -> dict[str, Any]:
        # Workers get their rows with each task and only look up the files.
        return {**self.__dict__, "rows": [], "rejected": []}

    def credits(self) -> Ingredient:
        """Whose recordings these are, by the card and the licence in their folder."""
        return folder_credits(self.origin)

    def locate(self, row: SourceRow) -> Path:
        """Find the audio file of a row, whose name may be written differently.

        Raises:
            RowRejected: when there is none, or several could be meant.
        """
        try:
            path = self._finder.find(possible_names(row.audio, self._shared_folders))
        except ValueError as error:
            raise RowRejected("missing_file", str(error)) from error
        if path is None:
            raise RowRejected(
                "missing_file",
                f"there is no audio file '{row.audio}' under '{self.audio_dir}': name the folder it is in as "
                "`audio_dir`",
            )
        return path

    def audio_size(self, row: SourceRow) -> int:
        """Size of the encoded recording in bytes."""
        return self.locate(row).stat().st_size

    def audio_hash(self, row: SourceRow) -> str:
        """A hash of the encoded recording.

        Raises:
            RowRejected: when there is no such file, or it cannot be read.
        """
        path = self.locate(row)
        try:
            with path.open("rb") as file:
                digest = hashlib.blake2b()
                while piece := file.read(1 << 20):
                    digest.update(piece)
                return digest.hexdigest()
        except OSError as error:
            raise RowRejected("unreadable_audio", f"cannot read '{path}' ({error.strerror})") from error

    def load(self, row: SourceRow, longest_seconds: float = float("inf")) -> tuple[np.ndarray, int]:
        """Samples `(channels, samples)` float32 of a row, and their rate.

        Args:
            row: the row.
            longest_seconds: longer recordings are not read.

        Raises:
            RowRejected: when there is no such file, or it is not audio, or was cut off, or is too long.
        """
        return read_complete(self.locate(row), row.audio, longest_seconds)


class DatasetSource:
    """Rows of a `datasets` data set whose audio is a column of `Audio`, of encoded bytes, or of paths.

    Args:
        name: a folder written by `save_to_disk`, or a hub id `owner/name`.
        split: of the data set; "train" by default, or the only one.
        audio_dir: the folder that relative paths start from.
        columns: see `read_transcript`.

    Raises:
        ValueError: when there is no such split, or it has no rows or lacks columns.
        ConnectionError: when the hub cannot be reached.
    """

    def __init__(
        self,
        name: str,
        split: str | None = None,
        audio_dir: Path | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.split, self._table = _open_dataset(name, split)
        self.audio_dir = audio_dir or (Path(name) if Path(name).is_dir() else Path())
        self.names = find_columns(self._table.column_names, columns or {}, f"the data set '{name}'")
        self.rejected: list[Note] = []
        self.rows = self._read_rows()
        self.description = f"{name} ({self.split or 'data set'})"
        self.fingerprint = f"{_fingerprint(self.rows)}-{self._table._fingerprint}"

    def __getstate__(self) -> dict[str, Any]:
        # Workers open the memory-mapped table themselves.
        state = {**self.__dict__, "rows": [], "rejected": []}
        state.pop("_table", None)
        return state

    @cached_property
    def _table(self) -> Any:
        return _open_dataset(self.name, self.split)[1]

    def _read_rows(self) -> list[SourceRow]:
        # Without the audio, which would have to be read; no column has an empty name.
        to_row = row_reader({**self.names, "audio": ""})
        texts = self._table.select_columns([column for field, column in self.names.items() if field != "audio"])
        return [to_row(number, {**record, "": f"row {number}"}) for number, record in enumerate(texts)]

    def credits(self) -> Ingredient:
        """Whose recordings these are, by the card of the data set, and the licence that it was saved with."""
        folder = Path(self.name)
        credited = folder_credits(folder) if folder.is_dir() else _hub_credits(self.name)
        return replace(credited, licence=credited.licence or self._table.info.license or None)

    def _audio(self, row: SourceRow) -> bytes | Path:
        cell = self._table[row.number][self.names["audio"]]
        if isinstance(cell, bytes):
            return cell
        if isinstance(cell, dict) and cell.get("bytes"):
            return cell["bytes"]
        path = cell.get("path") if isinstance(cell, dict) else cell
        if not isinstance(path, str) or not path:
            raise RowRejected(
                "missing_file", f"{row.audio} of the data set '{self.name}' has neither bytes nor a path"
            )
        located = self.audio_dir / path
        if not located.is_file():
            raise RowRejected(
                "missing_file",
                f"there is no audio file '{located}' ({row.audio}): name the folder it is in as `audio_dir`",
            )
        return located

    def audio_size(self, row: SourceRow) -> int:
        """Size of the encoded recording in bytes."""
        audio = self._audio(row)
        return len(audio) if isinstance(audio, bytes) else audio.stat().st_size

    def audio_hash(self, row: SourceRow) -> str:
        """A hash of the encoded recording."""
        audio = self._audio(row)
        return hashlib.blake2b(audio if isinstance(audio, bytes) else audio.read_bytes()).hexdigest()

    def load(self, row: SourceRow, longest_seconds: float = float("inf")) -> tuple[np.ndarray, int]:
        """Samples `(channels, samples)` float32 of a row, and their rate.

        Args:
            row: the row.
            longest_seconds: longer recordings are not read.

        Raises:
            RowRejected: when the row has no audio, or it was cut off, or is too long.
        """
        return read_complete(self._audio(row), row.audio, longest_seconds)


Source = TranscriptSource | DatasetSource


def open_source(
    source: str,
    *,
    transcript: str | None = None,
    audio_dir: str | None = None,
    format: str = "auto",
    encoding: str = "auto",
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
) -> Source:
    """Open a source of recordings: a folder with a transcript, a transcript, a saved data set, or a hub id.

    Args:
        source: path or hub id.
        transcript: the transcript in the folder `source`.
        audio_dir: the folder that relative paths start from.
        format, encoding, columns: see `read_transcript`.
        split: of a data set, or of a folder with a folder for every split.

    Raises:
        FileNotFoundError: when there is nothing of this name.
        ValueError: when a folder has no transcript, or several of them, or the transcript cannot be read.
        ConnectionError: when a hub id cannot be reached.
    """
    path = Path(source)
    folder = None if audio_dir is None else Path(audio_dir)
    options = ListOptions(format, encoding, columns)
    listed = path if path.is_file() else None
    if transcript is not None and path.is_dir():
        listed = _transcript_of(path, transcript)
    if listed is not None:
        if split is not None:
            raise ValueError(f"the transcript '{listed}' has no splits: leave `split` out")
        place = path if path.is_dir() else path.parent
        return TranscriptSource(options.read(listed), folder or place, place)
    if path.is_dir():
        if _is_saved_dataset(path) or _has_parquet(path):
            return DatasetSource(source, split, folder, columns)
        return TranscriptSource(read_folder(path, options, split), folder or path, path)
    check_source(source)
    return DatasetSource(source, split, folder, columns)


def _transcript_of(folder: Path, transcript: str) -> Path:
    return FileFinder(folder).find([transcript]) or Path(transcript)


def _is_saved_dataset(path: Path) -> bool:
    return (path / "dataset_dict.json").is_file() or (path / "state.json").is_file()


def _has_parquet(path: Path) -> bool:
    """Whether a folder holds the tables of a data set as a hub stores it."""
    return any(path.glob("*.parquet")) or any(path.glob("data/*.parquet"))


def _open_dataset(name: str, split: str | None) -> tuple[str | None, Any]:
    """The name of the split, None for a table without one, and its rows."""
    datasets = import_datasets()
    loaded = _load_saved(name, split) if _is_saved_dataset(Path(name)) else _download(name, split)
    if isinstance(loaded, datasets.DatasetDict):
        split = split or _usual_split(name, list(loaded))
        if split not in loaded:
            raise ValueError(
                f"the data set '{name}' has no split '{split}'; it has {', '.join(loaded)}: name one in `split`"
            )
        loaded = loaded[split]
    if len(loaded) == 0:
        raise ValueError(f"the data set '{name}' has no rows")
    for column, feature in loaded.features.items():
        # Encoded bytes: decoding would need torchcodec.
        if isinstance(feature, datasets.Audio):
            loaded = loaded.cast_column(column, datasets.Audio(decode=False))
    return split, loaded


def _usual_split(name: str, splits: list[str]) -> str:
    if len(splits) > 1 or "train" in splits:
        return "train"
    logger.warning("the data set '%s' has no split 'train': its only one, '%s', is used", name, splits[0])
    return splits[0]


def _load_saved(name: str, split: str | None) -> Any:
    datasets = import_datasets()
    try:
        loaded = datasets.load_from_disk(name)
    except IndexError as error:  # raised for a table without rows
        raise ValueError(
            f"the data set '{name}' has no rows, or a split that has none: give the folder of another split"
        ) from error
    if split is not None and isinstance(loaded, datasets.Dataset) and split != str(loaded.split):
        known = f"of the split '{loaded.split}'" if loaded.split else "without splits"
        raise ValueError(f"the data set '{name}' is a single table {known}, not '{split}': leave `split` out")
    return loaded


def _download(name: str, split: str | None) -> Any:
    datasets = import_datasets()
    try:
        return datasets.load_dataset(name, split=split)
    except (OSError, HfHubHTTPError, OfflineModeIsEnabled, datasets.exceptions.DatasetNotFoundError) as error:
        raise ConnectionError(
            f"the data set '{name}' cannot be downloaded from the hub ({str(error).splitlines()[0]}), and there is no "
            "folder of this name: check the name and the connection, or download it elsewhere and give its folder"
        ) from error


def _hub_credits(name: str) -> Ingredient:
    from huggingface_hub import hf_hub_download

    try:
        card: str | None = hf_hub_download(name, CARD_NAME, repo_type="dataset")
    except hub_errors() as error:
        logger.warning("the card of the data set '%s' cannot be read, and its licence is unknown: %s", name, error)
        card = None
    return Ingredient.with_card(RECORDINGS, name, card)


def _fingerprint(rows: list[SourceRow]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for row in rows:
        digest.update(repr(tuple(row.__dict__.values())).encode())
    return digest.hexdigest()
