# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Paths of borders and nuclei, against all paths there are."""

import itertools
import math
import random

import pytest

from transformers_tsukasa.text.accents.paths import (
    AFTER,
    BEFORE,
    NEVER,
    NUCLEUS,
    SCORE_SHARE,
    Step,
    likely_path,
    phrase_probabilities,
)


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
    return [[Step(*step) for step in path] for path in itertools.product(steps, repeat=length) if is_allowed(path)]


def phrases(path):
    starts = [place for place, step in enumerate(path) if step.begins]
    return [(start, end, tuple(path[start:end])) for start, end in itertools.pairwise([*starts, len(path)])]


def drawn_scores(seed, length):
    generator = random.Random(seed)
    return [tuple(generator.uniform(-3, 3) for _ in range(5)) for _ in range(length)]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_no_other_path_is_expected_to_have_more_right_phrases(length):
    """Probabilities are counted over all paths here, not summed up mora by mora."""
    paths = all_paths(length)
    for seed in range(8):
        scores = drawn_scores(seed, length)
        weights = [math.exp(total(scores, path)) for path in paths]
        shares = {}
        for path, weight in zip(paths, weights, strict=True):
            for phrase in phrases(path):
                shares[phrase] = shares.get(phrase, 0.0) + weight / sum(weights)

        def worth(path, scores=scores, shares=shares):
            return sum(shares[phrase] for phrase in phrases(path)) + SCORE_SHARE * total(scores, path)

        found = likely_path(scores)
        assert is_allowed(found)
        assert worth(found) == pytest.approx(max(map(worth, paths)))


def test_scores_in_steps_give_the_same_path():
    scores = drawn_scores(4, 7)
    assert likely_path([tuple(64 * score for score in one) for one in scores], 64) == likely_path(scores)


def test_likely_phrases_count_more_than_a_likely_path():
    """A path with a score of its own may have no phrase that is likely: those of the others share it out."""
    scores = [(0, 0, 0, NEVER, NEVER), *[(0, 0, 0, 0.3, 0)] * 3, (0.2, 0, 0, NEVER, 0)]
    best = max(all_paths(5), key=lambda path: total(scores, path))
    assert likely_path(scores) != best


def test_what_is_forbidden_is_never_taken():
    scores = drawn_scores(0, 6)
    scores[2] = (NEVER, 0, 0, NEVER, 9)  # neither a border nor a nucleus, though a place after one would be best
    scores[4] = (0, NEVER, 0, 0, 0)
    path = likely_path(scores)
    assert not path[2].begins and path[2].state != NUCLEUS and path[4].begins


def test_a_phrase_that_is_forced_may_be_long():
    inner = [(NEVER, 0, 0, NEVER, NEVER)] * 300
    assert likely_path([(0, NEVER, 0, NEVER, NEVER), *inner]) == [Step(BEFORE, True), *[Step(BEFORE, False)] * 300]


def test_of_equal_paths_the_plainest_is_taken():
    scores = [(0, NEVER, 0, 0, 0), (NEVER, 0, 0, 0, 0), (NEVER, 0, 0, 0, 0)]
    assert likely_path(scores) == [Step(BEFORE, True), Step(BEFORE, False), Step(BEFORE, False)]


def test_a_phrase_is_as_probable_as_all_paths_that_have_it():
    scores = drawn_scores(3, 5)
    paths = all_paths(5)
    weights = [math.exp(total(scores, path)) for path in paths]
    for path in paths[::7]:
        found = phrase_probabilities(scores, path)
        for phrase, probability in zip(phrases(path), found, strict=True):
            share = sum(weight for other, weight in zip(paths, weights, strict=True) if phrase in phrases(other))
            assert probability == pytest.approx(share / sum(weights))
