# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech that fits subtitles: `tsukasa say --fit`."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...utils.atomic_files import write_text
from ...utils.wording import counted
from ..output import complain
from ..progress import ProgressBar


if TYPE_CHECKING:
    from ...synthesis.speaker import Speaker
    from ...synthesis.speech import Speech
    from ...synthesis.subtitle_fitting import SubtitleFit


def add_fit_arguments(group: argparse._ActionsContainer) -> None:
    """Add --fit, --slowest, --fastest and --fit-report."""
    group.add_argument(
        "--fit", action="store_true", help="the text is subtitles (SRT or WebVTT), each spoken while it is shown"
    )
    group.add_argument("--slowest", type=float, metavar="FACTOR", help="least factor of the rate (default: 1)")
    group.add_argument("--fastest", type=float, metavar="FACTOR", help="largest factor of the rate (default: 1.5)")
    group.add_argument("--fit-report", type=Path, metavar="JSON", help="also write how every subtitle fits")


def check_fit(options: argparse.Namespace, text: str) -> None:
    """Refuse options that do not go together, and text that is no subtitles.

    Raises:
        ValueError: for either.
    """
    if not options.fit:
        for name in ("slowest", "fastest", "fit_report"):
            if getattr(options, name) is not None:
                raise ValueError(f"`{name}` is for subtitles: give `fit` too, or leave it out")
        return
    if options.split or options.style_text:
        raise ValueError(f"subtitles are one text: leave `{'split' if options.split else 'style_text'}` out")
    for name in ("num_candidates", "reranker", "recognizer"):
        if getattr(options, name) is not None:
            raise ValueError(f"subtitles are fitted by times that only the first candidate has: leave `{name}` out")
    from ...synthesis.subtitles import read_subtitles

    read_subtitles(text)
    _limits(options)


def subtitle_speech(
    options: argparse.Namespace, speaker: "Speaker", text: str, arguments: Mapping[str, Any]
) -> "Iterator[Speech]":
    """Speak subtitles at their times; at the end, write the report and tell what does not fit.

    Args:
        options: of the command.
        speaker: speaks them.
        text: the subtitles.
        arguments: of `Speaker.speak`.
    """
    from ...synthesis.subtitle_fitting import speak_subtitles
    from ...synthesis.subtitles import read_subtitles

    subtitles = read_subtitles(text)
    fits: list[SubtitleFit] = []
    with ProgressBar("subtitle", options.quiet) as bar:
        advance = bar.start(len(subtitles), 0)
        for speech, fit in speak_subtitles(speaker, subtitles, _limits(options), **arguments):
            fits.append(fit)
            if speech is not None:
                yield speech
            advance(1)
    if all(fit.spoken_start is None for fit in fits):
        raise ValueError("the subtitles hold no readable word: check their text and `text_encoding`")
    if options.fit_report is not None:
        write_text(options.fit_report, json.dumps([fit.row() for fit in fits], ensure_ascii=False, indent=1))
    missed = [fit for fit in fits if not fit.fits]
    for fit in missed:
        complain(fit.sentence())
    complain(f"{len(fits) - len(missed)} of {counted(len(fits), 'subtitle')} fit")


def _limits(options: argparse.Namespace) -> Any:
    from ...synthesis.subtitle_fitting import RateLimits

    given = {"slowest": options.slowest, "fastest": options.fastest}
    return RateLimits(**{name: value for name, value in given.items() if value is not None})


__all__ = ["add_fit_arguments", "check_fit", "subtitle_speech"]
