# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text files as phonemes, read by several processes and kept on disk with a list of the lines that cannot be read."""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from ..text.accents.sources import LEARNED
from ..text.pauses import PauseError
from ..text.phonemizer import NothingToReadError, Phonemizer
from ..text.utterances import iter_utterances
from ..utils.atomic_files import atomic_file, write_text
from ..utils.resumable import WorkRecord, files_digest, identity_of
from ..utils.worker_pool import WorkerPool, behave_as_worker
from ..version import __version__
from .preparation.text_files import decode_text, split_lines


PHONEMES_FILE = "phonemes.txt"
UNREADABLE_FILE = "unreadable.csv"
_ABOUT_FILE = "about.json"
_LINES_PER_TASK = 50

ReadLines = tuple[list[str], list["UnreadLine"]]
"""The phonemes of some lines, and notes on those that are not completely in them."""


@dataclass(frozen=True)
class ReadingSettings:
    """How text becomes phonemes; see `Phonemizer`. `dictionary` is a file."""

    profile: str
    accent: bool = False
    dictionary: str | None = None
    accent_source: str = LEARNED


@dataclass(frozen=True)
class Line:
    """A line of a text file: its place and its text."""

    file: str
    number: int
    text: str


@dataclass(frozen=True)
class UnreadLine:
    """A line that is not completely in the phonemes; `is_lost` if nothing of it is."""

    file: str
    number: int
    is_lost: bool
    message: str


def phonemize_files(
    source: str | os.PathLike,
    settings: ReadingSettings,
    folder: str | os.PathLike,
    workers: int = 1,
    progress: Callable[[int, int], Callable[[int], None]] | None = None,
) -> tuple[Path, int]:
    """Read plain text, one text per line, and keep the phonemes in `folder`. A later call with the same texts and
    settings takes them from there.

    A line of several sentences is split as it is for speaking (decision 0021).

    Args:
        source: a text file, or a folder with `.txt` files.
        settings: how it is read.
        folder: gets `phonemes.txt`, one text per line, and `unreadable.csv`, the words and lines that no rule reads.
        workers: number of processes.
        progress: called with the number of lines and 0; what it returns is called with lines read since.

    Returns:
        The file with the phonemes, and the number of lines that are lost.

    Raises:
        FileNotFoundError: when there is no such file or folder, or no dictionary.
        RuntimeError: when a worker process was killed.
        ValueError: when there is no text, none that can be read, or another encoding than UTF-8, UTF-16 and cp932.
    """
    files, folder = text_files(source), Path(folder)
    record = WorkRecord(folder / _ABOUT_FILE, _identity(files, settings), "remove it: the texts are then read again")
    if (known := record.read()) is not None:
        return folder / PHONEMES_FILE, known["lost"]
    lines = [
        Line(str(file), number, text)
        for file in files
        for number, text in enumerate(split_lines(decode_text(file)), 1)
        if text.strip()
    ]
    if not lines:
        raise ValueError(f"there is no text in '{source}': write one sentence per line")
    folder.mkdir(parents=True, exist_ok=True)
    record.path.unlink(missing_ok=True)
    unread = _write_phonemes(_read(lines, settings, workers, progress), folder / PHONEMES_FILE)
    write_text(folder / UNREADABLE_FILE, _table(unread))
    lost = sum(line.is_lost for line in unread)
    if lost == len(lines):
        raise ValueError(f"none of the {lost} lines of '{source}' can be read; the first: {unread[0].message}")
    record.write(lost=lost)
    return folder / PHONEMES_FILE, lost


def text_files(source: str | os.PathLike) -> list[Path]:
    """The file itself, or all `.txt` files of a folder and its sub-folders, sorted by name.

    Raises:
        FileNotFoundError: when there is none.
    """
    source = Path(source)
    if source.is_file():
        return [source]
    if not source.exists():
        raise FileNotFoundError(f"there is no text file or folder '{source}'")
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() == ".txt" and path.is_file())
    if not files:
        raise FileNotFoundError(f"there is no .txt file in '{source}'")
    return files


