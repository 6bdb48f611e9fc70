# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the recorded data lies: a folder `shared` beside the project, or TSUKASA_SHARED. Tests skip without it."""

import os
from pathlib import Path

import pytest


def shared_path(*parts: str) -> Path:
    """The path of a file or folder of the recorded data; skips the calling test when it is not there."""
    root = Path(os.environ.get("TSUKASA_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(
            f"the recorded data {'/'.join(parts)} is not beside the project (set TSUKASA_SHARED to its folder)"
        )
    return path
