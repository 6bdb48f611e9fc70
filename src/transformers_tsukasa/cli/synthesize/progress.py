# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Progress of bulk synthesis: a bar on a terminal, and a line a minute in the log of a job."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..output import complain, is_terminal


_SECONDS_BETWEEN_LINES = 60.0


@contextmanager
def speech_progress(rows: int, quiet: bool) -> Iterator[Callable[[float], None]]:
    """Give a function that takes the seconds of speech of every finished row, and shows rows and speed.

    Args:
        rows: of this process.
        quiet: show nothing.
    """
    if quiet:
        yield lambda seconds: None
    elif is_terminal(sys.stderr):
        with _bar(rows) as count:
            yield count
    else:
        yield _lines(rows)


@contextmanager
def _bar(rows: int) -> Iterator[Callable[[float], None]]:
    from tqdm import tqdm

    speed = _Speed()
    with tqdm(total=rows, unit="row", file=sys.stderr, dynamic_ncols=True) as bar:

        def count(seconds: float) -> None:
            bar.set_postfix_str(speed.after(seconds), refresh=False)
            bar.update()

        yield count


def _lines(rows: int) -> Callable[[float], None]:
    speed, done, last = _Speed(), 0, time.monotonic()

    def count(seconds: float) -> None:
        nonlocal done, last
        done, text = done + 1, speed.after(seconds)
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            complain(f"{done} of {rows} rows, {text}")

    return count


class _Speed:
    """Seconds of speech a second since it was made."""

    def __init__(self) -> None:
        self._begin, self._spoken = time.monotonic(), 0.0

    def after(self, seconds: float) -> str:
        """Add seconds of speech, and tell the speed."""
        self._spoken += seconds
        passed = max(time.monotonic() - self._begin, 1e-9)
        return f"{self._spoken / passed:.1f} s of speech a second"


__all__ = ["speech_progress"]
