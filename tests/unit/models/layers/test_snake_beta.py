# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Anti-aliased SnakeBeta and the blocks around it."""

import pytest
import torch

from support.speechsr_toys import plain_snake_beta
from transformers_tsukasa.models.layers.amp_blocks import AMPStage, StepsConv1d, stage_reach
from transformers_tsukasa.models.layers.snake_beta import REACH, AntiAliasedSnakeBeta, lowpass_filter


def test_the_filter_is_symmetric_and_passes_what_is_constant():
    taps = lowpass_filter()
    assert torch.equal(taps, taps.flip(0)) and taps.sum() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 15, 16, 17, 40])
def test_products_of_matrices_are_the_convolutions(steps):
    torch.manual_seed(steps)
    activation = AntiAliasedSnakeBeta(3)
    torch.nn.init.normal_(activation.alpha)
    torch.nn.init.normal_(activation.beta)
    states = torch.randn(2, steps, 3)
    assert torch.allclose(activation(states), plain_snake_beta(activation, states), atol=1e-5)


def test_gradients_are_those_of_the_convolutions():
    torch.manual_seed(0)
    activation, states = AntiAliasedSnakeBeta(3), torch.randn(1, 20, 3, requires_grad=True)
    inputs = (states, activation.alpha, activation.beta)
    ours = torch.autograd.grad(activation(states).square().sum(), inputs)
    plain = torch.autograd.grad(plain_snake_beta(activation, states).square().sum(), inputs)
    for our, expected in zip(ours, plain, strict=True):
        assert torch.allclose(our, expected, atol=1e-4)


def test_a_convolution_is_torchs_with_the_steps_first():
    torch.manual_seed(0)
    conv, states = StepsConv1d(3, 5, 7, dilation=3), torch.randn(2, 30, 3)
    torchs = torch.nn.Conv1d(3, 5, 7, padding=9, dilation=3)
    torchs.load_state_dict(conv.state_dict())
    assert torch.allclose(conv(states), torchs(states.transpose(1, 2)).transpose(1, 2), atol=1e-6)


def test_nothing_reaches_further_than_stated():
    torch.manual_seed(0)
    for module, reach in (
        (AntiAliasedSnakeBeta(2), REACH),
        (AMPStage(2, (3, 5), (1, 2)), stage_reach((3, 5), (1, 2))),
    ):
        states = torch.randn(1, 200, 2)
        changed = states.clone()
        changed[:, 100] += 1
        differs = (module(states) != module(changed)).any(dim=2)[0]
        assert differs.any() and not differs[: 100 - reach].any() and not differs[101 + reach :].any()


def test_bfloat16_stays_near():
    torch.manual_seed(0)
    activation, states = AntiAliasedSnakeBeta(4), torch.randn(1, 50, 4)
    in_half = activation.bfloat16()(states.bfloat16())
    assert in_half.dtype == torch.bfloat16 and torch.allclose(in_half.float(), activation(states), atol=0.1)
