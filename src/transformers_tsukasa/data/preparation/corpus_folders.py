# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Folders of recordings as corpora are passed on: where their texts are, and what the folders' names tell.

A list at the top (LJSpeech, Common Voice, Style-Bert-VITS2), lists in the folders of splits (AudioFolder), speakers
(JVS) or parts (JSUT), the tables of Kaldi and ESPnet, or a text file beside every recording.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ...utils.file_names import FileFinder
from .audio_names import is_audio_folder, is_audio_name, without_audio_suffix
from .corpus_rows import Note, SourceRow
from .text_files import decode_text, split_lines
from .transcripts import Transcript, read_transcript


# In the order in which they are tried.
_USUAL_NAMES = (
    *("metadata.csv", "metadata.jsonl", "metadata.tsv", "transcript.tsv", "transcript.csv", "transcript.txt"),
    *("transcript_utf8.txt", "transcripts_utf8.txt", "esd.list", "validated.tsv"),
)
_TRANSCRIPT_SUFFIXES = (".csv", ".tsv", ".jsonl", ".list", ".lst", ".txt")
_NOT_TRANSCRIPTS = re.compile(
    r"readme|licen[cs]e|copying|copyright|rejected|warnings|out_of_domain|(?<![a-z])ood(?![a-z])", re.IGNORECASE
)
_SPLITS = {"train", "training", "validation", "valid", "val", "dev", "eval", "test"}
_TEXT_SUFFIXES = (".txt", ".lab")
# Labels of HTS and of phoneme aligners: begin, end, label.
_TIMED_LABEL = re.compile(r"^\d+(?:\.\d+)?\s+\d+(?:\.\d+)?\s+\S")
# Folders of a folder's folders, as in JVS: jvs001/parallel100/transcripts_utf8.txt.
_DEEPEST = 2


@dataclass(frozen=True)
class ListOptions:
    """How transcripts are read, see `read_transcript`."""

    format: str = "auto"
    encoding: str = "auto"
    columns: Mapping[str, str] | None = None

    def read(self, path: Path) -> Transcript:
        """Read a transcript, with its name in what was understood."""
        read = read_transcript(path, self.format, self.encoding, self.columns)
        return replace(read, understood=f"{path} ({read.understood})")


def read_folder(folder: Path, options: ListOptions, split: str | None = None) -> Transcript:
    """The rows of a folder with recordings, which are named from the folder.

    Args:
        folder: the folder.
        options: how transcripts are read.
        split: the folder of the split, where there are such folders; "train" by default.

    Raises:
        ValueError: when the folder has no transcript, several at the top, or one that cannot be read.
    """
    usual = _usual_transcript(folder)
    if usual is not None:
        return options.read(usual)
    if (folder / "text").is_file() and (folder / "wav.scp").is_file():
        return _read_kaldi(folder, options.encoding)
    others = _other_transcripts(folder)
    if len(others) == 1:
        return options.read(others[0])
    if others:
        names = ", ".join(path.name for path in others[:8])
        raise ValueError(f"the folder '{folder}' has several transcripts ({names}): name one in `transcript`")
    below = _transcripts_below(folder)
    if below:
        return _join(folder, _of_split(folder, below, split), options)
    beside = _read_texts_beside(folder, options.encoding)
    if beside is not None:
        return beside
    raise ValueError(
        f"the folder '{folder}' has no transcript (.csv, .tsv, .jsonl, .txt or .list), and its recordings have no "
        "text files beside them: name it in `transcript`"
    )


def _usual_transcript(folder: Path) -> Path | None:
    names = {path.name.lower(): path for path in folder.iterdir() if path.is_file()}
    return next((names[name] for name in _USUAL_NAMES if name in names), None)


def _other_transcripts(folder: Path) -> list[Path]:
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    recordings = {without_audio_suffix(path.name) for path in files if is_audio_name(path.name)}
    return [
        path
        for path in files
        if path.suffix.lower() in _TRANSCRIPT_SUFFIXES
        and not _NOT_TRANSCRIPTS.search(path.name)
        and path.stem not in recordings
    ]


def _transcripts_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    level = [folder]
    for _ in range(_DEEPEST):
        level = sorted(child for parent in level for child in parent.iterdir() if child.is_dir())
        found += [usual for child in level if (usual := _usual_transcript(child)) is not None]
    return found


def _of_split(folder: Path, transcripts: list[Path], split: str | None) -> list[Path]:
    """The transcripts of a split, where their folders are those of splits; all of them otherwise."""
    by_split = {path.parent.name: path for path in transcripts if path.parent.name.lower() in _SPLITS}
    if len(by_split) < len(transcripts) or len(by_split) < 2:
        return transcripts
    wanted = split or "train"
    if wanted not in by_split:
        raise ValueError(f"'{folder}' has no split '{wanted}'; it has {', '.join(by_split)}: name one in `split`")
    return [by_split[wanted]]


