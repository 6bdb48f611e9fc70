# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import torch

from transformers_tsukasa.models.tsukasa.speaking.speech_assembly import fade_edges


def test_both_ends_fade_and_the_middle_stays():
    waveform = torch.ones(1, 100)
    faded = fade_edges(waveform, 10)
    assert torch.equal(faded[:, 10:-10], waveform[:, 10:-10])
    assert faded[0, 0] == 0 and faded[0, -1] == 0
    assert (faded[0, :11].diff() > 0).all() and torch.equal(faded[0], faded[0].flip(0))
    assert torch.equal(waveform, torch.ones(1, 100))


def test_a_waveform_shorter_than_its_fades_is_faded_by_halves():
    assert fade_edges(torch.ones(1, 5), 10).shape == (1, 5)
    assert fade_edges(torch.ones(1, 5), 10)[0, 2] == 1
    assert torch.equal(fade_edges(torch.ones(1, 1), 10), torch.ones(1, 1))


def test_no_fade_changes_nothing():
    waveform = torch.randn(1, 50)
    assert torch.equal(fade_edges(waveform, 0), waveform)
