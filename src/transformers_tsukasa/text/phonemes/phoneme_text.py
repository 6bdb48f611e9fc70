# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phoneme symbols that know their words and morae, and rules that rewrite them."""

import re
from functools import lru_cache
from typing import NamedTuple


Rules = tuple[tuple[re.Pattern[str], str], ...]

NO_OWNER = -1


def rules(*pairs: tuple[str, str]) -> Rules:
    """Patterns with their replacements, in the order in which they are applied."""
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


TIDY_RULES = rules((r" {2,}", " "), (r" +(?=[.,?!:;—])", ""), (r"^ +| +$", ""))
"""A space never stands at an end, twice, or before a mark."""


class Owner(NamedTuple):
    """Origin of a phoneme symbol: the index of its word, and of its mora among all of the text (or -1)."""

    word: int
    mora: int


class PhonemeText:
    """Phoneme symbols, each with its owner, which stay together under rewriting rules."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.owners: list[Owner] = []

    @property
    def symbols(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def last(self) -> str:
        """The last symbol, "" at the beginning."""
        return self._parts[-1][-1] if self._parts else ""

    def append(self, symbols: str, owner: Owner) -> None:
        if symbols:
            self._parts.append(symbols)
            self.owners += [owner] * len(symbols)

    def rewrite(self, rules: Rules) -> None:
        """Replaces every match of one rule after the other."""
        for pattern, replacement in rules:
            self._replace(pattern, replacement)

    def _replace(self, pattern: re.Pattern[str], replacement: str) -> None:
        """Replaces every match; `_inherit` tells whose the new symbols are."""
        before = self.symbols
        if pattern.search(before) is None:
            return
        symbols: list[str] = []
        owners: list[Owner] = []
        position = 0
        for match in pattern.finditer(before):
            new = match.expand(replacement) if "\\" in replacement else replacement
            old = self.owners[match.start() : match.end()]
            symbols += [before[position : match.start()], new]
            owners += self.owners[position : match.start()]
            owners += [old[place] for place in _inherit(match.group(), new)]
            position = match.end()
        self._parts = [part for part in (*symbols, before[position:]) if part]
        self.owners = owners + self.owners[position:]


@lru_cache(maxsize=4096)  # a text has the same few again and again
def _inherit(old: str, new: str) -> tuple[int, ...]:
    """For every symbol of `new`, the place of the symbol of `old` whose owner it gets.

    Symbols that stay at either end keep theirs. Between these, the last ones match: where two morae become one long
    vowel (i i to iː), the length mark is the second one's.
    """
    longest = min(len(old), len(new))
    head = next((place for place in range(longest) if old[place] != new[place]), longest)
    tail = next((size for size in range(longest - head) if old[-1 - size] != new[-1 - size]), longest - head)
    changed = range(head, len(new) - tail)
    shift = len(old) - len(new)
    places = [min(max(place + shift, head), len(old) - tail - 1) for place in changed]
    return (*range(head), *(max(place, 0) for place in places), *range(len(old) - tail, len(old)))