def _join(folder: Path, transcripts: list[Path], options: ListOptions) -> Transcript:
    """The rows of all transcripts, whose recordings are named from the folder."""
    every = [options.read(path) for path in transcripts]
    rows: list[SourceRow] = []
    rejected: list[Note] = []
    before = 0
    for path, read in zip(transcripts, every, strict=True):
        place = path.parent.relative_to(folder)
        speaker = _speaker_of(place.parts, path.name) if len(transcripts) > 1 else ""
        for row in read.rows:
            named = {"audio": str(place / row.audio), "speaker": row.speaker or speaker}
            rows.append(replace(row, number=before + row.number, **named))
        for note in read.rejected:
            message = f"{place / path.name}: {note.message}"
            rejected.append(replace(note, number=before + note.number, message=message))
        before += max([row.number for row in read.rows] + [note.number for note in read.rejected])
    understood = f"{folder} ({len(transcripts)} transcripts, the first one {every[0].format})"
    return Transcript(rows, rejected, every[0].format, every[0].understood if len(every) == 1 else understood)


def _speaker_of(folders: tuple[str, ...], name: str) -> str:
    """The speaker that the folders of a transcript name: the parts of JSUT are no speakers, the folders of JVS are."""
    if len(folders) == 1 and "utf8" in name.lower():
        return ""
    return folders[0]


def _read_kaldi(folder: Path, encoding: str) -> Transcript:
    """The tables of a data folder of Kaldi or ESPnet, each with an utterance's id in the first column."""
    if (folder / "segments").is_file():
        raise ValueError(
            f"the utterances in '{folder}' are parts of longer recordings ('segments'): cut the recordings into files"
        )
    recordings = dict(_id_table(folder / "wav.scp", encoding).values())
    speakers = dict(_id_table(folder / "utt2spk", encoding).values()) if (folder / "utt2spk").is_file() else {}
    rows, rejected = [], []
    for number, (name, text) in _id_table(folder / "text", encoding).items():
        audio = recordings.get(name, "")
        if not audio or audio.endswith("|"):
            reason = "has a command in 'wav.scp': run it, and name the file" if audio else "is not in 'wav.scp'"
            rejected.append(Note(number, name, "bad_row", f"line {number}: the utterance '{name}' {reason}"))
        else:
            rows.append(SourceRow(number, audio, text=text, speaker=speakers.get(name, "")))
    if not rows:
        raise ValueError(f"'{folder}' has no utterance with a recording; the first: {rejected[0].message}")
    return Transcript(rows, rejected, "kaldi", f"{folder} (Kaldi: text, wav.scp{', utt2spk' if speakers else ''})")


def _id_table(path: Path, encoding: str) -> dict[int, tuple[str, str]]:
    """Id and content of every line that is not empty, by its number."""
    lines = enumerate(split_lines(decode_text(path, encoding)), 1)
    parts = {number: line.split(maxsplit=1) for number, line in lines if line.strip()}
    return {number: (words[0], words[1].strip() if len(words) > 1 else "") for number, words in parts.items()}


def _read_texts_beside(folder: Path, encoding: str) -> Transcript | None:
    """Recordings with text files of their names; None when none has one. Folders of recordings are speakers."""
    recordings = sorted(path for path in folder.rglob("*") if is_audio_name(path.name) and path.is_file())
    rows, rejected = [], []
    finder = FileFinder(folder)
    for number, path in enumerate(recordings, 1):
        place = path.relative_to(folder)
        text_file = finder.find(without_audio_suffix(str(place)) + ending for ending in _TEXT_SUFFIXES)
        if text_file is None:
            rejected.append(Note(number, str(place), "no_text", "there is no text file of its name beside it"))
            continue
        lines = [line.strip() for line in split_lines(decode_text(text_file, encoding)) if line.strip()]
        if lines and all(map(_TIMED_LABEL.match, lines)):
            rejected.append(Note(number, str(place), "no_text", f"'{text_file.name}' has labels with times, no text"))
            continue
        speaker = "" if len(place.parts) == 1 or is_audio_folder(place.parts[0]) else place.parts[0]
        rows.append(SourceRow(number, str(place), text=" ".join(lines), speaker=speaker))
    if not rows:
        return None
    return Transcript(rows, rejected, "texts", f"{folder} (a text file beside every recording)")


__all__ = ["ListOptions", "read_folder"]
