# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""When speech is spoken, as subtitles (SubRip, WebVTT), labels (HTK) and JSON."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..text.phonemes.symbols import is_sound
from ..text.timing import TimedMora, TimedSymbol, TimedWord
from ..utils.atomic_files import write_text


if TYPE_CHECKING:  # a server imports no torch before a model is loaded
    from .speech import Speech


Span = tuple[float, float, str]
"""Start and end in seconds, and what is spoken there."""

_LAB_UNIT = 1e-7  # seconds
_DIGITS = 6  # of seconds: float32 has no more


def sentence_spans(sentences: "Iterable[Speech]") -> list[Span]:
    """Every sentence from its first sound to its last one, for subtitles; one without sounds is left out."""
    spans = []
    for sentence in sentences:
        sounds = [symbol for symbol in sentence.symbols if is_sound(symbol.symbol)]
        if sounds:
            spans.append((sounds[0].start, sounds[-1].end, " ".join(sentence.text.split())))
    return spans


def symbol_spans(sentences: "Iterable[Speech]") -> list[Span]:
    """Every symbol but spaces, for labels."""
    symbols = (symbol for sentence in sentences for symbol in sentence.symbols)
    return [(part.start, part.end, part.symbol) for part in symbols if part.symbol.strip()]


def write_srt(spans: Iterable[Span]) -> str:
    """Subtitles as SubRip has them, one for every span."""
    cues = [
        f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{text}\n"
        for number, (start, end, text) in enumerate(spans, start=1)
    ]
    return "\n".join(cues)


def write_vtt(spans: Iterable[Span]) -> str:
    """Subtitles as WebVTT has them, one for every span."""
    escaped = ((start, end, text.replace("&", "&amp;").replace("<", "&lt;")) for start, end, text in spans)
    return "WEBVTT\n" + "".join(f"\n{_clock(a, '.')} --> {_clock(b, '.')}\n{text}\n" for a, b, text in escaped)


def write_lab(spans: Iterable[Span]) -> str:
    """Labels as HTK has them: start and end in units of 100 ns, and the symbol."""
    return "".join(f"{round(a / _LAB_UNIT)} {round(b / _LAB_UNIT)} {symbol}\n" for a, b, symbol in spans)


def times_json(sentences: "Iterable[Speech]") -> str:
    """When every word, mora and symbol is spoken, as JSON: a list with an object for every sentence.

    ```json
    [{"text": "犬だ。",
      "words": [{"surface": "犬", "place": [0, 1], "start": 0.05, "end": 0.3,
                 "morae": [{"kana": "イ", "start": 0.05, "end": 0.15}, ...]}, ...],
      "symbols": [{"symbol": "i", "start": 0.05, "end": 0.15}, ...]}, ...]
    ```
    Times are seconds from the start of the speech; places count characters from the start of the text.
    """
    rows = [
        {
            "text": sentence.text,
            "words": [{**_timed(word), "morae": list(map(_timed, word.morae))} for word in sentence.words],
            "symbols": list(map(_timed, sentence.symbols)),
        }
        for sentence in sentences
    ]
    return json.dumps(rows, ensure_ascii=False)


TIMING_FORMATS: "dict[str, Callable[[Sequence[Speech]], str]]" = {
    "srt": lambda sentences: write_srt(sentence_spans(sentences)),
    "vtt": lambda sentences: write_vtt(sentence_spans(sentences)),
    "lab": lambda sentences: write_lab(symbol_spans(sentences)),
    "json": times_json,
}
"""By name, the functions that write the times of sentences as text."""


def write_times(path: str | os.PathLike, sentences: "Sequence[Speech]", timing_format: str = "json") -> None:
    """Write the times of speech into a file, which appears when it is complete.

    Args:
        path: of the file.
        sentences: as `Speaker.stream` yields them.
        timing_format: a key of `TIMING_FORMATS`.

    Raises:
        ValueError: for another format.
        OSError: when the file cannot be written.
    """
    if timing_format not in TIMING_FORMATS:
        raise ValueError(f"there is no `timing_format` '{timing_format}': use one of {', '.join(TIMING_FORMATS)}")
    write_text(path, TIMING_FORMATS[timing_format](sentences))


def _timed(part: TimedWord | TimedMora | TimedSymbol) -> dict[str, Any]:
    """The fields of a part of speech, with rounded times."""
    return {**asdict(part), "start": round(part.start, _DIGITS), "end": round(part.end, _DIGITS)}


def _clock(seconds: float, mark: str) -> str:
    """Hours, minutes, seconds and thousandths."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


__all__ = [
    "TIMING_FORMATS",
    "Span",
    "sentence_spans",
    "symbol_spans",
    "times_json",
    "write_lab",
    "write_srt",
    "write_times",
    "write_vtt",
]
