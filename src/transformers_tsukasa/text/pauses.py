# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pauses written in a text: [pause:1.5s], [pause:paragraph], <break time="500ms"/>, <break strength="weak"/>."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..utils.wording import shortened


LONGEST_PAUSE = 60.0
"""Seconds; a longer pause is several in a row."""

SEGMENT_ENDINGS = ("none", "clause", "sentence", "question", "exclamation", "ellipsis", "line", "paragraph")
"""How an utterance ends; the marks after sentences of long form are made of indices into this."""

SENTENCE_ENDINGS = tuple(ending for ending in SEGMENT_ENDINGS if ending not in ("none", "clause"))
"""Those after which a sentence is complete; the others are of a sentence that is cut for its length."""

# No repetition runs past the next bracket, so that the search is linear in the text's length.
_MARKUP = re.compile(
    r"[\[［][ 　]*pause[ 　]*[:：](?P<value>[^\[\]［］\n]*)[\]］]|<break(?P<attributes>(?:\s[^<>]*)?)/?>|</break\s*>",
    re.IGNORECASE,
)
_TIME = re.compile(r"\+?(\d+\.?\d*|\.\d+)\s*(ms|s|秒)?", re.ASCII | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(time|strength)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
# Speech Synthesis Markup Language 1.1 (W3C 2010), section 3.2.3; a break without attributes is a medium one.
_STRENGTHS = {
    "none": "none",
    "x-weak": "clause",
    "weak": "clause",
    "medium": "sentence",
    "strong": "paragraph",
    "x-strong": "paragraph",
}


class PauseError(ValueError):
    """A pause in the text has no length that can be spoken."""


@dataclass(frozen=True)
class Pause:
    """A pause in a line: of `seconds`, or that of an utterance with `ending`."""

    start: int  # offsets of its markup in the line, in characters
    end: int
    seconds: float | None
    ending: str | None


def find_pauses(line: str) -> list[Pause]:
    """Return the pauses of a line in order.

    Raises:
        PauseError: for one that is not 0 to 60 seconds and no ending, with its place.
    """
    # An end tag is markup, but no further pause.
    return [_pause(match) for match in _MARKUP.finditer(line) if not match.group().startswith("</")]


def has_pauses(text: str) -> bool:
    """Whether pauses are written in the text."""
    return _MARKUP.search(text) is not None


def without_pauses(text: str) -> str:
    """Return the text with spaces in place of every pause, so that all else stays in its place."""
    return _MARKUP.sub(lambda match: " " * len(match.group()), text)


def write_pause(seconds: float) -> str:
    """Write a pause of some seconds, to the millisecond, as `find_pauses` reads it; a long one as several."""
    thousandths, longest = round(seconds * 1000), round(LONGEST_PAUSE * 1000)
    parts = [longest] * (thousandths // longest) + [thousandths % longest]
    return "".join(f"[pause:{part / 1000:g}s]" for part in parts if part or thousandths == 0)


def write_ending(ending: str) -> str:
    """Write the pause after an utterance with this ending, as `find_pauses` reads it."""
    return f"[pause:{ending}]"


class PauseScanner:
    """Passes on the lines of a text without their pauses, which it keeps with their places.

    Args:
        lines: with their ends.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = lines
        self._found: list[Pause] = []

    def lines(self) -> Iterator[str]:
        """Yield the lines, cut after every pause, with spaces in its place."""
        offset = 0
        for line in self._source:
            plain = without_pauses(line)
            begin = 0
            for pause in find_pauses(line):
                self._found.append(Pause(offset + pause.start, offset + pause.end, pause.seconds, pause.ending))
                yield plain[begin : pause.end]
                begin = pause.end
            if begin < len(line):
                yield plain[begin:]
            offset += len(line)

    def take(self, end: int | None = None) -> list[Pause]:
        """Return, once, the pauses so far that lie before the character `end` of the text; without it all."""
        taken = [pause for pause in self._found if end is None or pause.start < end]
        self._found = self._found[len(taken) :]
        return taken


def _pause(match: re.Match[str]) -> Pause:
    value = match["value"]
    if value is None:
        attributes = {name.lower(): first or second for name, first, second in _ATTRIBUTE.findall(match["attributes"])}
        strength = attributes.get("strength", "medium").strip().lower()
        value = attributes.get("time", _STRENGTHS.get(strength, strength))
    value = unicodedata.normalize("NFKC", value).strip().lower()
    if value in SEGMENT_ENDINGS:
        return Pause(match.start(), match.end(), None, value)
    time = _TIME.fullmatch(value)
    seconds = float(time[1]) / (1000 if time[2] == "ms" else 1) if time is not None else None
    if seconds is None or seconds > LONGEST_PAUSE:
        raise PauseError(
            f"the pause {shortened(match.group())!r} at character {match.start() + 1} of its line cannot be spoken: "
            f'give it 0 to {LONGEST_PAUSE:g} seconds, as in [pause:1.5s] and <break time="500ms"/>, or one of '
            f"{', '.join(SEGMENT_ENDINGS)}"
        )
    return Pause(match.start(), match.end(), seconds, None)


__all__ = [
    "SEGMENT_ENDINGS",
    "SENTENCE_ENDINGS",
    "LONGEST_PAUSE",
    "Pause",
    "PauseError",
    "PauseScanner",
    "find_pauses",
    "has_pauses",
    "without_pauses",
    "write_ending",
    "write_pause",
]
