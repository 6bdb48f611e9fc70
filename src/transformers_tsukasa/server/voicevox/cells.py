# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The tokens of a sentence as cells: which of them are a mora's consonant, its vowel, a pause, or its edges."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from .arithmetic.moras import SYMBOLS
from .arithmetic.warping import CONSONANT, PAUSE, POST, PRE, VOWEL, Cell
from .lines import Line
from .queries import phrase_spans


_VOWEL_SYMBOLS = frozenset("aiɯueoAIUEOː")
_LONG = "ː"


def sentence_cells(line: Line, sentence: int, tokens: Sequence[str], first: int, known: Collection[str]) -> list[Cell]:
    """The cells of a sentence, from what precedes its first mora to what follows its last one.

    Args:
        line: whose morae they are.
        sentence: its number.
        tokens: that the model speaks, with pads.
        first: number of pads in front.
        known: symbols that the model knows; others of the reading have no token.

    Raises:
        ValueError: when the tokens are not those of the sentence.
    """
    owners = _owners(line, sentence, len(tokens), first, known)
    paused = _paused(line)
    places = [place for place, owner in enumerate(owners) if owner is not None]
    if not places:
        return [_cell(PRE, None, tokens, 0, len(tokens)), _cell(POST, None, tokens, len(tokens), len(tokens))]
    cells = [_cell(PRE, None, tokens, 0, places[0])]
    runs = list(_runs(owners, places))
    for (mora, start, end), after in zip(runs, [*runs[1:], None], strict=True):
        until = end if after is None else after[1]
        is_paused = after is not None and any(number in paused for number in range(mora, after[0]))
        vowel_end = end if is_paused or after is None else until
        cells += _mora_cells(line, mora, tokens, start, end, vowel_end)
        if is_paused:
            cells.append(_cell(PAUSE, after[0] - 1 if after else None, tokens, end, until))
    return [*cells, _cell(POST, None, tokens, runs[-1][2], len(tokens))]


def _mora_cells(line: Line, mora: int, tokens: Sequence[str], start: int, end: int, vowel_end: int) -> Iterator[Cell]:
    cut = start
    vowels = [place for place in range(start, end) if tokens[place] in _VOWEL_SYMBOLS]
    if vowels and SYMBOLS[line.morae[mora].text].consonant is not None:
        cut = vowels[-1] if any(map(_is_letter, tokens[start : vowels[-1]])) else start
    if cut > start:
        yield _cell(CONSONANT, mora, tokens, start, cut)
    yield _cell(VOWEL, mora, tokens, cut, vowel_end)


def _owners(line: Line, sentence: int, count: int, first: int, known: Collection[str]) -> list[int | None]:
    """The mora of the line that every token belongs to; None for spaces, marks and pads."""
    reading = line.sentences[sentence][1]
    queried = {own: place for place, mora in enumerate(line.morae) if mora.sentence == sentence for own in mora.own}
    kept = [
        queried.get(owner.mora)
        for symbol, owner in zip(reading.phonemes, reading.owners, strict=True)
        if symbol in known
    ]
    if first + len(kept) > count:
        raise ValueError(f"a sentence of {len(kept)} symbols has {count} tokens: they are of another one")
    return [*([None] * first), *kept, *([None] * (count - first - len(kept)))]


def _paused(line: Line) -> set[int]:
    """The morae after which there is a pause."""
    return {end - 1 for _, end, phrase in phrase_spans(line.phrases) if phrase.pause_mora is not None}


def _runs(owners: Sequence[int | None], places: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Morae that have tokens, each with its first token and its last + 1."""
    for mora, run in groupby(places, key=lambda place: owners[place]):
        own = list(run)
        assert mora is not None
        yield mora, own[0], own[-1] + 1


def _cell(kind: str, mora: int | None, tokens: Sequence[str], start: int, end: int) -> Cell:
    return Cell(kind, mora, (start, end), tuple(map(_is_letter, tokens[start:end])))


def _is_letter(token: str) -> bool:
    return token == _LONG or token.isalpha()


__all__ = ["sentence_cells"]
