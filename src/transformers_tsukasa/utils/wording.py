# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Wording and layout of messages and tables."""

import unicodedata


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number and what it counts: "1 warning", "2 warnings".

    Args:
        count: how many.
        one: the word for one of them.
        several: the word for any other number; by default `one` with an s.
    """
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def display_width(text: str) -> int:
    """Columns of a terminal that `text` takes: two for a wide character, as Japanese ones are."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def install_hint(extra: str) -> str:
    """The end of an error about a missing package: how to install an extra of setup.cfg.

    It leads to the repository, for no package index has this project.
    """
    return f"pip install '.[{extra}]' in the project's repository"


__all__ = ["counted", "display_width", "install_hint"]
