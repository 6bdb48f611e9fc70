# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the words of the analysis stand in the analysed text, which NJD does not tell."""

import re
from collections.abc import Sequence

from .layout import STAND_IN
from .njd_words import NjdWord


_REWRITTEN_CHARACTERS = "\u3000０１２３４５６７８９，．〇々ゝゞヽヾ〻"
_DIGIT_RUN = re.compile("[０-９]+(?:[，．][０-９]+)*")
_KANJI_DIGITS = "０１２３４５６７８９〇零一二三四五六七八九十百千万億兆京．"
_MAX_SKIPPED = 8


def find_places(words: Sequence[NjdWord], text: str) -> list[tuple[int, int]]:
    """The place of every word in the analysed text: where it begins, and one past its end.

    Words are looked for in order. NJD writes numbers in digits as words in kanji (1人 as 一人, 23 as 二 十 三): all of
    them share the place of the digits. Where other rules have rewritten the writing, the words between two that are
    found share the text between them.
    """
    found: list[tuple[int, int] | None] = []
    digits: re.Match[str] | None = None
    position = 0
    for word in words:
        string = STAND_IN if word.is_fixed else word.surface
        digits = _DIGIT_RUN.match(text, position) or (digits if digits and digits.end() == position else None)
        written = text.startswith(string, position)
        place = _place_of_number(string, text, digits) if digits and not written else None
        if place is None:
            place = _place_of_word(string, text, position, anywhere=bool(found) and found[-1] is None)
        found.append(place)
        position = place[1] if place else position
    return _without_gaps(found, len(text))


def _place_of_number(string: str, text: str, digits: re.Match[str]) -> tuple[int, int] | None:
    """Where a number word stands that is written in digits, with a counter that NJD has joined to it."""
    rest = string.lstrip(_KANJI_DIGITS)
    if rest == string or not text.startswith(rest, digits.end()):
        return None
    return digits.start(), digits.end() + len(rest)


def _place_of_word(string: str, text: str, position: int, anywhere: bool) -> tuple[int, int] | None:
    place = text.find(string, position, position + len(string) + _MAX_SKIPPED)
    if place < 0 or not (anywhere or not text[position:place].strip(_REWRITTEN_CHARACTERS)):
        return None
    return place, place + len(string)


def _without_gaps(found: list[tuple[int, int] | None], length: int) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    for index, place in enumerate(found):
        if place is None and index and found[index - 1] is None:
            place = places[-1]
        elif place is None:
            following = next((later for later in found[index + 1 :] if later is not None), None)
            place = (places[-1][1] if places else 0, following[0] if following else length)
        places.append(place)
    return places
