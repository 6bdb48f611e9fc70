# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Standard output and error, whatever their encoding, and wherever they lead."""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


STANDARD_OUTPUT = Path("-")
"""The name of a file that stands for standard output."""


def print_anything() -> None:
    """Let standard output and error print every text: characters that their encoding lacks are written as \\uXXXX.

    Pipes of a Japanese Windows have the encoding cp932, those of a bare POSIX environment ascii.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_phonemes_as_utf8() -> None:
    """Make standard output UTF-8 where its encoding has no phonetic letters, so that a file of phonemes can be read.

    `tsukasa say --phonemes --file` reads it as it is. A terminal keeps its encoding, in which it shows the rest right.
    """
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper) or is_terminal(stream):
        return
    try:
        "ɯɕʔ↑".encode(stream.encoding)
    except UnicodeEncodeError:
        stream.reconfigure(encoding="utf-8")


def flush_output() -> None:
    """Write what standard output still holds.

    Raises:
        OSError: when it cannot be written: a full disk, a closed pipe.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def discard_output() -> None:
    """Lead standard output nowhere, after it failed: Python would try again at its end, and complain."""
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):  # there is none, or it is no file
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches a stream; a missing or closed one has nobody."""
    return stream is not None and not stream.closed and stream.isatty()


def complain(message: str) -> None:
    """Print a message on standard error; without one, nowhere."""
    if sys.stderr is not None:
        print(message, file=sys.stderr)


@contextmanager
def binary_output(path: Path, name: str) -> Iterator[Path]:
    """Give the path to write a file to: `path`, or for "-" a temporary one that goes to standard output at the end.

    Args:
        path: where the file is wanted.
        name: of the temporary file, whose ending tells the format.

    Raises:
        ValueError: when standard output is a terminal.
    """
    if path != STANDARD_OUTPUT:
        yield path
        return
    if sys.stdout is None or is_terminal(sys.stdout):
        raise ValueError("a terminal cannot take sound: lead standard output to a file or program, or name a file")
    with tempfile.TemporaryDirectory() as folder:
        complete = Path(folder) / name
        yield complete
        with complete.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)


__all__ = [
    "STANDARD_OUTPUT",
    "binary_output",
    "complain",
    "discard_output",
    "flush_output",
    "is_terminal",
    "print_anything",
    "print_phonemes_as_utf8",
]
