# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Texts of a table, and clips of them in the folders of voices: FOLDER/VOICE/ID.wav."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from transformers_tsukasa.audio.files import read_audio, to_mono
from transformers_tsukasa.utils.resumable import files_digest


SUFFIXES = (".wav", ".flac", ".opus")
_READINGS = ("kana", "reading")


@dataclass(frozen=True)
class Text:
    """A text to read, and the readings that are right, in kana."""

    name: str
    text: str
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Clip:
    """Speech of a text by a voice."""

    voice: str
    text: Text
    path: Path

    @property
    def key(self) -> str:
        """The voice and the name of the text."""
        return f"{self.voice}/{self.text.name}"

    @cached_property
    def digest(self) -> str:
        """A hash of the file."""
        return files_digest([self.path])

    def read(self) -> tuple[np.ndarray, int]:
        """`(samples,)` float32 in one channel, and the rate in Hz."""
        samples, rate = read_audio(self.path)
        return to_mono(samples).astype(np.float32), rate


def read_texts(table: Path) -> list[Text]:
    """Texts of a table (TSV) with the columns `text`, `id` or `file`, and `kana` or `reading` (| between readings).

    Raises:
        ValueError: when a column is missing, a name comes twice, or there is no text.
    """
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows:
        raise ValueError(f"'{table}' has no text")
    columns = rows[0].keys()
    reading = next((name for name in _READINGS if name in columns), None)
    if "text" not in columns or not {"id", "file"} & columns or reading is None:
        raise ValueError(f"'{table}' needs the columns text, id or file, and kana or reading; it has {list(columns)}")
    texts = [
        Text(row.get("id") or Path(row["file"]).stem, row["text"], tuple(row[reading].split("|"))) for row in rows
    ]
    if len({text.name for text in texts}) < len(texts):
        raise ValueError(f"'{table}' names a text twice: give each an id of its own")
    return texts


def find_clips(folder: Path, texts: Sequence[Text]) -> list[Clip]:
    """The clips of the texts, text by text, so that work that was stopped half way has seen all voices alike.

    A voice need not have read all texts.

    Raises:
        FileNotFoundError: when there is none.
    """
    voices = sorted(path for path in folder.iterdir() if path.is_dir())
    clips = [
        Clip(voice.name, text, path)
        for text in texts
        for voice in voices
        if (path := _file_of(voice, text.name)) is not None
    ]
    if not clips:
        raise FileNotFoundError(f"'{folder}' has no file VOICE/ID{SUFFIXES[0]} of a text of the table")
    return clips


def _file_of(voice: Path, name: str) -> Path | None:
    paths = (voice / f"{name}{suffix}" for suffix in SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def turns(texts: Sequence[Text], voices: Sequence[str], in_turn: bool) -> Iterator[tuple[Text, str]]:
    """Which voice reads which text: every one each text, or in turn, so that all texts are read once."""
    for number, text in enumerate(texts):
        for voice in [voices[number % len(voices)]] if in_turn else voices:
            yield text, voice


def write_table(texts: Sequence[Text]) -> str:
    """The table of texts, as `read_texts` reads it."""
    rows = [f"{text.name}\t{text.text}\t{'|'.join(text.readings)}" for text in texts]
    return "\n".join(["id\ttext\tkana", *rows]) + "\n"
