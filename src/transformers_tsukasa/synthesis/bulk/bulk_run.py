# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A list of texts spoken into shards, by one process or several, at once or continued.

Nothing of the result depends on which process speaks a row, or when: its seed is a hash of its id, and a shard is
spoken alike from its first row to its last. A manifest keeps runs of other lists or settings out of the folder.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ...audio.encoding import encode_sound
from ...audio.ogg_pages import with_ogg_serial
from ...utils.atomic_files import write_text
from ...utils.file_lock import taking_turns
from ...utils.full_disk import full_disk_explained
from ...utils.resumable import WorkRecord, files_digest, identity_of
from ...version import __version__
from ..speaker import Speaker
from ..speech import Speech
from .rows import BulkRow, RejectedRow, RowList
from .shard_files import DATA_FOLDER, claimed, shard_features, shard_path, shard_results, write_shard
from .shares import Share


logger = logging.getLogger(__name__)

MANIFEST_FILE, REPORT_FILE = "manifest.json", "report.json"
_SEED_BYTES = 7  # a seed fits into int64
_KEPT = "finished shards are kept, and the same command continues"
# What a text can be at fault for: no words, symbols or a voice that the model does not have, values out of its range.
_FAULTS_OF_ROWS = (ValueError, LookupError, ArithmeticError)


@dataclass(frozen=True)
class BulkSettings:
    """How a list is spoken.

    Args:
        arguments: of `Speaker.speak`, without `seed`; plain values.
        seed: of the run; with the id of a row it makes the row's own.
        shard_size: rows of a shard.
        audio_format: one of `shard_files.FORMATS`.

    Raises:
        ValueError: for a shard without rows.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    shard_size: int = 2000
    audio_format: str = "flac"

    def __post_init__(self) -> None:
        if self.shard_size < 1:
            raise ValueError(f"a shard holds at least one row, not {self.shard_size} (`shard_size`)")

    def seed_of(self, row_id: str) -> int:
        """The seed of a row, 0 to 2^56: of its id and the seed of the run, and of nothing else."""
        digest = hashlib.blake2b(f"{self.seed}:{row_id}".encode(), digest_size=_SEED_BYTES)
        return int.from_bytes(digest.digest(), "big")


@dataclass
class BulkResult:
    """Content of the folder after a run.

    Attributes:
        shards: of the list.
        rows: spoken, in the shards that are there.
        seconds: of their speech.
        rejected: rows that cannot be spoken.
        missing: shards that no process has finished yet.
    """

    shards: int
    rows: int = 0
    seconds: float = 0.0
    rejected: list[RejectedRow] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


def synthesize(
    speaker: Speaker,
    rows: RowList,
    out: str | os.PathLike,
    settings: BulkSettings,
    share: Share | None = None,
    on_row: Callable[[float], None] = lambda seconds: None,
) -> BulkResult:
    """Speak a list into shards in `out/data`, but for those that are there already.

    Several processes may fill one folder, each with its share, and any number of them may continue. When all shards
    are there, `out/report.json` lists the rows that could not be spoken.

    Args:
        speaker: speaks; with another number of threads or on another kind of device, samples differ in the last bits.
        rows: from `read_rows`.
        out: a folder, new or of the same work.
        settings: how to speak.
        share: of this process; all of it without one.
        on_row: called with the seconds of speech of every row of this share, 0 for one that is rejected.

    Returns:
        What is in the folder now.

    Raises:
        FileExistsError: for a folder of another list or other settings, naming what differs.
        OSError: when it cannot be written, as on a full disk; finished shards stay.
        ValueError, ImportError: for a format that cannot be written.
    """
    out, share = Path(out), share or Share()
    features = shard_features(settings.audio_format, speaker.sampling_rate)
    shards = _shards(rows, settings.shard_size)
    with full_disk_explained(f"{_KEPT} when there is space"):
        (out / DATA_FOLDER).mkdir(parents=True, exist_ok=True)
        _enter_manifest(out, speaker, rows, settings)
        for index in share.of(len(shards)):
            path = shard_path(out, index, len(shards))
            # One that another process writes is found missing at the end, if that process does not finish it.
            with suppress(BlockingIOError), claimed(path):
                if path.is_file():
                    for _ in shards[index]:
                        on_row(0.0)
                else:
                    write_shard(path, features, _spoken_rows(speaker, shards[index], settings, on_row))
        return _collect(out, rows, len(shards))


def count_rows(rows: RowList, settings: BulkSettings, share: Share) -> int:
    """The number of rows of a share."""
    shards = _shards(rows, settings.shard_size)
    return sum(len(shards[index]) for index in share.of(len(shards)))


def _shards(rows: RowList, size: int) -> list[list[BulkRow]]:
    """Neighbouring rows, the shortest texts of each shard first."""
    parts = [rows.rows[start : start + size] for start in range(0, len(rows.rows), size)]
    return [sorted(part, key=lambda row: (len(row.text), row.number)) for part in parts]


def _spoken_rows(
    speaker: Speaker, rows: list[BulkRow], settings: BulkSettings, on_row: Callable[[float], None]
) -> Iterator[dict[str, Any] | RejectedRow]:
    for row in rows:
        arguments = {**settings.arguments, "seed": settings.seed_of(row.id)}
        if row.voice is not None:
            arguments["voice"] = row.voice
        try:
            speech = speaker.speak(row.text, **arguments)
            audio = encode_sound(settings.audio_format, [speech.waveform], speech.sampling_rate)
        except _FAULTS_OF_ROWS as error:
            yield RejectedRow(row.number, row.id, str(error.args[0] if error.args else error))
            on_row(0.0)
            continue
        yield _values(row, speech, audio, settings.audio_format, arguments)
        on_row(speech.seconds)


def _values(
    row: BulkRow, speech: Speech, audio: bytes, audio_format: str, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The columns of a row."""
    if audio_format == "opus":
        audio = with_ogg_serial(audio, arguments["seed"])
    voice = arguments.get("voice")
    return {
        "id": row.id,
        "audio": {"bytes": audio, "path": f"{row.number}.{audio_format}"},
        "text": row.text,
        "phonemes": "".join(symbol.symbol for symbol in speech.symbols),
        "voice": voice if voice is None or isinstance(voice, str) else json.dumps(voice, ensure_ascii=False),
        "seed": arguments["seed"],
        "seconds": speech.seconds,
        "starts": [symbol.start for symbol in speech.symbols],
        "durations": [symbol.end - symbol.start for symbol in speech.symbols],
        "words": [{"surface": word.surface, "start": word.start, "end": word.end} for word in speech.words],
        "row": row.number,
    }


