# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Plain numbers of the scalars that users have: Python's, numpy's, and arrays and tensors without an axis."""

from numbers import Integral, Real
from typing import Any


def plain_number(value: Any) -> int | float | None:
    """Return the Python number of a scalar, or `None` for what is no real number.

    Truth values are none: `True` where a number is meant is a mistake.
    """
    if getattr(value, "ndim", None) == 0:
        value = value.item()  # of numpy or torch
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


def plain_integer(value: Any) -> int | None:
    """Return the Python integer of a scalar of an integer type, or `None` for anything else."""
    number = plain_number(value)
    return number if isinstance(number, int) else None


__all__ = ["plain_integer", "plain_number"]
