# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from transformers_tsukasa.evaluation.distances import f0_measures, log_spectral_distance, mel_cepstral_distortion
from transformers_tsukasa.evaluation.mel_cepstrum import all_pass_constant, mel_cepstra
from transformers_tsukasa.evaluation.spectral_envelope import envelope_transform_length, spectral_envelope


RATE, HOP = 24000, 120


def _decibels(power):
    return 10 * np.log10(power)


def _pulses(f0: float, seconds: float = 0.5) -> np.ndarray:
    """A sum of cosines of equal loudness, the pulses of a voice without formants. `(samples,)`"""
    time = np.arange(round(seconds * RATE)) / RATE
    return 0.01 * sum(np.cos(2 * np.pi * k * f0 * time) for k in range(1, int(RATE / 2 / f0)))


def test_the_envelope_does_not_show_harmonics():
    for f0 in (110.0, 237.0):
        envelope = spectral_envelope(_pulses(f0), np.full(80, f0), RATE, HOP)[30:50]
        assert envelope.shape == (20, envelope_transform_length(RATE) // 2 + 1)
        # Flat between the first harmonic and the last, although the spectrum has valleys of more than 40 dB.
        levels = _decibels(envelope[:, 20:450])
        assert np.ptp(levels) < 1.0


def test_the_envelope_follows_the_gain_and_the_filter():
    random = np.random.default_rng(0)
    noise = 0.1 * random.standard_normal(RATE)
    plain = spectral_envelope(noise, np.zeros(150), RATE, HOP)
    halved = spectral_envelope(0.5 * noise, np.zeros(150), RATE, HOP)
    np.testing.assert_allclose(_decibels(halved / plain), -6.0206, atol=1e-6)
    # y[n] = x[n] + 0.9 x[n - 1] is known: |1 + 0.9 exp(-jw)|^2.
    filtered = noise.copy()
    filtered[1:] += 0.9 * noise[:-1]
    omega = np.linspace(0, np.pi, plain.shape[1])
    gain = _decibels(spectral_envelope(filtered, np.zeros(150), RATE, HOP) / plain)[5:145].mean(axis=0)
    expected = _decibels(np.abs(1 + 0.9 * np.exp(-1j * omega)) ** 2)
    np.testing.assert_allclose(gain[10:400], expected[10:400], atol=0.3)


def test_digital_silence_has_a_flat_envelope():
    envelope = spectral_envelope(np.zeros(2400), np.zeros(10), RATE, HOP)
    assert np.isfinite(envelope).all()
    np.testing.assert_allclose(envelope, envelope[0, 0])


def test_all_pass_constants_are_those_of_the_literature():
    assert [all_pass_constant(rate) for rate in (16000, 24000, 48000)] == pytest.approx([0.41, 0.466, 0.554], abs=1e-3)


def test_mel_cepstra_describe_the_log_spectrum_on_the_bent_axis():
    omega = np.linspace(0.0, np.pi, 513)
    envelope = np.exp(2 * (0.7 + 0.5 * np.cos(omega) - 0.3 * np.cos(3 * omega)))[None]
    cepstra = mel_cepstra(envelope, RATE, order=60)[0]
    constant = all_pass_constant(RATE)
    bent = omega + 2 * np.arctan2(constant * np.sin(omega), 1 - constant * np.cos(omega))
    evaluated = sum(value * np.cos(place * bent) for place, value in enumerate(cepstra))
    np.testing.assert_allclose(evaluated, 0.5 * np.log(envelope[0]), atol=1e-6)


def test_mel_cepstral_distortion_by_hand():
    cepstra = np.random.default_rng(0).standard_normal((7, 25))
    assert mel_cepstral_distortion(cepstra, cepstra) == 0.0
    louder = cepstra + np.eye(25)[0] * 3.0
    assert mel_cepstral_distortion(louder, cepstra) == 0.0
    # One coefficient off by one: 10 / ln 10 * sqrt(2) = 6.1418 dB; two: times sqrt(2).
    assert mel_cepstral_distortion(cepstra + np.eye(25)[4], cepstra) == pytest.approx(6.14185, abs=1e-4)
    twice = cepstra + np.eye(25)[4] - np.eye(25)[9]
    assert mel_cepstral_distortion(twice, cepstra) == pytest.approx(8.68589, abs=1e-4)


def test_log_spectral_distance_by_hand():
    levels = np.random.default_rng(0).standard_normal((5, 301))
    assert log_spectral_distance(levels + 6.0, levels) == pytest.approx(6.0)
    # The root mean square of 3 dB in half of the bins of every frame.
    half = levels + np.where(np.arange(301) < 150, 3.0, 0.0)
    assert log_spectral_distance(half, levels) == pytest.approx(3.0 * np.sqrt(150 / 301))


def test_f0_measures_by_hand():
    reference = np.array([0.0, 100.0, 200.0, 150.0, 120.0, 0.0])
    shifted = reference * 2 ** (100 / 1200)
    measures = f0_measures(shifted, reference)
    assert measures == pytest.approx(
        {"f0_rmse_cents": 100, "f0_correlation": 1, "f0_shift_cents": 100, "voicing_error": 0}, abs=1e-6
    )
    # Up and down by 50 cents in turn: no shift.
    bent = reference * 2 ** (np.array([0, 50, -50, 50, -50, 0]) / 1200)
    assert f0_measures(bent, reference)["f0_shift_cents"] == pytest.approx(0, abs=1e-6)
    assert f0_measures(bent, reference)["f0_rmse_cents"] == pytest.approx(50)
    # A falling line against a rising one.
    rising = 100 * 2 ** (np.arange(5) / 12)
    assert f0_measures(rising[::-1], rising)["f0_correlation"] == pytest.approx(-1)


def test_voicing_error_counts_frames_where_one_is_silent():
    measures = f0_measures(np.array([0.0, 100, 100, 0]), np.array([100.0, 100, 0, 0]))
    assert measures["voicing_error"] == 0.5
    assert np.isnan(measures["f0_rmse_cents"]) and np.isnan(measures["f0_correlation"])


def test_a_constant_pitch_has_no_correlation():
    measures = f0_measures(np.full(9, 100.0), np.linspace(100, 120, 9))
    assert np.isnan(measures["f0_correlation"]) and measures["f0_rmse_cents"] > 0


def test_a_known_gain_is_its_log_spectral_distance(compare):
    noise = (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)
    measures = compare(0.5 * noise, noise)
    assert measures["lsd_db"] == pytest.approx(20 * np.log10(2), abs=1e-3)
    assert measures["mcd_db"] < 1e-6 and measures["voicing_error"] == 0


@pytest.fixture(scope="module")
def compare():
    pytest.importorskip("swift_f0")
    from transformers_tsukasa.evaluation.distances import compare_waveforms

    def compare_with(ours, reference, rate=RATE):
        return {name: values[0] for name, values in compare_waveforms([ours], [reference], rate).items()}

    return compare_with


def _mei(half_tones: float = 0.0, speed: float = 1.0) -> np.ndarray:
    """A sentence of the voice of pyopenjtalk at 48 kHz."""
    import pyopenjtalk

    samples, _ = pyopenjtalk.tts("雪の降る夜に歩いた。", speed=speed, half_tone=half_tones)
    return (samples / 32768).astype(np.float32)


def test_speech_is_no_distance_from_itself_nor_from_its_echo(compare):
    speech = _mei()
    same = compare(speech, speech, 48000)
    assert same["mcd_db"] == same["lsd_db"] == same["f0_rmse_cents"] == same["voicing_error"] == 0
    assert same["f0_correlation"] == pytest.approx(1)
    quieter = compare(0.5 * speech, speech, 48000)
    assert quieter["mcd_db"] < 0.05
    # What is under -100 dB of full scale counts as -100 dB: the empty highest band does not get quieter.
    assert 4.0 < quieter["lsd_db"] < 6.0206
    # Silence around it changes next to nothing; the pitch tracker's own frames fall elsewhere.
    padded = compare(np.pad(speech, (9600, 4800)), speech, 48000)
    assert padded["mcd_db"] < 0.2 and padded["f0_rmse_cents"] < 40


def test_speech_sung_100_cents_higher(compare):
    measures = compare(_mei(half_tones=1.0), _mei(), 48000)
    assert measures["f0_rmse_cents"] == pytest.approx(100, abs=5)
    assert measures["f0_shift_cents"] == pytest.approx(100, abs=5)
    assert measures["f0_correlation"] > 0.98
    assert measures["mcd_db"] < 2.5


def test_slower_speech_is_nearer_than_another_sentence(compare):
    import pyopenjtalk

    other = (pyopenjtalk.tts("妹は庭で花に水をやる。")[0] / 32768).astype(np.float32)
    slower, another = compare(_mei(speed=0.85), _mei(), 48000), compare(other, _mei(), 48000)
    assert slower["mcd_db"] < 4.0 < another["mcd_db"]
    assert slower["f0_rmse_cents"] < 60 < another["f0_rmse_cents"]


def test_what_has_no_sound_cannot_be_compared(compare):
    for waveform, message in (
        (np.zeros(RATE, np.float32), "too little"),
        (np.full(RATE, np.nan, np.float32), "NaN or infinity"),
        (np.full(100, 0.5, np.float32), "ms of sound, too little"),
    ):
        with pytest.raises(ValueError, match=message):
            compare(waveform, _pulses(150).astype(np.float32))
