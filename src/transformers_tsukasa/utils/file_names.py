# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files whose names are written a little differently from how a list names them."""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any


_SEPARATORS = str.maketrans("\\¥￥", "///")


class FileFinder:
    """Finds the files under a folder by names that other systems may have written.

    A Mac decomposes が into か and a mark; Windows takes A.WAV for a.wav, separates folders by a backslash, which is a
    yen sign in Japanese fonts, and drops spaces at the end of a name; lists that were typed have full-width letters.

    Args:
        folder: that relative names start from.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listings: dict[Path, dict[str, list[str]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        # A worker process lists the folders that it needs.
        return {"folder": self.folder, "_listings": {}}

    def find(self, names: Iterable[str]) -> Path | None:
        """Find the first file that has one of the names as it is written; otherwise the first one that nearly has.

        Args:
            names: paths with either separator, absolute or from the folder.

        Returns:
            The path of the file as it is on disk; None when there is none.

        Raises:
            ValueError: when several files nearly have a name.
        """
        tried = []
        for name in names:  # which may be many, and are made one by one
            tried.append(name)
            path = self.folder / name
            if os.path.isfile(path):  # unlike Path.is_file, false for a name that no file can have
                return path
        for name in tried:
            nearly = self._find_nearly(name)
            if nearly is not None:
                return nearly
        return None

    def _find_nearly(self, name: str) -> Path | None:
        found = self.folder
        for part in split_path(name):
            # An absolute path restarts from its root, which is no entry of a folder.
            entry = part if part in ("/", "..") else self._entry(found, part)
            if entry is None:
                return None
            found = found / entry
        return found if found.is_file() else None

    def _entry(self, folder: Path, name: str) -> str | None:
        if folder not in self._listings:
            self._listings[folder] = _entries_by_key(folder)
        alike = self._listings[folder].get(_without_width(name), [])
        for same in (str, composed, _without_case, _without_width):
            closest = [entry for entry in alike if same(entry) == same(name)]
            if len(closest) > 1:
                names = " and ".join(f"'{entry}'" for entry in sorted(closest)[:2])
                raise ValueError(f"several files in '{folder}' have nearly the name '{name}' ({names}): rename one")
            if closest:
                return closest[0]
        return None


def split_path(name: str) -> tuple[str, ...]:
    """The parts of a path with the separators of any system."""
    return PurePosixPath(name.translate(_SEPARATORS)).parts


def _entries_by_key(folder: Path) -> dict[str, list[str]]:
    entries: dict[str, list[str]] = {}
    if folder.is_dir():
        for entry in os.listdir(folder):
            entries.setdefault(_without_width(entry), []).append(entry)
    return entries


def composed(name: str) -> str:
    """A name in Unicode's NFC: names that look alike are one, however a system writes them."""
    return unicodedata.normalize("NFC", name)


def _without_case(name: str) -> str:
    return composed(composed(name).casefold())


def _without_width(name: str) -> str:
    return _without_case(unicodedata.normalize("NFKC", name)).strip()


__all__ = ["FileFinder", "composed", "split_path"]
