# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The best borders and nuclei of a text, given a score for every mora.

A mora is in one of three states: no fall in its accent phrase so far, the nucleus (the pitch falls after it), or after
the fall. A phrase has one nucleus at most and none in its last mora, where a fall cannot be told from the border. The
best of all such paths is found in time linear in the morae (Viterbi).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple


BEFORE, NUCLEUS, AFTER = range(3)
"""The states of a mora."""

NEVER = -(1 << 40)
"""A score that no path outweighs."""


class Step(NamedTuple):
    """A mora of a path: its state, and whether an accent phrase begins with it."""

    state: int
    begins: bool


Scores = Sequence[float]
"""Of a mora: that a phrase begins there, that it does not, and those of the three states."""


def best_path(scores: Sequence[Scores]) -> list[Step]:
    """The path with the greatest sum of scores; of two that are equal the one without a border or fall.

    Args:
        scores: of the morae of a text in order, at least one. `NEVER` forbids.
    """
    begins, _, before, nucleus, _ = scores[0]
    totals: tuple[float, float, float] = (begins + before, begins + nucleus, 2 * NEVER)
    trace: list[tuple[tuple[int, bool], int]] = []  # of every mora: where BEFORE and NUCLEUS come from, and AFTER
    for begins, stays, before, nucleus, after in scores[1:]:
        ended = BEFORE if totals[BEFORE] >= totals[AFTER] else AFTER
        new, same = totals[ended] + begins, totals[BEFORE] + stays
        origin = (BEFORE, False) if same >= new else (ended, True)
        fallen = NUCLEUS if totals[NUCLEUS] > totals[AFTER] else AFTER
        trace.append((origin, fallen))
        high = max(same, new)
        totals = (high + before, high + nucleus, totals[fallen] + stays + after)
    state = BEFORE if totals[BEFORE] >= totals[AFTER] else AFTER
    steps: list[Step] = []
    for origin, fallen in reversed(trace):
        previous, is_new = (fallen, False) if state == AFTER else origin
        steps.append(Step(state, is_new))
        state = previous
    return [Step(state, True), *reversed(steps)]


def phrase_probability(scores: Sequence[Scores], path: Sequence[Step], start: int, end: int) -> float:
    """How probable a phrase of a path is, with its borders and its nucleus: the share of all paths that have it.

    Args:
        scores: of all morae, in natural logarithms.
        path: through all morae.
        start, end: the first mora of the phrase, and one past its last.
    """
    fixed = list(scores)
    for mora in range(start, end):
        begins, stays, *states = scores[mora]
        state = path[mora].state
        kept = [score if index == state else NEVER for index, score in enumerate(states)]
        is_first = mora == start
        fixed[mora] = (begins if is_first else NEVER, NEVER if is_first else stays, *kept)
    if end < len(scores):
        begins, _, *states = scores[end]
        fixed[end] = (begins, NEVER, *states)
    return math.exp(min(_total(fixed) - _total(scores), 0.0))


def _total(scores: Sequence[Scores]) -> float:
    """The logarithm of the sum over all paths of the exponential of their scores."""
    begins, _, before, nucleus, _ = scores[0]
    totals = (begins + before, begins + nucleus, float(2 * NEVER))
    for begins, stays, before, nucleus, after in scores[1:]:
        new = _added(totals[BEFORE], totals[AFTER]) + begins
        high = _added(totals[BEFORE] + stays, new)
        totals = (high + before, high + nucleus, _added(totals[NUCLEUS], totals[AFTER]) + stays + after)
    return _added(totals[BEFORE], totals[AFTER])


def _added(left: float, right: float) -> float:
    """log(exp(left) + exp(right))."""
    high, low = max(left, right), min(left, right)
    return high + math.log1p(math.exp(low - high))


__all__ = ["AFTER", "BEFORE", "NEVER", "NUCLEUS", "Scores", "Step", "best_path", "phrase_probability"]
