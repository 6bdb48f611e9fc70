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


def phrase_probabilities(scores: Sequence[Scores], path: Sequence[Step]) -> list[float]:
    """How probable each phrase of a path is, with its borders and its nucleus: the share of all paths that have it.

    Linear in the morae: sums over all beginnings and all rests of paths (forward and backward) are made once.

    Args:
        scores: of all morae, in natural logarithms.
        path: through all morae.
    """
    beginnings, rests = _beginnings(scores), _rests(scores)
    starts = [place for place, step in enumerate(path) if step.begins]
    probabilities = []
    for start, end in zip(starts, [*starts[1:], len(path)], strict=True):
        own = sum(
            scores[mora][0 if mora == start else 1] + scores[mora][2 + path[mora].state] for mora in range(start, end)
        )
        probabilities.append(math.exp(min(beginnings[start] + own + rests[end] - beginnings[-1], 0.0)))
    return probabilities


def _beginnings(scores: Sequence[Scores]) -> list[float]:
    """For every mora, and past the last: the sum over all paths of the morae before it, if a phrase begins there.

    Sums over paths are logarithms of the sum of the exponentials of their scores.
    """
    sums = [0.0]
    totals: tuple[float, float, float] = (NEVER, NEVER, NEVER)
    for begins, stays, before, nucleus, after in scores:
        high = _added(totals[BEFORE] + stays, sums[-1] + begins)
        totals = (high + before, high + nucleus, _added(totals[NUCLEUS], totals[AFTER]) + stays + after)
        sums.append(_added(totals[BEFORE], totals[AFTER]))
    return sums


def _rests(scores: Sequence[Scores]) -> list[float]:
    """For every mora, and past the last: the sum over all paths from it on, if a phrase begins there."""
    sums = [0.0]
    staying_high, staying_low = float(NEVER), float(NEVER)  # of the same phrase, before and after its fall
    for begins, stays, before, nucleus, after in reversed(scores):
        high = _added(before + _added(staying_high, sums[-1]), nucleus + staying_low)
        staying_low = stays + after + _added(staying_low, sums[-1])
        staying_high = stays + high
        sums.append(begins + high)
    return sums[::-1]


def _added(left: float, right: float) -> float:
    """log(exp(left) + exp(right))."""
    high, low = max(left, right), min(left, right)
    return high + math.log1p(math.exp(low - high))


__all__ = ["AFTER", "BEFORE", "NEVER", "NUCLEUS", "Scores", "Step", "best_path", "phrase_probabilities"]
