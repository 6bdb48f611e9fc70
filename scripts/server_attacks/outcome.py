# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The results of an attack."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """A row of the table.

    Args:
        attack: its name.
        count: of what was sent or done.
        faults: what must not happen, one sentence each.
        found: counts worth reading.
    """

    attack: str
    count: int
    faults: tuple[str, ...]
    found: str

    def __str__(self) -> str:
        return f"{self.attack:20s} {self.count:7d} {len(self.faults):7d}  {self.found}"


HEAD = "attack                 count  faults  found"
"""The first line of the table."""
