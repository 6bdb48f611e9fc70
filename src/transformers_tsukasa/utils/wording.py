# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Wording of messages."""


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number and what it counts: "1 warning", "2 warnings".

    Args:
        count: how many.
        one: the word for one of them.
        several: the word for any other number; by default `one` with an s.
    """
    return f"{count} {one if count == 1 else several or f'{one}s'}"


__all__ = ["counted"]
