# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Entries of the two dictionaries of the analysis at a place of its text."""

from bisect import bisect_right
from collections.abc import Sequence

from ..readings.jtalk import is_unknown
from ..readings.segmentation import MecabWord
from ..readings.spacing import ShortUnits
from ..types import DictionaryEntry


class DictionaryEntries:
    """The words of both dictionaries by their place in the analysed text.

    Args:
        tokens: words of pyopenjtalk's dictionary in the text.
        units: those of UniDic.
    """

    def __init__(self, tokens: Sequence[MecabWord], units: ShortUnits) -> None:
        self._tokens = tokens
        self._starts = [token.start for token in self._tokens]
        self._units = units

    def at(self, begin: int, end: int) -> DictionaryEntry | None:
        """The entry of a word at `begin:end`; None for one that stands nowhere, or is in neither dictionary."""
        index = bisect_right(self._starts, begin) - 1
        unit = self._units.unit_at(begin)
        if begin == end or index < 0 or unit is None:
            return None
        token = self._tokens[index]
        if is_unknown(token.feature) and not unit.known:
            return None
        return DictionaryEntry(token.feature, token.start == begin, unit.columns, unit.start == begin)


__all__ = ["DictionaryEntries"]
