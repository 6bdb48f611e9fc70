# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import soxr
import torch

from transformers_tsukasa.audio import resampling
from transformers_tsukasa.audio.resampling import resample_waveform, resampled_length


def tones(rate, frequencies, seconds=0.5):
    """Tones that swell and fade, so that nothing happens at the ends."""
    time = np.arange(int(rate * seconds)) / rate
    envelope = np.exp(-(((time - seconds / 2) / (seconds / 9)) ** 2))
    return (envelope * sum(np.sin(2 * np.pi * f * time + f) for f in frequencies)).astype(np.float32)


@pytest.mark.parametrize(
    "rates",
    [(24000, 16000), (48000, 16000), (44100, 16000), (22050, 16000), (8000, 16000), (23999, 16000), (16000, 24000)],
)
def test_equals_soxr_and_the_tones_themselves(rates):
    from_rate, to_rate = rates
    frequencies = (110, 433, 1500, 3100)
    waveform = tones(from_rate, frequencies)
    resampled = resample_waveform(torch.from_numpy(waveform)[None], from_rate, to_rate)[0].numpy()
    assert len(resampled) == resampled_length(len(waveform), from_rate, to_rate)
    reference = soxr.resample(waveform, from_rate, to_rate, quality="VHQ")
    length = min(len(resampled), len(reference))
    assert np.abs(resampled[:length] - reference[:length]).max() < 1e-4
    expected = tones(to_rate, frequencies)
    length = min(len(resampled), len(expected))
    assert np.abs(resampled[:length] - expected[:length]).max() < 1e-4


@pytest.mark.parametrize("from_rate", [24000, 44100, 48000])
def test_what_the_lower_rate_cannot_hold_is_removed(from_rate):
    waveform = torch.from_numpy(tones(from_rate, (9000, 11000)))
    assert waveform.abs().max() > 1
    assert resample_waveform(waveform[None], from_rate, 16000).abs().max() < 1e-4


def test_both_ways_to_compute_agree():
    waveform = torch.randn(2, 3000, generator=torch.Generator().manual_seed(0))
    length = resampled_length(3000, 441, 160)
    convolved, gathered = (way(waveform, 441, 160, length) for way in (resampling._convolve, resampling._gather))
    torch.testing.assert_close(convolved, gathered, rtol=0, atol=1e-5)


def test_gradients_are_those_of_a_linear_map():
    generator = torch.Generator().manual_seed(0)
    waveform = torch.randn(1, 300, generator=generator).requires_grad_()
    weights = torch.randn(1, 200, generator=generator)
    (resample_waveform(waveform, 24000, 16000) * weights).sum().backward()
    for place in (0, 150, 299):
        impulse = torch.zeros(1, 300)
        impulse[0, place] = 1.0
        expected = (resample_waveform(impulse, 24000, 16000) * weights).sum()
        torch.testing.assert_close(waveform.grad[0, place], expected, rtol=1e-4, atol=1e-5)


def test_equal_rates_and_short_clips():
    waveform = torch.randn(2, 50)
    assert resample_waveform(waveform, 16000, 16000) is waveform
    assert resample_waveform(waveform[:, :1], 24000, 16000).shape == (2, 1)
    assert resampled_length(torch.tensor([3, 4]), 24000, 16000).tolist() == [2, 3]


def test_impossible_rates_are_refused():
    with pytest.raises(ValueError, match="integer number"):
        resample_waveform(torch.zeros(1, 9), 22050.5, 16000)
    with pytest.raises(ValueError, match="integer number"):
        resample_waveform(torch.zeros(1, 9), 16000, 0)
    with pytest.raises(ValueError, match=r"\(batch, samples\)"):
        resample_waveform(torch.zeros(9), 24000, 16000)
