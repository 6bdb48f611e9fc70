# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The exception of every failed conversion, and the shortening of lists in its messages."""


class ConversionError(ValueError):
    """A checkpoint, config or folder cannot be converted; the message states what, where, and what to do."""


def shorten(names: list[str], limit: int = 8) -> str:
    """The names joined by commas, the tail replaced by its count."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
