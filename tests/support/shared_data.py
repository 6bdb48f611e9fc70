# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where recorded data lies: in `tests/data`, or, what cannot be in the repository, in a folder `shared` beside it."""

import os
from pathlib import Path

import pytest


DATA = Path(__file__).resolve().parents[1] / "data"


def recorded_path(*parts: str) -> Path:
    """The path of a recorded file or folder; skips the calling test where it is missing.

    `tests/data` is searched first, then the folder that the environment variable TSUKASA_SHARED names (by default
    `shared` beside the project), which holds what is too large or not free enough to pass on.
    """
    beside = Path(os.environ.get("TSUKASA_SHARED") or DATA.parents[2] / "shared")
    for root in (DATA, beside):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    pytest.skip(f"{'/'.join(parts)} is neither in tests/data nor in '{beside}' (TSUKASA_SHARED names another folder)")