def _enter_manifest(out: Path, speaker: Speaker, rows: RowList, settings: BulkSettings) -> None:
    """Note what the folder is for, or refuse one that is for something else."""
    identity = identity_of(
        {
            "list": rows.digest(),
            "model": _model_identity(speaker),
            "dictionary": [asdict(entry) for entry in speaker.processor.tokenizer.user_dictionary or ()],
            "arguments": settings.arguments,
            "seed": settings.seed,
            "shard_size": settings.shard_size,
            "audio_format": settings.audio_format,
            "threads": torch.get_num_threads(),
            "device": speaker.model.device.type,
            "dtype": str(speaker.model.weight_dtype),
            "version": __version__,
        }
    )
    record = WorkRecord(out / MANIFEST_FILE, identity, "remove the folder, and give the same command again")
    with taking_turns(out / ".manifest.lock"):
        if not record.path.is_file() and any((out / DATA_FOLDER).glob("*.parquet")):
            raise FileExistsError(f"'{out}' holds shards without their {MANIFEST_FILE}: name another folder (`out`)")
        record.refuse_other("speech", "name another folder (`out`), or give the same list and options")
        if not record.path.is_file():
            record.write(rows=len(rows.rows))


def _model_identity(speaker: Speaker) -> str:
    """Identity of a model: the content of its folder, or its name and commit on the hub.

    Raises:
        ValueError: for a model that was loaded from neither.
    """
    name = speaker.model.name_or_path
    if not name:
        raise ValueError("the model comes from no folder that would tell whose speech shards hold: save and load it")
    folder = Path(name)
    if folder.is_dir():
        return files_digest(sorted(path for path in folder.rglob("*") if path.is_file()))
    return f"{folder}@{getattr(speaker.model.config, '_commit_hash', None)}"


def _collect(out: Path, rows: RowList, shards: int) -> BulkResult:
    """Count what is there; write the report when all of it is."""
    result = BulkResult(shards, rejected=list(rows.rejected))
    for index in range(shards):
        path = shard_path(out, index, shards)
        if not path.is_file():
            result.missing.append(index)
            continue
        count, seconds, rejected = shard_results(path)
        result.rows += count
        result.seconds += seconds
        result.rejected += rejected
    result = replace(result, rejected=sorted(result.rejected, key=lambda row: row.number))
    if not result.missing:
        report = {name: value for name, value in asdict(result).items() if name != "missing"}
        write_text(out / REPORT_FILE, json.dumps(report, ensure_ascii=False, indent=1))
    return result


__all__ = ["MANIFEST_FILE", "REPORT_FILE", "BulkResult", "BulkSettings", "count_rows", "synthesize"]
