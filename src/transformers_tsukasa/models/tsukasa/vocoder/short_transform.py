# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The Fourier transform of 20 real numbers with every rounding written out.

Even and odd numbers are the real and imaginary parts of ten complex ones, whose transform is two of five (Good 1958,
Thomas 1963: 2 and 5 have no common factor, so there are no twiddle factors in between), and is taken apart into that
of the 20. The order of operations was chosen so that results equal those of the recorded waveforms to the last bit:
see docs/decisions/0013.
"""

import math

import torch

from .rounding import multiply_add


LENGTH = 20
_BINS_BETWEEN = (1, 2, 3, 4)  # and their mirror images 9, 8, 7, 6; the bins 0, 5 and 10 turn by nothing
# Every second of the ten numbers, from the first and from the sixth: the sixth's turn by half a circle is a sign.
_FIVES = (0, 2, 4, 6, 8, 5, 7, 9, 1, 3)
# Where the ten bins lie in the sums (0-4) and differences (5-9) of both transforms of five.
_TENS = (0, 6, 2, 8, 4, 5, 1, 7, 3, 9)


def _single(value: float) -> float:
    """The float32 number next to `value`."""
    return torch.tensor(value, dtype=torch.float64).float().item()


_COS_1, _COS_2 = (_single(math.cos(2 * math.pi * turns / 5)) for turns in (1, 2))
_SIN_1, _SIN_2 = (_single(math.sin(2 * math.pi * turns / 5)) for turns in (1, 2))
_HALF_COS = [_single(math.cos(math.pi * bin / 10) / 2) for bin in _BINS_BETWEEN]
_HALF_REST = [_single(0.5 - _single(math.sin(math.pi * bin / 10)) / 2) for bin in _BINS_BETWEEN]


def transform_20(values: torch.Tensor) -> torch.Tensor:
    """The bins 0 to 10 of every column.

    Args:
        values: (batch, 20, columns), float32.

    Returns:
        (batch, 2, 11, columns), float32: real and imaginary parts.
    """
    complex_values = torch.stack([values[:, 0::2], values[:, 1::2]], dim=1)
    fives = _transform_5(complex_values[:, :, _FIVES].unflatten(2, (2, 5)))
    first, second = fives.unbind(2)
    return _take_apart(torch.cat([first + second, first - second], dim=2)[:, :, _TENS])


def _transform_5(values: torch.Tensor) -> torch.Tensor:
    """Transforms of five complex numbers, (batch, 2, transforms, 5, columns)."""
    first, outer, inner = values[..., 0:1, :], values[..., 1:3, :], values[..., (4, 3), :]
    sums, differences = outer + inner, outer - inner
    zero = first + (sums[..., 0:1, :] + sums[..., 1:2, :])
    even = first + multiply_add(sums, _COS_1, sums.flip(-2) * _COS_2)
    signed = torch.stack([differences[..., 0, :] * _SIN_1, differences[..., 1, :] * -_SIN_1], dim=-2)
    odd = multiply_add(differences.flip(-2), _SIN_2, signed)
    odd = torch.stack([odd[:, 1], -odd[:, 0]], dim=1)  # times -i
    return torch.cat([zero, even + odd, (even - odd).flip(-2)], dim=-2)


def _take_apart(tens: torch.Tensor) -> torch.Tensor:
    """The transform of ten complex numbers, (batch, 2, 10, columns), to that of 20 real ones."""
    real, imaginary = tens.unbind(1)
    ascending, descending = slice(1, 5), (9, 8, 7, 6)
    half_cos, half_rest = (tens.new_tensor(values)[:, None] for values in (_HALF_COS, _HALF_REST))
    difference = real[:, ascending] - real[:, descending]
    total = imaginary[:, ascending] + imaginary[:, descending]
    real_part = multiply_add(total, half_cos, difference * half_rest)
    imaginary_part = multiply_add(total, half_rest, -(difference * half_cos))
    zero, middle = slice(0, 1), slice(5, 6)
    nothing = torch.zeros_like(real[:, zero])
    reals = [
        real[:, zero] + imaginary[:, zero],
        real[:, descending] + real_part,
        real[:, middle],
        (real[:, ascending] - real_part).flip(1),
        real[:, zero] - imaginary[:, zero],
    ]
    imaginaries = [
        nothing,
        imaginary_part - imaginary[:, descending],
        -imaginary[:, middle],
        (imaginary_part - imaginary[:, ascending]).flip(1),
        nothing,
    ]
    return torch.stack([torch.cat(reals, dim=1), torch.cat(imaginaries, dim=1)], dim=1)
