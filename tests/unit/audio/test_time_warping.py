# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import itertools

import numpy as np
import pytest

from transformers_tsukasa.audio.time_warping import distances, follow_template, time_warping_path


def test_time_warping_finds_what_was_stretched():
    frames = np.random.default_rng(0).standard_normal((40, 24))
    stretched = frames.repeat(np.random.default_rng(1).integers(1, 4, 40), axis=0)
    left, right = time_warping_path(distances(stretched, frames))
    np.testing.assert_array_equal(stretched[left], frames[right])
    assert (left[0], right[0], left[-1], right[-1]) == (0, 0, len(stretched) - 1, 39)
    assert len(left) == len(stretched)


def test_time_warping_takes_the_cheapest_way():
    # By hand: 1 + 0 + 0 + 1 along (0, 0), (1, 0), (2, 1), (2, 2).
    costs = np.array([[1.0, 9.0, 9.0], [0.0, 4.0, 9.0], [9.0, 0.0, 1.0]])
    left, right = time_warping_path(costs)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 0), (1, 0), (2, 1), (2, 2)]


def test_time_warping_is_as_cheap_as_the_plain_recursion():
    costs = np.random.default_rng(3).random((13, 8))
    sums = np.full((14, 9), np.inf)
    sums[0, 0] = 0
    for row in range(13):
        for column in range(8):
            sums[row + 1, column + 1] = costs[row, column] + min(
                sums[row, column], sums[row, column + 1], sums[row + 1, column]
            )
    assert costs[time_warping_path(costs)].sum() == pytest.approx(sums[-1, -1])
    with pytest.raises(ValueError, match="nothing to align: one utterance has 0 frames"):
        time_warping_path(np.zeros((0, 3)))


def test_a_template_is_followed_on_the_cheapest_way():
    """Against all ways there are."""
    random = np.random.default_rng(5)
    costs, stay, skip = random.random((6, 5)), random.random(5), random.random(5)

    def cost_of(way):
        total = costs[0, way[0]]
        for frame in range(1, 6):
            before, place = way[frame - 1], way[frame]
            total += costs[frame, place] + (stay[place] if place == before else skip[before + 1 : place].sum())
        return total

    inside = itertools.combinations_with_replacement(range(5), 4)
    best = min(((0, *way, 4) for way in inside), key=cost_of)
    assert follow_template(costs, stay, skip).tolist() == list(best)


def test_a_template_is_held_and_left_out_where_that_is_cheap():
    template = np.arange(12.0)[:, None]
    spoken = np.array([0, 1, 1, 1, 2, 3, 9, 10, 11.0])[:, None]  # 1 is held, 4 to 8 are left out
    free = np.zeros(12)
    assert follow_template(distances(spoken, template), free, free).tolist() == spoken[:, 0].tolist()
    held = follow_template(distances(spoken, template), free + 100.0, free)
    assert np.unique(held).size == len(held)  # what may not be held is not
    kept = follow_template(distances(spoken, template), free, free + 100.0)
    assert np.diff(kept).max() > 1  # nine frames cannot follow twelve without leaving one out
    assert 12 - np.unique(kept).size == 3


def test_what_cannot_follow_a_template_is_refused():
    with pytest.raises(ValueError, match="nothing to align: 2 frames cannot follow a template of 10"):
        follow_template(np.zeros((2, 10)), np.zeros(10), np.zeros(10))
    assert follow_template(np.zeros((2, 9)), np.zeros(9), np.zeros(9)).tolist() == [0, 8]
    with pytest.raises(ValueError, match="cannot follow a template of 0"):
        follow_template(np.zeros((3, 0)), np.zeros(0), np.zeros(0))
