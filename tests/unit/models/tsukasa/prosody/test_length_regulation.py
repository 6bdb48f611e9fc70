# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from transformers_tsukasa.models.tsukasa.prosody.length_regulation import set_edge_pads


@pytest.mark.parametrize(
    ("ids", "durations", "changed"),
    [
        ([0, 5, 6, 0], [9, 3, 8, 12], [4, 3, 8, 4]),
        ([0, 5, 6], [9, 3, 8], [4, 3, 8]),  # the last is a phoneme
        ([5, 0, 6], [9, 9, 8], [9, 9, 8]),  # a pad between phonemes
        ([0, 5, 0], [2, 9, 1], [4, 9, 4]),
        ([0], [9], [4]),
    ],
)
def test_pads_at_the_ends_get_their_frames(ids, durations, changed):
    given = torch.tensor([durations])
    assert set_edge_pads(given, torch.tensor([ids]), 0, frames=4).tolist() == [changed]
    assert given.tolist() == [durations]


def test_a_pad_keeps_a_frame():
    assert set_edge_pads(torch.tensor([[9, 3]]), torch.tensor([[0, 5]]), 0, frames=0).tolist() == [[1, 3]]
