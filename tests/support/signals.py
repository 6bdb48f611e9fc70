# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Made-up signals."""

import numpy as np


RATE = 24000


def tone(seconds: float = 1.0, frequency: float = 440.0, rate: int = RATE, level: float = 0.5) -> np.ndarray:
    """A sine `(samples,)` float32."""
    return (level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype(np.float32)
