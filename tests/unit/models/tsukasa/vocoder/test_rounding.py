# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Results that are compared bit by bit: every operation is rounded as IEEE 754 has it, so they hold on any machine."""

import pytest
import torch

from transformers_tsukasa.models.tsukasa.vocoder.rounding import multiply_add, weighted_sum, wide_device
from transformers_tsukasa.models.tsukasa.vocoder.short_transform import LENGTH, transform_20


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_product_and_sum_are_rounded_once():
    factor = torch.tensor([1 + 2.0**-12])
    # The square is 1 + 2^-11 + 2^-24, and float32 has no bits for the last.
    assert (factor * factor - (1 + 2.0**-11)).item() == 0
    summand = torch.tensor([-(1 + 2.0**-11)])
    assert multiply_add(factor, factor, summand).item() == 2.0**-24
    assert multiply_add(factor, factor.item(), summand).item() == 2.0**-24


@pytest.mark.parametrize("num_rows", [1, 7, 8, 9, 19])
def test_a_weighted_sum_is_the_sum(num_rows):
    rows, weights = draw(2, num_rows, 50), draw(num_rows, seed=1).requires_grad_()
    total = weighted_sum(rows, weights)
    torch.testing.assert_close(total, torch.einsum("brs,r->bs", rows, weights), rtol=1e-5, atol=1e-6)
    total.sum().backward()
    torch.testing.assert_close(weights.grad, rows.sum(dim=(0, 2)), rtol=1e-5, atol=1e-5)


def test_a_weighted_sum_has_the_order_of_the_recorded_waveforms():
    """A large number and its negative swallow what is added to them before they meet."""
    large, ones = 2.0**60, torch.ones(9)

    def left_after(first, second):
        rows = torch.ones(1, 9, 1)
        rows[0, first], rows[0, second] = large, -large
        return int(weighted_sum(rows, ones).item())

    swallowed = [[7 - left_after(first, second) for second in range(first + 1, 9)] for first in range(8)]
    # ((0 + 2) + (1 + 3)) + ((4 + 6) + (5 + 7)), then 8
    assert swallowed == [[2, 0, 2, 6, 6, 6, 6, 7], [2, 0, 6, 6, 6, 6, 7], [2, 6, 6, 6, 6, 7], [6, 6, 6, 6, 7]] + [
        [2, 0, 2, 7],
        [2, 0, 7],
        [2, 7],
        [7],
    ]


def test_the_short_transform_is_a_fourier_transform():
    values = draw(3, LENGTH, 40)
    ours = transform_20(values).double()
    expected = torch.fft.rfft(values.double(), dim=1)
    torch.testing.assert_close(ours[:, 0], expected.real, rtol=0, atol=5e-6)
    torch.testing.assert_close(ours[:, 1], expected.imag, rtol=0, atol=5e-6)
    assert not ours[:, 1, [0, 10]].any() and not ours[:, 1, [0, 10]].signbit().any()  # else an angle is -pi


# The bins 2 to 9 of a constant under a Hann window, which are zero but for rounding, in units of 2^-32.
ROUNDING_OF_SILENCE = {
    0.1: (
        [34.53662109375, -21.648365020751953, -8.32235336303711, 0.0]
        + [72.32235717773438, -45.40169143676758, 26.41332244873047, 192.0],
        [-1.214824914932251, 3.684628486633301, 20.545265197753906, -128.0]
        + [20.545265197753906, 3.684628486633301, -1.214824914932251, 0.0],
    ),
    -0.07202599197626114: (  # a recorded utterance begins with it
        [31.296628952026367, -36.639774322509766, 56.71390151977539, 0.0]
        + [-8.71390151977539, 21.51748275756836, -46.418922424316406, -32.0],
        [-3.510465621948242, 16.573211669921875, -23.01740074157715, 0.0]
        + [-23.01740074157715, 16.573211669921875, -3.510465621948242, 0.0],
    ),
}


@pytest.mark.parametrize("value", ROUNDING_OF_SILENCE)
def test_the_rounding_of_silence_is_the_same_everywhere(value):
    constant = value * torch.hann_window(LENGTH, dtype=torch.float64).float()
    real, imaginary = (transform_20(constant[None, :, None])[0, :, 2:10, 0] * 2.0**32).tolist()
    assert (real, imaginary) == ROUNDING_OF_SILENCE[value]


def test_a_device_without_float64_leaves_it_to_the_cpu():
    assert wide_device(torch.device("mps")) == torch.device("cpu")
    assert wide_device(torch.device("cuda", 1)) == torch.device("cuda", 1)