def split_texts(texts: Sequence[str], share: float, seed: int) -> tuple[list[str], list[str]]:
    """Texts to train with, and about a share of them, but at least one, to evaluate with.

    The side of a text depends on seed and content alone: a text that occurs twice is on one side, and stays there when
    other texts are added.
    """
    lots = [hashlib.blake2b(f"{seed}\n{text}".encode(), digest_size=8).digest() for text in texts]
    limit = max(min(lots, default=b""), int(share * (2**64 - 1)).to_bytes(8, "big"))
    pairs = list(zip(texts, lots, strict=True))
    return [text for text, lot in pairs if lot > limit], [text for text, lot in pairs if lot <= limit]


def _identity(files: Sequence[Path], settings: ReadingSettings) -> dict[str, Any]:
    dictionaries = [] if settings.dictionary is None else [Path(settings.dictionary)]
    for file in dictionaries:
        if not file.is_file():
            raise FileNotFoundError(f"there is no file '{file}' (`dictionary`)")
    content = files_digest([*files, *dictionaries])
    return identity_of({"version": __version__, "content": content, **asdict(settings)})


def _read(
    lines: Sequence[Line],
    settings: ReadingSettings,
    workers: int,
    progress: Callable[[int, int], Callable[[int], None]] | None,
) -> Iterator[ReadLines]:
    """Phonemes of the lines, task by task and in the lines' order."""
    tasks = [lines[start : start + _LINES_PER_TASK] for start in range(0, len(lines), _LINES_PER_TASK)]
    advance = progress(len(lines), 0) if progress else lambda count: None
    workers = min(workers, len(tasks))
    read = partial(_read_lines, settings)
    if workers == 1:
        results: Iterator[ReadLines] = map(read, tasks)
    else:
        pool = WorkerPool(workers, behave_as_worker)
        results = pool.map_bounded(read, tasks, remedy="set `workers` lower", in_order=True)
    for task, result in zip(tasks, results, strict=True):
        yield result
        advance(len(task))


@cache
def _phonemizer(settings: ReadingSettings) -> Phonemizer:
    return Phonemizer(settings.profile, settings.accent, settings.dictionary, settings.accent_source)


def _read_lines(settings: ReadingSettings, lines: Sequence[Line]) -> ReadLines:
    phonemes: list[str] = []
    unread: list[UnreadLine] = []
    for line in lines:
        read, complaints = _read_line(_phonemizer(settings), line.text)
        phonemes += read
        unread += [UnreadLine(line.file, line.number, not read, complaint) for complaint in complaints]
    return phonemes, unread


def _read_line(phonemizer: Phonemizer, line: str) -> tuple[list[str], list[str]]:
    """Phonemes of a line's texts, and at most one sentence on what cannot be read."""
    phonemes: list[str] = []
    complaints: list[str] = []
    try:
        texts = [utterance.text for utterance in iter_utterances([line])]
    except PauseError as error:
        return phonemes, [str(error)]
    for text in texts:
        try:
            read = phonemizer(text)
        except NothingToReadError as error:
            complaints.append(str(error))
            continue
        if read.unreadable:
            complaints.append(f"left out, because no rule reads it: {', '.join(w.surface for w in read.unreadable)}")
        phonemes.append(read.phonemes)
    if not texts:
        complaints.append(str(NothingToReadError.in_text(line.strip())))
    # Every line is listed once.
    return phonemes, ["; ".join(complaints)] if complaints else []


def _write_phonemes(results: Iterator[ReadLines], path: Path) -> list[UnreadLine]:
    unread = []
    with atomic_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        for phonemes, complaints in results:
            file.writelines(text + "\n" for text in phonemes)
            unread += complaints
    return unread


def _table(unread: Sequence[UnreadLine]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "line", "lost", "message"])
    writer.writerows([line.file, line.number, "yes" if line.is_lost else "in part", line.message] for line in unread)
    return text.getvalue()
