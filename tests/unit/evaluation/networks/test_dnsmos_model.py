# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from support.shared_data import recorded_path
from transformers_tsukasa.audio.files import read_audio
from transformers_tsukasa.evaluation.networks.dnsmos_model import (
    Dnsmos,
    _calibrate,
    _log_magnitudes,
    _mel_levels,
    _slaney_filters,
    _windows,
)


RATE = 16000
# What the published procedure gives for these recordings (features by librosa 0.11, the same networks).
_KNOWN = {
    "common_voice_ja_38833628.wav": (3.31727, 4.00141, 3.02300, 3.99227),
    "common_voice_ja_38843402.wav": (3.44247, 4.03133, 3.16245, 3.67966),
    "common_voice_ja_38852485.wav": (3.59357, 4.16105, 3.34658, 3.66654),
}


def _noise(seconds: float) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(round(seconds * RATE))).astype(np.float32)


def test_windows_of_nine_seconds_every_second():
    # A clip of 3 s is doubled twice, to 12 s, which hold 3 windows.
    for seconds, count in ((3.0, 3), (4.6, 1), (9.01, 1), (10.5, 1), (11.0, 2), (20.0, 11)):
        windows = _windows(np.arange(round(seconds * RATE)))
        assert len(windows) == count
        assert all(len(window) == 144160 for window in windows)
        if count > 1:
            assert windows[1][0] == RATE % len(np.arange(round(seconds * RATE)))


def test_short_clips_are_repeated():
    clip = _noise(4.6)
    (window,) = _windows(clip)
    np.testing.assert_array_equal(window[len(clip) :], clip[: len(window) - len(clip)])


def test_the_published_curves():
    # By hand, of 3: -0.08397278 * 9 + 1.22083953 * 3 + 0.0052439, ...
    assert _calibrate(np.array([3.0, 3.0, 3.0])) == pytest.approx([2.91201, 3.24640, 2.78345], abs=1e-4)


def test_mel_levels_lie_between_minus_one_and_one():
    levels = _mel_levels(_noise(9.01)[:-160])
    assert levels.shape == (900, 120)
    assert levels.max() == pytest.approx(1.0) and levels.min() >= -1.0
    # A tone of 1 kHz, which is step 15 of 49.5 on the scale, lies in one band.
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    loudest = _mel_levels(tone)[50].argmax()
    assert abs(_slaney_filters()[:, loudest].argmax() * RATE / 321 - 1000) < 60


def test_log_magnitudes_by_hand():
    spectrum = _log_magnitudes(np.cos(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)).numpy()
    assert spectrum.shape == (101, 161)
    # Half of the sum of the window, 160 / 2 = 80, in bin 20.
    assert spectrum[50].argmax() == 20 and spectrum[50, 20] == pytest.approx(np.log10(80), abs=1e-4)
    assert _log_magnitudes(np.zeros(RATE)).numpy().max() == -7


def test_a_folder_without_networks(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no DNSMOS network in"):
        Dnsmos(tmp_path)


@pytest.fixture(scope="module")
def networks():
    pytest.importorskip("onnxruntime")
    return Dnsmos(recorded_path("quality"))


@pytest.mark.slow
@pytest.mark.parametrize("name", _KNOWN)
def test_scores_are_those_of_the_published_procedure(networks, name):
    samples, rate = read_audio(recorded_path("audio", name))
    scores = networks(samples[0], rate)
    assert [scores[key] for key in ("sig", "bak", "ovrl", "p808")] == pytest.approx(_KNOWN[name], abs=5e-3)


@pytest.mark.slow
def test_noise_is_worse_than_speech(networks):
    samples, rate = read_audio(recorded_path("audio", "common_voice_ja_38852485.wav"))
    speech = networks(samples[0], rate)
    noisy = networks(samples[0] + 0.3 * _noise(20.0)[: samples.shape[1]], rate)
    noise = networks(_noise(9.1), RATE)
    assert speech["ovrl"] > 3.0 > noisy["ovrl"] and noise["ovrl"] < 1.8
    assert speech["pro"] > noisy["pro"] and speech["pro"] > noise["pro"]
    with pytest.raises(ValueError, match="no samples to rate"):
        networks(np.zeros(0, np.float32), RATE)
