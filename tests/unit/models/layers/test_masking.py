# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Masks of padded batches, and what is computed under them."""

import pytest
import torch

from transformers_tsukasa.models.layers.masking import MaskedLSTM, _flatten_once, lengths_to_mask, masked_moments


LENGTHS = torch.tensor([7, 3, 5])


@pytest.fixture
def values() -> torch.Tensor:
    return torch.randn(3, 4, 7, generator=torch.Generator().manual_seed(0)) * 3 + 2


def test_moments_of_padded_values_are_those_of_each_item_alone(values):
    mask = lengths_to_mask(LENGTHS, 7)[:, None]
    mean, variance = masked_moments(values, mask)
    assert mean.shape == variance.shape == (3, 4, 1)
    for item, length in enumerate(LENGTHS.tolist()):
        alone = values[item, :, :length]
        torch.testing.assert_close(mean[item, :, 0], alone.mean(dim=1))
        torch.testing.assert_close(variance[item, :, 0], alone.var(dim=1, correction=0))


def test_moments_are_rounded_as_the_norms_always_did(values):
    # Norms of the recorded figures: masked sum over count, squares of masked deviations over count.
    mask = lengths_to_mask(LENGTHS, 7)[:, None].float()
    count = mask.sum(dim=-1, keepdim=True)
    expected_mean = (values * mask).sum(dim=-1, keepdim=True) / count
    centred = (values - expected_mean) * mask
    mean, variance = masked_moments(values, mask)
    assert torch.equal(mean, expected_mean)
    assert torch.equal(variance, centred.square().sum(dim=-1, keepdim=True) / count)


def test_moments_over_several_dimensions_count_places_that_share_a_mask_value(values):
    mask = lengths_to_mask(LENGTHS, 7)[:, None]
    mean, variance = masked_moments(values, mask, dim=(1, 2))
    assert mean.shape == (3, 1, 1)
    torch.testing.assert_close(mean[1, 0, 0], values[1, :, :3].mean())
    torch.testing.assert_close(variance[1, 0, 0], values[1, :, :3].var(correction=0))


def test_moments_of_an_item_without_real_places_are_zero(values):
    mean, variance = masked_moments(values, torch.zeros(3, 1, 7))
    assert not mean.any()
    assert not variance.any()


def test_lstm_over_a_padded_batch_equals_each_item_alone(values):
    torch.manual_seed(0)
    lstm = MaskedLSTM(4, 5, batch_first=True, bidirectional=True)
    steps = values.transpose(1, 2)
    together = lstm(steps, lengths_to_mask(LENGTHS, 7))
    for item, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(together[item, :length], lstm(steps[item : item + 1, :length])[0])
        assert not together[item, length:].any()


def test_lstm_weights_are_moved_into_one_piece_of_memory_once(monkeypatch):
    # Moving them while another thread speaks would give it weights from two places.
    lstm, moves = MaskedLSTM(4, 5, batch_first=True, bidirectional=True), []

    def flatten() -> None:
        moves.append(1)
        flat = torch.cat([weight.detach().flatten() for weight in lstm.parameters()])
        sizes = [weight.numel() for weight in lstm.parameters()]
        for weight, piece in zip(lstm.parameters(), flat.split(sizes), strict=True):
            weight.data = piece.view_as(weight)

    monkeypatch.setattr(lstm, "flatten_parameters", flatten)
    for _ in range(3):
        _flatten_once(lstm)
    assert len(moves) == 1
