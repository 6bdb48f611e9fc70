# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A file for every line of a text: `tsukasa say --split`."""

import argparse
from functools import partial
from pathlib import Path

from ..output import STANDARD_OUTPUT
from .companions import renamed


_LEAST_DIGITS = 3


def split_into_files(options: argparse.Namespace, text: str) -> list[tuple[str, argparse.Namespace]]:
    """The lines of a text that are not empty, each with options whose files have its number: a-001.wav, a-002.wav.

    Lines are counted as in the text, so that an empty one leaves a gap, and a file is found from its line.

    Raises:
        ValueError: for standard output, which takes one file.
    """
    if options.output == STANDARD_OUTPUT:
        raise ValueError("standard output takes one sound file: name a file, after which those of lines are named")
    from ...text.segmentation import split_lines

    lines = [line.strip() for line in split_lines(text)]
    digits = max(_LEAST_DIGITS, len(str(len(lines))))
    files = []
    for number, line in enumerate(lines, start=1):
        if line:
            files.append((line, renamed(options, partial(_numbered, number=number, digits=digits))))
    return files


def _numbered(path: Path, number: int, digits: int) -> Path:
    return path.with_name(f"{path.stem}-{number:0{digits}}{path.suffix}")


__all__ = ["split_into_files"]
