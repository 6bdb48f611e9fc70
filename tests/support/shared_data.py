# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where recorded data lies: in `tests/data`, or, what cannot be in the repository, in a folder `shared` beside it."""

import json
import os
from pathlib import Path

import pytest


DATA = Path(__file__).resolve().parents[1] / "data"


def recorded_path(*parts: str) -> Path:
    """The path of a recorded file or folder; skips the calling test where it is missing.

    `tests/data` is searched first, then the folder that the environment variable TSUKASA_SHARED names (by default
    `shared` beside the project), which holds what is too large or not free enough to pass on.
    """
    path = _found(*parts)
    return pytest.skip(_missing(*parts)) if path is None else path


def recorded_cases(*parts: str) -> list:
    """The `cases` of a recorded JSON file as parameters with their `id`; without the file one that skips."""
    path = _found(*parts)
    if path is None:
        return [pytest.param(None, marks=pytest.mark.skip(reason=_missing(*parts)))]
    return [pytest.param(case, id=case["id"]) for case in json.loads(path.read_text(encoding="utf-8"))["cases"]]


def _beside() -> Path:
    return Path(os.environ.get("TSUKASA_SHARED") or DATA.parents[2] / "shared")


def _found(*parts: str) -> Path | None:
    paths = (root.joinpath(*parts) for root in (DATA, _beside()))
    return next((path for path in paths if path.exists()), None)


def _missing(*parts: str) -> str:
    return f"{'/'.join(parts)} is neither in tests/data nor in '{_beside()}' (TSUKASA_SHARED names another folder)"
