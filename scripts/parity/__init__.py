# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The parts of `check_parity.py`: checkpoints, the steps of every kind of recorded file, losses and the table."""

import sys
from pathlib import Path


# `support.synthetic_checkpoint` draws the weights, here as in the tests.
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
