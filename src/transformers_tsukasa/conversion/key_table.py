# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tables from the tensor names of an original checkpoint to ours.

A room's table is a tuple of rules, each a pair `(original stem, our stem)`:

    DECODER_KEYS = (
        ("decode.{block}.conv1", "blocks.{block}.conv1"),
        ("generator.alphas.{stage}", "generator.slopes.{stage}.alpha"),
        ("generator.unused", Dropped("a buffer of the original that nothing reads")),
    )

A stem is a whole tensor name or the beginning of one that ends at a dot; what follows it is kept. `{name}` stands for a
number. Names on the left are relative to the original's module and already folded: `weight`, never `weight_g`,
`weight_v` or `weight_orig`. Names on the right are relative to our room. The first rule that fits is taken.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Dropped:
    """Stands on the right of a rule whose tensors are left out, with the reason that the report prints."""

    reason: str


Rule = tuple[str, "str | Dropped"]
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _compile(stem: str) -> re.Pattern:
    seen: set[str] = set()
    pieces = []
    for index, piece in enumerate(_PLACEHOLDER.split(stem)):
        if index % 2 == 0:
            pieces.append(re.escape(piece))
        elif piece in seen:
            pieces.append(f"(?P={piece})")
        else:
            seen.add(piece)
            pieces.append(rf"(?P<{piece}>\d+)")
    return re.compile("".join(pieces) + r"(?=\.|$)")


class KeyTable:
    """The rules of one room.

    Args:
        rules (`Iterable[Rule]`): see the module's docstring.
        prefix (`str`): what stands before our names, for example `"decoder"`; may be empty.
    """

    def __init__(self, rules: Iterable[Rule], prefix: str = ""):
        self.rules = tuple(rules)
        self.prefix = f"{prefix}." if prefix else ""
        self._compiled = [(_compile(stem), target) for stem, target in self.rules]

    def translate(self, key: str) -> "str | Dropped | None":
        """Our name of the original tensor `key`, `Dropped`, or `None` when no rule knows it."""
        for pattern, target in self._compiled:
            match = pattern.match(key)
            if match is None:
                continue
            if isinstance(target, Dropped):
                return target
            return self.prefix + target.format(**match.groupdict()) + key[match.end() :]
        return None

    def original_names(self, ours: str) -> list[str]:
        """Every original name that the table translates into `ours` (two where the original stores a tensor twice)."""
        if not ours.startswith(self.prefix):
            return []
        rest = ours[len(self.prefix) :]
        names = []
        for stem, target in self.rules:
            match = None if isinstance(target, Dropped) else _compile(target).match(rest)
            if match is None:
                continue
            name = stem.format(**match.groupdict()) + rest[match.end() :]
            if self.translate(name) == ours:
                names.append(name)
        return names
