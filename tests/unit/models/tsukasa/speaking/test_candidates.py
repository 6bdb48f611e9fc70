# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from transformers_tsukasa.models.tsukasa.speaking.candidates import CandidateOptions, choose_candidate


IDS = torch.tensor([[0, 5, 6, 0]])


@dataclass
class Drawn:
    waveform: torch.Tensor


def drawing(drawn):
    """A function that draws candidates of `number` samples of that value, and records their numbers."""

    def draw(number):
        drawn.append(number)
        return Drawn(torch.full((1, number + 1), float(number)))

    return draw


def scoring(scores):
    return lambda waveforms, input_ids: [scores[int(waveform[0])] for waveform in waveforms]


def choose(scores, **options):
    drawn = []
    speech, choice = choose_candidate(drawing(drawn), IDS, CandidateOptions(len(scores), scoring(scores), **options))
    return speech, choice, drawn


def test_the_candidate_of_the_highest_score_is_taken():
    speech, choice, drawn = choose([-3.0, -1.0, -2.0, -9.0, -0.5, -4.0])
    assert choice.index == 4 and speech.waveform.shape == (1, 5) and drawn == list(range(6))
    assert choice.scores.tolist() == [-3.0, -1.0, -2.0, -9.0, -0.5, -4.0] and choice.waveforms is None


def test_of_equal_scores_the_first_is_taken():
    assert choose([-2.0, -1.0, -1.0])[1].index == 1
    assert choose([float("-inf")] * 3)[1].index == 0


def test_drawing_stops_at_a_score_that_is_good_enough():
    _, choice, drawn = choose([-3.0, -1.0, 0.0, 5.0], stop_score=0, keeps_all=True)
    assert drawn == [0, 1, 2] and choice.index == 2
    assert choice.scores[:3].tolist() == [-3.0, -1.0, 0.0] and choice.scores[3].isnan()
    assert [len(waveform) for waveform in choice.waveforms] == [1, 2, 3, 0]


def test_when_no_score_is_good_enough_the_best_of_all_is_taken():
    _, choice, drawn = choose([-3.0, -1.0, -2.0], stop_score=0)
    assert drawn == [0, 1, 2] and choice.index == 1


def test_candidates_are_scored_a_few_at_a_time_with_the_text():
    calls = []

    def reranker(waveforms, input_ids):
        calls.append((len(waveforms), waveforms[0].ndim, input_ids.tolist()))
        return np.zeros(len(waveforms))

    choose_candidate(drawing([]), IDS, CandidateOptions(10, reranker))
    assert calls == [(4, 1, IDS[0].tolist()), (4, 1, IDS[0].tolist()), (2, 1, IDS[0].tolist())]


def test_without_a_reranker_number_zero_is_spoken_without_a_choice():
    drawn = []
    speech, choice = choose_candidate(drawing(drawn), IDS, CandidateOptions())
    assert drawn == [0] and choice is None and speech.waveform.shape == (1, 1)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([1.0], "must return 2 scores, one for every candidate, got \\(1,\\)"),
        ([[1.0], [2.0]], "got \\(2, 1\\)"),
        (3.0, "got \\(\\)"),
        (None, "a number for every candidate, got NoneType"),
        (["good", "bad"], "a number for every candidate, got list"),
        ([float("nan"), 1.0], "NaN"),
    ],
)
def test_what_a_reranker_must_not_return(returned, message):
    with pytest.raises(ValueError, match=message):
        choose_candidate(drawing([]), IDS, CandidateOptions(2, lambda waveforms, input_ids: returned))
