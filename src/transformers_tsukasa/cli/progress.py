# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Progress of long commands, on standard error."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any


class ProgressBar:
    """A progress bar that appears once the amount of work is known, and is closed with its `with` block.

    Args:
        unit: what is counted, such as "row".
        quiet: show nothing.
    """

    def __init__(self, unit: str, quiet: bool) -> None:
        self._unit, self._quiet = unit, quiet
        self._closing = ExitStack()
        self._bar: Any = None

    def start(self, total: int, done: int) -> Callable[[int], Any]:
        """Show the bar, from its beginning if it is there, and return a function that adds finished work to it.

        Args:
            total: amount of work.
            done: how much of it is finished already.
        """
        if self._quiet:
            return lambda count: None
        from tqdm import tqdm

        if self._bar is None:
            self._bar = self._closing.enter_context(
                tqdm(total=total, initial=done, unit=self._unit, file=sys.stderr, dynamic_ncols=True)
            )
        else:
            self._bar.reset(total)
            self._bar.update(done)
        return self._bar.update

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.close()


__all__ = ["ProgressBar"]
