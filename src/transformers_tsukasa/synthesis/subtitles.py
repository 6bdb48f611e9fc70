# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Subtitles that are read: SubRip and WebVTT."""

import re
from dataclasses import dataclass


_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{2})[,.](\d{3})"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?")
# Formatting of SubRip, WebVTT and Advanced SubStation; a written pause (<break ...>) is none.
_TAG = re.compile(r"</?(?!break\b)[A-Za-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&amp;": "&"}  # the last one last


@dataclass(frozen=True)
class Subtitle:
    """One subtitle.

    Args:
        start, end: seconds.
        text: in one line, without formatting.
    """

    start: float
    end: float
    text: str


def read_subtitles(text: str) -> list[Subtitle]:
    """Read subtitles of SubRip or WebVTT, in the order of their starts.

    Lines of one subtitle are joined by a space. Numbers, settings of the place on the screen, formatting, and WebVTT's
    notes and styles are left out.

    Raises:
        ValueError: when there is none, and for times that cannot be read, naming the line.
    """
    subtitles = []
    lines = text.removeprefix("\ufeff").splitlines()
    number = 0
    while number < len(lines):
        number += 1
        if "-->" not in lines[number - 1]:
            continue
        start, end = _read_times(lines[number - 1], number)
        shown = []
        while number < len(lines) and lines[number].strip():
            shown.append(lines[number])
            number += 1
        subtitles.append(Subtitle(start, end, _plain(shown)))
    if not subtitles:
        raise ValueError("there are no subtitles in the text: they have lines like 00:00:01,000 --> 00:00:03,500")
    return sorted(subtitles, key=lambda subtitle: subtitle.start)


def _read_times(line: str, number: int) -> tuple[float, float]:
    times = _TIMES.fullmatch(line)
    if times is None:
        raise ValueError(f"line {number} of the subtitles has no times like 00:00:01,000 --> 00:00:03,500: '{line}'")
    fields = times.groups()
    start, end = _seconds(*fields[:4]), _seconds(*fields[4:])
    if end <= start:
        raise ValueError(f"line {number} of the subtitles ends before it begins: '{line.strip()}'")
    return start, end


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    return 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds) + int(thousandths) / 1000


def _plain(lines: list[str]) -> str:
    text = _TAG.sub("", " ".join(line.strip() for line in lines))
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return text.strip()


__all__ = ["Subtitle", "read_subtitles"]
