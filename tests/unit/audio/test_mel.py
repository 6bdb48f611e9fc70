# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Log-mels and energy, against the recorded ones too."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from support.shared_data import recorded_path
from support.signals import RATE, tone
from transformers_tsukasa import TsukasaFeatureExtractor
from transformers_tsukasa.audio.mel import (
    energy_from_mel,
    log_mel_for,
    log_mel_spectrogram,
    mel_filters,
    mel_frame_count,
)
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig


def relative_error(ours, recorded):
    return ((ours - recorded).norm() / recorded.norm()).item()


@pytest.mark.parametrize("name", ["default", "guided", "no_diffusion"])
def test_log_mel_equals_the_recorded_one(name):
    recorded = load_file(recorded_path("parity", f"synthesis_{name}.safetensors"))
    ours = log_mel_spectrogram(recorded["reference_audio"])
    assert relative_error(ours, recorded["reference_mel"][0]) < 1e-5


def test_mels_and_energy_of_training_equal_the_recorded_ones():
    recorded = load_file(recorded_path("parity", "training.safetensors"))
    for index, length in enumerate(recorded["mel_lengths"].tolist()):
        ours = log_mel_spectrogram(recorded[f"audio_{index}"])[:, :length]
        assert relative_error(ours, recorded["mels"][index, :, :length]) < 1e-5
    assert relative_error(energy_from_mel(recorded["mels"]), recorded["log_energy"]) < 1e-5


def test_energy_is_the_log_norm_of_the_mel():
    log_mel = torch.randn(2, 80, 5, dtype=torch.float64)
    assert torch.allclose(energy_from_mel(log_mel), torch.log(torch.linalg.norm(torch.exp(4 * log_mel - 4), dim=1)))


def test_mel_filters_rise_to_their_centre_and_fall():
    filters = mel_filters(40, 1024, 16000)
    assert filters.shape == (513, 40)
    assert (filters >= 0).all() and (filters.max(axis=0) <= 1).all()
    peaks = filters.argmax(axis=0)
    assert (np.diff(peaks) >= 0).all() and peaks[-1] > 400
    # The centre of a band is where its neighbours are zero.
    assert filters[peaks[20], 22:].sum() == 0


def test_a_tone_lands_in_the_band_of_its_frequency_at_the_rate_of_the_layout():
    wave = torch.from_numpy(tone(frequency=1000.0))
    true_rate = log_mel_spectrogram(wave, mel_sampling_rate=RATE).mean(dim=-1).argmax().item()
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 12000 / 700), 82) / 2595) - 1)
    assert abs(edges[true_rate + 1] - 1000) < 60
    # Laid out for 16 kHz, bins are taken to be narrower than they are, and the tone seems lower.
    assert log_mel_spectrogram(wave).mean(dim=-1).argmax().item() != true_rate


def test_log_mel_of_a_batch_is_that_of_its_items_and_has_a_gradient():
    waves = torch.randn(2, 6000, requires_grad=True)
    batch = log_mel_spectrogram(waves)
    assert batch.shape == (2, 80, mel_frame_count(6000, 300))
    assert torch.allclose(batch[1], log_mel_spectrogram(waves[1]), atol=1e-5)
    batch.sum().backward()
    assert torch.isfinite(waves.grad).all() and waves.grad.abs().sum() > 0


def test_bare_log_mel_is_the_normalised_one_undone():
    wave = torch.randn(4000)
    assert torch.allclose(log_mel_spectrogram(wave, normalize=False), 4 * log_mel_spectrogram(wave) - 4, atol=1e-4)


def test_log_mel_after_inference_mode_can_still_be_trained_through():
    with torch.inference_mode():
        log_mel_spectrogram(torch.randn(4000), num_mel_bins=17)
    wave = torch.randn(4000, requires_grad=True)
    log_mel_spectrogram(wave, num_mel_bins=17).sum().backward()
    assert wave.grad is not None


@pytest.mark.parametrize("shape", [(1000,), (1, 1, 5000)])
def test_log_mel_refuses_waveforms_of_other_shapes_and_too_short_ones(shape):
    with pytest.raises(ValueError, match=r"too short|must be \(samples,\)"):
        log_mel_spectrogram(torch.zeros(shape))


def test_log_mel_for_a_config_or_an_extractor_is_laid_out_as_it_tells():
    layout = {"n_fft": 1024, "win_length": 800, "hop_length": 200, "mel_sampling_rate": 24000}
    wave = torch.from_numpy(tone())
    expected = log_mel_spectrogram(wave, num_mel_bins=40, **layout)
    assert torch.equal(log_mel_for(wave, TsukasaAudioConfig(num_mel_bins=40, **layout)), expected)
    assert torch.equal(log_mel_for(wave, TsukasaFeatureExtractor(feature_size=40, **layout)), expected)
    bare = log_mel_for(wave, TsukasaAudioConfig(num_mel_bins=40, **layout), normalize=False)
    assert torch.equal(bare, log_mel_spectrogram(wave, num_mel_bins=40, normalize=False, **layout))
