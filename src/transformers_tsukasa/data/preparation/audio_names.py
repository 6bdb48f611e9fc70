# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names under which the recordings of a list may be found: with endings and folders that lists leave out."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from ...utils.file_names import split_path


# In the order in which they are tried for names without one.
AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".opus", ".aif", ".aiff")
"""Endings of files that libsndfile reads."""

_OTHER_SUFFIXES = (".m4a", ".aac", ".wma", ".webm", ".mp4")
# Folders that lists leave out, in the order in which they are tried.
_SUBFOLDERS = ("", "wavs", "wav", "audio", "clips", "raw", "wav24kHz16bit")


def is_audio_name(name: str) -> bool:
    """Whether a name ends as that of a recording does, whether or not it can be read here."""
    return name.strip().lower().endswith((*AUDIO_SUFFIXES, *_OTHER_SUFFIXES))


def without_audio_suffix(name: str) -> str:
    """A name without the ending of a recording; other dots are parts of it."""
    return name[: name.rindex(".")] if is_audio_name(name) else name


def is_audio_folder(name: str) -> bool:
    """Whether a folder is one of those that lists leave out."""
    return name.lower() in _SUBFOLDERS


def count_shared_folders(names: Iterable[str]) -> int:
    """Count the leading folders that all names share, which tell nothing: those of another computer, for example."""
    parts = [split_path(name)[:-1] for name in names]
    shared = 0
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared += 1
    return shared


def possible_names(name: str, shared_folders: int) -> Iterator[str]:
    """Paths at which a recording may be, the likeliest first.

    Args:
        name: as a list writes it.
        shared_folders: how many of its leading folders all names of the list share, and may therefore be left out:
            two recordings never become one.
    """
    yield name
    parts = split_path(name)
    for left_out in range(min(shared_folders, len(parts) - 1) + 1):
        *folders, last = parts[left_out:]
        for spelling in _spellings(last):
            yield from _in_subfolders(folders, spelling)


def _spellings(name: str) -> Sequence[str]:
    # A corpus may have been converted to another format after its list was written.
    base = without_audio_suffix(name)
    return [name, *(base + suffix for suffix in AUDIO_SUFFIXES)]


def _in_subfolders(folders: Sequence[str], name: str) -> Iterator[str]:
    for subfolder in _SUBFOLDERS:
        yield str(PurePosixPath(*folders, subfolder, name))
        if folders and subfolder and folders[0] != "/":
            yield str(PurePosixPath(subfolder, *folders, name))


__all__ = [
    "AUDIO_SUFFIXES",
    "count_shared_folders",
    "is_audio_folder",
    "is_audio_name",
    "possible_names",
    "without_audio_suffix",
]
