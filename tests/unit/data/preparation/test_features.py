# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from support.corpora import RATE, hum
from transformers_tsukasa.audio.silence import padding_samples
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.preparation.encoded_audio import decode_audio
from transformers_tsukasa.data.preparation.features import SwiftPitchTracker, mel_and_energy, pad_waveform
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig


@pytest.mark.parametrize("rate, hop", [(24000, 300), (48000, 600), (24000, 240)])
@pytest.mark.parametrize("samples", [24000, 24299, 24300, 24301, 24599])
def test_frames_are_even_and_cover_the_waveform(rate, hop, samples):
    waveform = hum(3.0, rate=rate)[:samples]
    padded = pad_waveform(waveform, rate, hop)
    frames = len(padded) // hop
    padding = padding_samples(rate)
    assert len(padded) == frames * hop and frames % 2 == 0
    assert abs(len(padded) - (samples + 2 * padding)) <= hop
    np.testing.assert_array_equal(padded[padding : padding + samples], waveform)
    assert not padded[:padding].any() and not padded[padding + samples :].any()
    audio = TsukasaAudioConfig(
        sampling_rate=rate, hop_length=hop, n_fft=2048, win_length=4 * hop if hop == 240 else 1200
    )
    mel, energy = mel_and_energy(padded, audio)
    assert mel.shape == (80, frames) and energy.shape == (frames,)


def test_cached_features_are_those_of_the_stored_waveform(small_corpus):
    from transformers_tsukasa.data.preparation.features import mel_and_energy

    prepared = PreparedCorpus(small_corpus)
    row = prepared.open("train")[0]
    samples, _ = decode_audio(row["audio"]["bytes"])
    mel, energy = mel_and_energy(pad_waveform(samples[0], RATE, 300), prepared.audio_config)
    np.testing.assert_allclose(np.array(row["log_mel"]).reshape(-1, 80), mel.T, atol=4e-3)
    np.testing.assert_allclose(row["energy"], energy, atol=4e-3)


@pytest.mark.parametrize("f0, rate, hop", [(70.0, 24000, 300), (220.0, 24000, 300), (440.0, 48000, 600)])
def test_the_tracker_finds_a_known_pitch(f0, rate, hop):
    import torch

    waveform = pad_waveform(hum(1.5, f0, rate), rate, hop)
    tracked = SwiftPitchTracker(rate, hop)(waveform, torch.zeros(80, len(waveform) // hop))
    times = np.arange(len(tracked)) * hop / rate - 5000 / 24000
    inside = (times > 0.1) & (times < 1.4)
    expected = f0 * (1 + 0.05 * np.sin(2 * np.pi * 1.3 * times))
    assert (tracked[inside] > 0).mean() > 0.95
    cents = 1200 * np.abs(np.log2(tracked[inside & (tracked > 0)] / expected[inside & (tracked > 0)]))
    assert np.median(cents) < 20 and cents.max() < 100
