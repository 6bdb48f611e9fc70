# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Columns of tables with a header: which of them holds which field of a row."""

from collections.abc import Callable, Mapping
from typing import Any

from .corpus_rows import SourceRow


FIELDS = ("audio", "text", "phonemes", "speaker", "description")

# Column names that are recognised, the most reliable first.
_KNOWN_COLUMNS = {
    "audio": (
        *("audio", "file_name", "file", "filename", "path", "audio_path", "audio_file", "audio_filepath"),
        *("wav", "wav_path", "wav_filename", "音声", "ファイル", "ファイル名"),
    ),
    "text": ("text", "transcript", "transcription", "sentence", "normalized_text", "テキスト", "本文", "台本", "文"),
    "phonemes": ("phonemes", "phones", "ipa", "音素"),
    "speaker": ("speaker", "speaker_id", "speaker_name", "client_id", "話者"),
    "description": ("description", "prompt", "caption", "style", "説明"),
}


def known_columns(names: list[str]) -> dict[str, str]:
    """The column of every field that has one of the usual names, by field."""
    lower = {name.lower(): name for name in reversed(names)}
    found = {}
    for field, known in _KNOWN_COLUMNS.items():
        present = [lower[name] for name in known if name in lower]
        found.update({field: present[0]} if present else {})
    return found


def is_header(names: list[str], columns: Mapping[str, str]) -> bool:
    """Whether the cells of a first line name what is needed: a recording, and text or phonemes."""
    found = {*known_columns(names), *(field for field, name in columns.items() if name in names)}
    return "audio" in found and bool({"text", "phonemes"} & found)


def find_columns(present: list[str], columns: Mapping[str, str], where: str) -> dict[str, str]:
    """Find the column of every field.

    Args:
        present: names of the columns.
        columns: the columns that the user named, by field.
        where: the table of the columns, for messages.

    Returns:
        The name of the column by field, for the fields that have one.

    Raises:
        ValueError: when a named column is missing, or there is none with audio, or none with text or phonemes.
    """
    for name in columns.values():
        if name not in present:
            raise ValueError(f"{where} has no column '{name}'; it has {', '.join(present)}")
    found = {**known_columns(present), **columns}
    if "audio" not in found or ("text" not in found and "phonemes" not in found):
        missing = "audio" if "audio" not in found else "text"
        raise ValueError(
            f"{where} has no column for the {missing}; it has {', '.join(present)}: name one in `columns`, "
            f"e.g. {missing}={present[0] if present else 'NAME'}"
        )
    return {field: found[field] for field in FIELDS if field in found}


def row_reader(names: Mapping[str, str]) -> Callable[[int, Mapping], SourceRow]:
    """Make a function from a row's number and record to a `SourceRow`; a field without a value is an empty string."""

    def to_row(number: int, record: Mapping) -> SourceRow:
        values: dict[str, Any] = {field: record.get(column) for field, column in names.items()}
        if isinstance(values["audio"], Mapping):  # as `datasets` writes it; JSON cannot hold the bytes
            values["audio"] = values["audio"].get("path")
        return SourceRow(number, **{field: "" if v is None else str(v).strip() for field, v in values.items()})

    return to_row


__all__ = ["FIELDS", "find_columns", "is_header", "known_columns", "row_reader"]
