# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A mora's pitch is the median of its vowel, and an edit moves the contour so that its median is what is asked."""

import numpy as np
import pytest

from transformers_tsukasa.server.voicevox.arithmetic.warping import MoraPitch, mora_pitch, shift_f0


THRESHOLD = 60.0


def test_a_dip_beside_a_consonant_does_not_move_the_pitch():
    steady = np.full(7, 220.0)
    dipping = np.array([130.0, 220.0, 220.0, 220.0, 220.0, 220.0, 0.0])
    assert mora_pitch(steady, THRESHOLD) == mora_pitch(dipping, THRESHOLD) == pytest.approx(np.log(220), abs=1e-6)
    assert mora_pitch(np.array([0.0, 0.0, 0.0, 220.0]), THRESHOLD) is None


@pytest.mark.parametrize("intonation", [0.0, 1.0, 1.5, 3.0])
def test_the_median_of_a_moved_contour_is_what_is_asked(intonation):
    f0 = np.array([110.0, 180.0, 200.0, 215.0, 220.0, 0.0, 0.0, 260.0, 250.0, 240.0, 90.0, 0.0])
    spans = [(0, 5), (7, 12)]
    base = [mora_pitch(f0[slice(*span)], THRESHOLD) for span in spans]
    wanted = [5.1, 5.8]
    pitches = [MoraPitch(own, own, goal, goal) for own, goal in zip(base, wanted, strict=True)]
    moved, _ = shift_f0(f0, np.ones(12), spans, pitches, intonation, THRESHOLD)
    found = [mora_pitch(moved[slice(*span)], THRESHOLD) for span in spans]
    assert found == pytest.approx(wanted, abs=2e-6)
    assert np.array_equal(moved == 0, f0 == 0)
