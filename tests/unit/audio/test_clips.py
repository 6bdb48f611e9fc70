# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Clips are mixed to one channel at one rate, unless nothing usable would be left."""

import numpy as np
import pytest
import soundfile

from transformers_tsukasa.audio.clips import load_clip, mix_down


RATE = 24000
NOISE = np.random.default_rng(0)
VOICE = (0.3 * np.sin(np.arange(RATE) / 20) * np.hanning(RATE)).astype(np.float32)


def hiss(level):
    return NOISE.normal(scale=level, size=RATE).astype(np.float32)


@pytest.mark.parametrize(
    "channels",
    [
        [VOICE, -VOICE],
        [VOICE, -0.95 * VOICE],
        [VOICE + hiss(1e-3), -VOICE + hiss(1e-3)],  # one wire of a microphone turned round
        [VOICE, VOICE, -VOICE, -VOICE],
        [0.002 * VOICE, -0.002 * VOICE],
        [VOICE, -VOICE, 0 * VOICE],
    ],
)
def test_channels_that_cancel_are_refused(channels):
    with pytest.raises(ValueError, match=f"the {len(channels)} channels cancel each other") as caught:
        mix_down(np.stack(channels))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "channels",
    [
        [VOICE],
        [VOICE, VOICE],
        [VOICE, 0 * VOICE],
        [VOICE, hiss(0.1)],
        [VOICE, -0.5 * VOICE],
        [VOICE, *([0 * VOICE] * 63)],
        [hiss(0.1) for _ in range(32)],
    ],
)
def test_other_channels_are_mixed(channels):
    assert np.allclose(mix_down(np.stack(channels)), np.mean(channels, axis=0), atol=1e-6)


def test_the_rate_that_was_given_must_be_that_of_the_clip():
    assert len(load_clip((12000, VOICE), None, RATE)) == 2 * RATE
    assert len(load_clip((12000, VOICE), 12000, RATE)) == 2 * RATE
    assert len(load_clip(VOICE, 48000, RATE)) == RATE // 2
    with pytest.raises(ValueError, match=r"`sampling_rate=16000` was given, but the clip is at 12000 Hz"):
        load_clip((12000, VOICE), 16000, RATE)


@pytest.mark.parametrize("rate", [1, 999, 2_000_000])
def test_a_rate_that_no_recording_has_is_refused_before_resampling(tmp_path, rate):
    soundfile.write(tmp_path / "clip.wav", VOICE, rate)
    with pytest.raises(ValueError, match=f"sampling_rate must lie between 1000 and 768000 Hz, got {rate}"):
        load_clip(tmp_path / "clip.wav", None, RATE)
