# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The text of a command: from its arguments, a file, or standard input."""

import argparse
import codecs
import errno
import os
import sys
from pathlib import Path


def add_text_arguments(parser: argparse.ArgumentParser) -> None:
    """Add TEXT, --file and --encoding."""
    parser.add_argument("text", nargs="*", metavar="TEXT", help='the text; "-" or nothing reads standard input')
    parser.add_argument("-f", "--file", type=Path, help="read the text from a file")
    parser.add_argument(
        "--encoding",
        dest="text_encoding",
        metavar="ENCODING",
        default="utf-8",
        help="of the file or of standard input (default: %(default)s)",
    )


def read_text(options: argparse.Namespace) -> str:
    """Read the text.

    Raises:
        ValueError: when there is none, it is empty, or not in the stated encoding.
        OSError: when the file cannot be read.
    """
    text = _read(options)
    if not text.strip():
        raise ValueError("the text is empty: give it at least one word")
    return text


def check_readable(path: Path) -> None:
    """Refuse a file that is not there.

    Raises:
        OSError: when it is missing, or a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "it is missing", str(path))


def _read(options: argparse.Namespace) -> str:
    if options.file is not None:
        if options.text:
            raise ValueError("give the text as an argument or with --file, not both")
        return _decode(options.file.read_bytes(), options.text_encoding, str(options.file))
    if options.text and options.text != ["-"]:
        return _argument(" ".join(options.text), options.text_encoding)
    if not options.text and sys.stdin.isatty():
        raise ValueError('no text: write it as an argument, e.g. "こんにちは", or name a file with --file')
    return _decode(sys.stdin.buffer.read(), options.text_encoding, "standard input")


def _argument(text: str, encoding: str) -> str:
    """A text of the command line, of which Python keeps the bytes where the locale has no such characters."""
    if all(not "\udc80" <= character <= "\udcff" for character in text):
        return text
    return _decode(os.fsencode(text), encoding, "the text")


def _decode(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except LookupError as error:
        raise ValueError(f"unknown encoding '{encoding}'; Japanese files are mostly utf-8 or cp932") from error
    except UnicodeDecodeError as error:
        other = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "cp932"
        raise ValueError(f"{name} is not {encoding} (byte {error.start}); try --encoding {other}") from error
    return text.removeprefix("\ufeff")
