# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Parts that rules of normalisation share: their form, their answer, and the text around a place."""

from collections.abc import Callable

from ..types import Piece


Rule = Callable[[str, int], "list[Piece] | None"]
"""Reads one form of writing: the folded text and a place in it -> pieces, or None where the form does not stand there.

The pieces follow one another from the place on. Each has the length of the writing that it covers (`rewritten`);
`normalize` gives it its place in the original text.
"""

_NEARBY = 24  # how far rules look back and ahead; it keeps long texts linear


def before(text: str, position: int) -> str:
    """The characters just before `position`."""
    return text[max(position - _NEARBY, 0) : position]


def after(text: str, position: int) -> str:
    """The characters from `position` on, as many as a rule may need."""
    return text[position : position + _NEARBY]


def rewritten(
    length: int,
    text: str,
    source: str = "number",
    kana: str | None = None,
    note: str = "",
    alternatives: tuple[str, ...] = (),
    accent: int | None = None,
    pos: tuple[str, str] = ("名詞", "固有名詞"),
) -> Piece:
    """A piece for the next `length` characters, which are read as `text`, or as `kana` where that is given."""
    return Piece(0, length, text, source, kana, accent, note, alternatives, pos)
