# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Wording and layout of messages and tables."""

import difflib
import logging
import unicodedata
from collections.abc import Iterable


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number and what it counts: "1 warning", "2 warnings".

    Args:
        count: how many.
        one: the word for one of them.
        several: the word for any other number; by default `one` with an s.
    """
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def shortened(text: str, most: int = 40) -> str:
    """The beginning of a text, for a message."""
    return text if len(text) <= most else text[:most] + "..."


def suggestion(name: object, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: which known ones are close; empty when none is."""
    close = difflib.get_close_matches(str(name), list(known), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""


OF_THIS_PROCESS = {"of_this_process": True}
"""As `extra` of a log call: a message that differs between the processes of a run, so that each writes its own."""


def is_of_this_process(record: logging.LogRecord) -> bool:
    """Whether a message was logged with `OF_THIS_PROCESS`, or is an error."""
    return getattr(record, "of_this_process", False) or record.levelno >= logging.ERROR


def display_width(text: str) -> int:
    """Columns of a terminal that `text` takes: two for a wide character, as Japanese ones are."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def install_hint(extra: str) -> str:
    """The end of an error about a missing package: how to install an extra of setup.cfg.

    It leads to the repository, for no package index has this project.
    """
    return f"pip install '.[{extra}]' in the project's repository"


__all__ = [
    "OF_THIS_PROCESS",
    "counted",
    "display_width",
    "install_hint",
    "is_of_this_process",
    "shortened",
    "suggestion",
]
