# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""User dictionaries: readings that the user sets, from a CSV or TSV file or from Python.

A line is `surface, reading, accent, part of speech`; the last two may be left out. A dictionary is compiled once,
never changes, and may be shared between threads.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..utils.atomic_files import atomic_file
from .normalization.character_folding import fold_widths
from .phonemes.morae import split_morae
from .readings.given_kana import given_kana
from .readings.short_units import split_units


USER_DICTIONARY_FILE = "user_dictionary.csv"
"""Name of the dictionary in a model folder."""

# Our part of speech -> how NJD names it (part of speech and its first detail), which decides accent phrases.
PARTS_OF_SPEECH = {
    "名詞": ("名詞", "一般"),
    "固有名詞": ("名詞", "固有名詞"),
    "人名": ("名詞", "固有名詞"),
    "地名": ("名詞", "固有名詞"),
    "サ変名詞": ("名詞", "サ変接続"),
    "接尾辞": ("名詞", "接尾"),
    "接頭辞": ("接頭詞", "名詞接続"),
    "動詞": ("動詞", "自立"),
    "形容詞": ("形容詞", "自立"),
    "副詞": ("副詞", "一般"),
    "連体詞": ("連体詞", "*"),
    "接続詞": ("接続詞", "*"),
    "感動詞": ("感動詞", "*"),
    "助詞": ("助詞", "格助詞"),
}


class DictionaryError(ValueError):
    """A user dictionary cannot be used; the message names the line and the fault."""


@dataclass(frozen=True)
class Entry:
    """A word with the reading to give it."""

    surface: str
    kana: str  # katakana
    accent: int | None = None  # nucleus in morae, 0 is flat; None: guessed
    pos: str = "名詞"


@dataclass(frozen=True)
class Match:
    """An entry found in a text."""

    start: int
    end: int
    entry: Entry


class UserDictionary:
    """Words with fixed readings, ready to be found in a text."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {fold_widths(entry.surface).text: entry for entry in entries}
        lengths: dict[str, set[int]] = {}
        for surface in self._entries:
            lengths.setdefault(surface[0], set()).add(len(surface))
        self._lengths = {first: sorted(of_first, reverse=True) for first, of_first in lengths.items()}

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> "UserDictionary":
        """The dictionary of a CSV or TSV file in UTF-8.

        Raises:
            DictionaryError: when the file cannot be read or a line is wrong; the message names file, line and fault.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError as error:
            raise DictionaryError(f"there is no user dictionary '{path}': check the path") from error
        except OSError as error:
            raise DictionaryError(f"the user dictionary '{path}' cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise DictionaryError(f"{path} is no text in UTF-8 (byte {error.start}): save it as UTF-8") from error
        return cls.from_lines(text.splitlines(), str(path))

    @classmethod
    def from_lines(cls, lines: Iterable[str], name: str = "user dictionary") -> "UserDictionary":
        """The dictionary of comma or tab separated lines; empty lines, # comments and a header line are skipped."""
        entries: dict[str, tuple[int, Entry]] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter="\t" if "\t" in line else ","))]
            if not entries and number == 1 and cells[:2] in (["surface", "reading"], ["表記", "読み"]):
                continue
            entry = _checked_entry(cells, f"{name}, line {number}")
            folded = fold_widths(entry.surface).text
            earlier = entries.get(folded)
            if earlier and earlier[1] != entry:
                raise DictionaryError(
                    f"{name}, line {number}: {entry.surface!r} differs from line {earlier[0]}; keep one of the two"
                )
            entries[folded] = (number, entry)
        return cls(entry for _, entry in entries.values())

    @classmethod
    def from_mapping(cls, readings: Mapping[str, str]) -> "UserDictionary":
        """The dictionary of a mapping from surface to reading."""
        return cls(
            _checked_entry([surface, reading], f"user dictionary, entry {surface!r}")
            for surface, reading in readings.items()
        )

    def save(self, path: str | os.PathLike) -> None:
        """Writes the dictionary as CSV; the file appears at `path` only when it is complete."""
        with atomic_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["surface", "reading", "accent", "pos"])
            for entry in self:
                writer.writerow([entry.surface, entry.kana, "" if entry.accent is None else entry.accent, entry.pos])

    def merged(self, other: "UserDictionary") -> "UserDictionary":
        """Both dictionaries in one; where they differ, `other` wins."""
        return UserDictionary([*self, *other])

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, text: str) -> list[Match]:
        """The entries in `text` from left to right, the longest first, none inside another word.

        A match may not begin or end in the middle of a run of letters, digits or katakana, nor of a word that the
        analysis of the text knows: 京都 is not found in 東京都.
        """
        placed = fold_widths(text)
        folded = placed.text
        matches: list[Match] = []
        position = 0
        while position < len(folded):
            found = next(
                (
                    surface
                    for length in self._lengths.get(folded[position], ())
                    if (surface := folded[position : position + length]) in self._entries
                    and _is_free(folded, position, position + len(surface))
                    and _has_word_edges(folded, position, position + len(surface))
                ),
                None,
            )
            if found is not None:
                end = position + len(found)
                matches.append(Match(placed.starts[position], placed.ends[end - 1], self._entries[found]))
            position += len(found) if found is not None else 1
        return matches


