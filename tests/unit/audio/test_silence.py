# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from support.corpora import RATE, hum
from transformers_tsukasa.audio.silence import padding_samples, trim_speech


def test_padding_is_that_of_the_published_system():
    assert padding_samples(24000) == 5000 and padding_samples(48000) == 10000


def test_trimming_keeps_a_margin_and_all_the_speech():
    silence = np.zeros(RATE, np.float32)
    trimmed = trim_speech(np.concatenate([silence, hum(), silence]), RATE, 40.0)
    assert RATE <= len(trimmed) < 1.3 * RATE
    assert np.abs(trimmed).sum() == pytest.approx(np.abs(hum()).sum(), rel=1e-6)
    assert len(trim_speech(silence, RATE, None)) == RATE
