# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which sound files are written: formats by their suffix, and encodings of the samples."""

from pathlib import Path

from ..utils.atomic_files import check_place


_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3", ".opus": "OGG"}
_SUBTYPES = {"pcm16": "PCM_16", "pcm24": "PCM_24", "float": "FLOAT"}
_ONLY_WAV = "float"
_LOSSY = {"MP3": "MPEG_LAYER_III", "OGG": "OPUS"}
"""Formats that do not store samples as they are, with their subtype."""

SUFFIXES = tuple(_FORMATS)
"""The suffixes of sound files that can be written."""


def sound_format(path: Path, encoding: str) -> tuple[str, str]:
    """The format and the subtype, in libsndfile's names, of a sound file that is to be written.

    Raises:
        ValueError: for another suffix or encoding.
        OSError: when no file can be written there (see `check_place`).
    """
    file_format, subtype = _FORMATS.get(path.suffix.lower()), _SUBTYPES.get(encoding)
    if file_format is None:
        raise ValueError(f"cannot write '{path}': the name must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    if file_format in _LOSSY:
        if encoding != "pcm16":
            raise ValueError(f"cannot write '{path}' with encoding '{encoding}': a {path.suffix} file has none")
        subtype = _LOSSY[file_format]
    elif subtype is None or (encoding == _ONLY_WAV and file_format != "WAV"):
        raise ValueError(f"cannot write {file_format} with encoding '{encoding}': use pcm16 or pcm24 (WAV: float)")
    check_place(path)
    return file_format, subtype


__all__ = ["SUFFIXES", "sound_format"]
