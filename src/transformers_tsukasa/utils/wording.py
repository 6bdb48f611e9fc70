# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of what is said of a run."""


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number and what it counts: "1 warning", "2 warnings".

    Args:
        count: how many.
        one: the word for one of them.
        several: that for any other number; `one` with an s when None.
    """
    return f"{count} {one if count == 1 else several or f'{one}s'}"


__all__ = ["counted"]