def load_user_dictionary(folder: str | os.PathLike) -> UserDictionary | None:
    """The dictionary that lies in a model folder, if there is one."""
    path = Path(folder) / USER_DICTIONARY_FILE
    return UserDictionary.from_file(path) if path.exists() else None


def _checked_entry(cells: list[str], place: str) -> Entry:
    if not 2 <= len(cells) <= 4:
        raise DictionaryError(
            f"{place}: expected 2 to 4 values (surface, reading, accent, part of speech) but found {len(cells)}"
        )
    surface, reading, accent, pos = (*cells, "", "")[:4]
    if not fold_widths(surface).text:
        raise DictionaryError(f"{place}: the surface is empty; write the word as it stands in texts")
    kana = given_kana(reading)
    if kana is None:
        raise DictionaryError(f"{place}: the reading {reading!r} of {surface!r} is not kana; write it in kana")
    morae = split_morae(kana)
    if accent and not (accent.isdecimal() and int(accent) <= len(morae)):
        raise DictionaryError(
            f"{place}: the accent {accent!r} of {surface!r} is not a number from 0 (flat) to {len(morae)} (its morae)"
        )
    if pos and pos not in PARTS_OF_SPEECH:
        raise DictionaryError(
            f"{place}: unknown part of speech {pos!r} of {surface!r}; known are {'、'.join(PARTS_OF_SPEECH)}"
        )
    return Entry(surface, kana, int(accent) if accent else None, pos or "名詞")


_CONTEXT = 40  # characters on both sides of a match that decide where its neighbours begin and end
_UNENCODABLE = re.compile("[\ud800-\udfff\0]")
_LETTERS = re.compile(r"[A-Za-z0-9]")
_KATAKANA = re.compile(r"[ァ-ヺー]")


def _is_free(text: str, start: int, end: int) -> bool:
    """Whether no run of letters or katakana continues over an edge of the match."""
    for left, right in ((start - 1, start), (end - 1, end)):
        if left >= 0 and right < len(text):
            for kind in (_LETTERS, _KATAKANA):
                if kind.match(text[left]) and kind.match(text[right]):
                    return False
    return True


def _has_word_edges(text: str, start: int, end: int) -> bool:
    """Whether the match begins and ends between short units, or inside words that no dictionary knows."""
    begin = max(start - _CONTEXT, 0)
    window = _UNENCODABLE.sub("〓", text[begin : end + _CONTEXT])
    edges = {0, len(window)}
    for unit in split_units(window):
        edges |= {unit.start, unit.end} if unit.known else set(range(unit.start, unit.end + 1))
    return start - begin in edges and end - begin in edges
