# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The borders and nuclei of a text that are most likely right, given a score for every mora.

A mora is in one of three states: no fall in its accent phrase so far, the nucleus (the pitch falls after it), or after
the fall. A phrase has one nucleus at most and none in its last mora, where a fall cannot be told from the border. The
scores make every such path more or less probable, and the one is taken of which most phrases are to be expected right
(decision 0044). All takes time linear in the morae.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple


BEFORE, NUCLEUS, AFTER = range(3)
"""The states of a mora."""

NEVER = -(1 << 40)
"""A score that no path outweighs."""

SCORE_SHARE = 0.3
"""How much the score of a phrase counts beside its probability."""

_LEAST_BORDER = math.log(1e-3)  # a border that is less probable is not tried
_SURE_BORDER = math.log(1 - 1e-3)  # and none that is more probable is passed
_MOST_BORDERS = 16  # that a phrase may pass


class Step(NamedTuple):
    """A mora of a path: its state, and whether an accent phrase begins with it."""

    state: int
    begins: bool


Scores = Sequence[float]
"""Of a mora: that a phrase begins there, that it does not, and those of the three states."""


def likely_path(scores: Sequence[Scores], scale: float = 1.0) -> list[Step]:
    """The path with the most phrases that can be expected to be right.

    A phrase counts as much as it is probable, with its borders and its nucleus, and `SCORE_SHARE` of its score
    besides, which decides where no phrase is probable. Of two nuclei that score the same the first is taken.

    Args:
        scores: of the morae of a text in order, at least one. `NEVER` forbids.
        scale: how many steps of the scores are one, in natural logarithms.
    """
    natural = [tuple(score / scale for score in one) for one in scores]
    beginnings, rests = _sums(natural)
    borders = [start + rest - beginnings[-1] for start, rest in zip(beginnings, rests, strict=True)]
    values = [0.0, *[-math.inf] * len(scores)]  # of the best path up to a border
    origins: list[tuple[int, int | None]] = [(0, None)] * (len(scores) + 1)
    for start in range(len(scores)):
        if values[start] == -math.inf:
            continue
        for end, score, nucleus in _phrases_from(scores, start, borders):
            logarithm = beginnings[start] + score / scale + rests[end] - beginnings[-1]
            value = values[start] + math.exp(min(logarithm, 0.0)) + SCORE_SHARE * score / scale
            if value > values[end]:
                values[end], origins[end] = value, (start, nucleus)
    steps: list[Step] = []
    end = len(scores)
    while end:
        start, nucleus = origins[end]
        steps += reversed(_steps(start, end, nucleus))
        end = start
    return steps[::-1]


def _phrases_from(
    scores: Sequence[Scores], start: int, borders: Sequence[float]
) -> Iterator[tuple[int, float, int | None]]:
    """The best phrase from a mora to each border that may follow: end, score, and nucleus if it has one.

    `borders`: the logarithm of how probable a border is before each mora, and past the last.
    """
    begins, _, before, high, _ = scores[start]
    level, falling = begins + before, begins + high  # without a fall, and with one after the last mora so far
    fallen, nucleus = 2.0 * NEVER, start
    passed = 0
    for end in range(start + 1, len(scores) + 1):
        if borders[end] > _LEAST_BORDER:
            yield (end, level, None) if level >= fallen else (end, fallen, nucleus)
            passed += 1
            if borders[end] > _SURE_BORDER or passed == _MOST_BORDERS:
                return
        _, stays, before, high, after = scores[end]
        if falling > fallen:
            fallen, nucleus = falling, end - 1
        level, falling, fallen = level + stays + before, level + stays + high, fallen + stays + after


def _steps(start: int, end: int, nucleus: int | None) -> list[Step]:
    """The morae of a phrase."""
    last = end if nucleus is None else nucleus
    return [
        Step(BEFORE if mora < last else NUCLEUS if mora == last else AFTER, mora == start)
        for mora in range(start, end)
    ]


def phrase_probabilities(scores: Sequence[Scores], path: Sequence[Step]) -> list[float]:
    """How probable each phrase of a path is, with its borders and its nucleus: the share of all paths that have it.

    Linear in the morae: sums over all beginnings and all rests of paths (forward and backward) are made once.

    Args:
        scores: of all morae, in natural logarithms.
        path: through all morae.
    """
    beginnings, rests = _sums(scores)
    starts = [place for place, step in enumerate(path) if step.begins]
    probabilities = []
    for start, end in zip(starts, [*starts[1:], len(path)], strict=True):
        own = sum(
            scores[mora][0 if mora == start else 1] + scores[mora][2 + path[mora].state] for mora in range(start, end)
        )
        probabilities.append(math.exp(min(beginnings[start] + own + rests[end] - beginnings[-1], 0.0)))
    return probabilities


def _sums(scores: Sequence[Scores]) -> tuple[list[float], list[float]]:
    """Sums over all beginnings and over all rests of paths at every mora and past the last, if a phrase begins there.

    They are logarithms of sums of the exponentials of scores; on the way they are kept near one, mora by mora.
    """
    odds, tops = [], []
    for begins, stays, before, nucleus, after in scores:
        border, state = max(begins, stays), max(before, nucleus, after)
        tops.append(border + state)
        logarithms = (begins - border, stays - border, before - state, nucleus - state, after - state)
        odds.append([math.exp(logarithm) for logarithm in logarithms])
    return _beginnings(odds, tops), _rests(odds, tops)


def _beginnings(odds: Sequence[Sequence[float]], tops: Sequence[float]) -> list[float]:
    sums = [0.0]
    level = nucleus = fallen = shift = 0.0
    ended = 1.0
    for (begins, stays, before, falls, after), top in zip(odds, tops, strict=True):
        high = level * stays + ended * begins
        fallen = (nucleus + fallen) * stays * after
        level, nucleus = high * before, high * falls
        total = level + nucleus + fallen
        level, nucleus, fallen = level / total, nucleus / total, fallen / total
        ended = level + fallen
        shift += math.log(total) + top
        sums.append(math.log(ended) + shift if ended else NEVER)
    return sums


def _rests(odds: Sequence[Sequence[float]], tops: Sequence[float]) -> list[float]:
    sums = [0.0]
    high = low = shift = 0.0  # of a phrase that has begun, before and after its fall
    new = 1.0
    for (begins, stays, before, falls, after), top in zip(reversed(odds), reversed(tops), strict=True):
        rest = before * (high + new) + falls * low
        low = stays * after * (low + new)
        high, new = stays * rest, begins * rest
        total = high + low + new
        high, low, new = high / total, low / total, new / total
        shift += math.log(total) + top
        sums.append(math.log(new) + shift if new else NEVER)
    return sums[::-1]


__all__ = [
    "AFTER",
    "BEFORE",
    "NEVER",
    "NUCLEUS",
    "SCORE_SHARE",
    "Scores",
    "Step",
    "likely_path",
    "phrase_probabilities",
]
