# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files beside the speech: times as JSON, subtitles and labels, and the prosody."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ...utils.atomic_files import check_place
from ..output import STANDARD_OUTPUT


if TYPE_CHECKING:
    from ...synthesis.speech import Speech


# Arguments with the format of their file, a key of `TIMING_FORMATS`.
_TIMES = {"times": "json", "srt": "srt", "vtt": "vtt", "lab": "lab"}
_COMPANIONS = (*_TIMES, "prosody", "fit_report", "verification")


def add_companion_arguments(group: argparse._ActionsContainer) -> None:
    """Add --times, --srt, --vtt, --lab and --prosody."""
    group.add_argument(
        "--times",
        "--json",
        type=Path,
        metavar="JSON",
        help="also write when every word, mora and symbol is spoken as JSON",
    )
    group.add_argument("--srt", type=Path, metavar="FILE", help="also write subtitles, one for every sentence")
    group.add_argument("--vtt", type=Path, metavar="FILE", help="the same as WebVTT")
    group.add_argument("--lab", type=Path, metavar="FILE", help="also write the times of symbols as HTK's labels")
    group.add_argument(
        "--prosody", type=Path, metavar="JSON", help="also write durations of every phoneme, F0 and energy as JSON"
    )


def companions_of(options: argparse.Namespace) -> dict[str, Path]:
    """The files beside the speech that are wanted, by the name of their argument."""
    given = ((name, getattr(options, name)) for name in _COMPANIONS)
    return {name: path for name, path in given if path is not None}


def check_companions(options: argparse.Namespace) -> None:
    """Refuse places that could not be written after all the speech, and one place for two files.

    Raises:
        ValueError: for standard output, or a file that is named twice.
        OSError: where no file can be written.
    """
    taken: set[Path] = set() if options.output in (None, STANDARD_OUTPUT) else {options.output.absolute()}
    for path in companions_of(options).values():
        if path == STANDARD_OUTPUT:
            raise ValueError("only the speech can go to standard output: name a file for times, subtitles and prosody")
        check_place(path)
        if path.absolute() in taken:
            raise ValueError(f"two files would be written to '{path}': give each a name of its own")
        taken.add(path.absolute())


def write_companions(options: argparse.Namespace, sentences: "list[Speech]") -> None:
    """Write the files beside the speech of these sentences.

    Raises:
        OSError: when one cannot be written.
    """
    from ...synthesis.speech import write_prosody
    from ...synthesis.timing_formats import write_times

    for name, path in companions_of(options).items():
        if name in _TIMES:
            write_times(path, sentences, _TIMES[name])
    if options.prosody is not None:
        write_prosody(options.prosody, [prosody for sentence in sentences for prosody in sentence.prosody])


def renamed(options: argparse.Namespace, rename: Callable[[Path], Path]) -> argparse.Namespace:
    """Return the options with the sound file and those beside it renamed."""
    files = {"output": options.output, **companions_of(options)}
    changed = {name: rename(path) for name, path in files.items() if path is not None}
    return argparse.Namespace(**{**vars(options), **changed})


__all__ = ["add_companion_arguments", "check_companions", "companions_of", "renamed", "write_companions"]
