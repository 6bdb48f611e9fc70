# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Paths of borders and nuclei, against all paths there are."""

import itertools
import math
import random

import pytest

from transformers_tsukasa.text.accents.paths import AFTER, BEFORE, NEVER, NUCLEUS, best_path, phrase_probabilities


def is_allowed(path):
    """One fall at most in a phrase, and none after its last mora."""
    following = {(BEFORE, BEFORE), (BEFORE, NUCLEUS), (NUCLEUS, AFTER), (AFTER, AFTER)}
    for (state, _), (other, begins) in itertools.pairwise(path):
        if begins and (state == NUCLEUS or other == AFTER):
            return False
        if not begins and (state, other) not in following:
            return False
    return path[0][1] and path[0][0] != AFTER and path[-1][0] != NUCLEUS


def total(scores, path):
    return sum(one[0 if begins else 1] + one[2 + state] for one, (state, begins) in zip(scores, path, strict=True))


def all_paths(length):
    steps = list(itertools.product((BEFORE, NUCLEUS, AFTER), (False, True)))
    return [path for path in itertools.product(steps, repeat=length) if is_allowed(path)]


def drawn_scores(seed, length):
    generator = random.Random(seed)
    return [tuple(generator.uniform(-3, 3) for _ in range(5)) for _ in range(length)]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_no_other_path_has_a_greater_score(length):
    paths = all_paths(length)
    for seed in range(20):
        scores = drawn_scores(seed, length)
        found = best_path(scores)
        assert is_allowed(found)
        assert total(scores, found) == pytest.approx(max(total(scores, path) for path in paths))


def test_what_is_forbidden_is_never_taken():
    scores = drawn_scores(0, 6)
    scores[2] = (NEVER, 0, 0, NEVER, 9)  # neither a border nor a nucleus, though a place after one would be best
    scores[4] = (0, NEVER, 0, 0, 0)
    path = best_path(scores)
    assert not path[2].begins and path[2].state != NUCLEUS and path[4].begins


def test_of_equal_paths_the_plainest_is_taken():
    assert best_path([(0, 0, 0, 0, 0)] * 4) == [(BEFORE, True), *[(BEFORE, False)] * 3]


def test_a_phrase_is_as_probable_as_all_paths_that_have_it():
    scores = drawn_scores(3, 5)
    paths = all_paths(5)
    weights = [math.exp(total(scores, path)) for path in paths]
    for path in paths[::7]:
        starts = [place for place, (_, begins) in enumerate(path) if begins]
        found = phrase_probabilities(scores, [type(best_path(scores)[0])(*step) for step in path])
        for start, end, probability in zip(starts, [*starts[1:], 5], found, strict=True):
            shares = [
                weight
                for other, weight in zip(paths, weights, strict=True)
                if other[start:end] == path[start:end] and (end == 5 or other[end][1])
            ]
            assert probability == pytest.approx(sum(shares) / sum(weights))
