# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The project's scripts as modules, for their tests."""

import importlib
import sys
from pathlib import Path
from types import ModuleType


ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]


def import_script(name: str) -> ModuleType:
    """Imports `NAME.py` of scripts/ or benchmarks/, which finds the scripts beside it."""
    sys.path[:0] = FOLDERS
    try:
        return importlib.import_module(name)
    finally:
        sys.path[:2] = []
