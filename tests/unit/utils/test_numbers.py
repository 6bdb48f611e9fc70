# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Scalars of every library are numbers, and truth values and arrays are none."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from transformers_tsukasa.utils.numbers import plain_integer, plain_number


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3), torch.tensor(3).short()])
def test_integers_stay_integers(value):
    assert type(plain_number(value)) is int
    assert plain_number(value) == plain_integer(value) == 3


@pytest.mark.parametrize(
    "value", [0.5, np.float16(0.5), np.float64(0.5), np.array(0.5), torch.tensor(0.5).half(), Fraction(1, 2)]
)
def test_floats_become_floats(value):
    assert type(plain_number(value)) is float
    assert plain_number(value) == 0.5
    assert plain_integer(value) is None


@pytest.mark.parametrize(
    "value", [True, np.bool_(False), torch.tensor(True), np.array(True), "3", None, [3], np.array([3]), 1j, Decimal(3)]
)
def test_the_rest_is_no_number(value):
    assert plain_number(value) is None
    assert plain_integer(value) is None
