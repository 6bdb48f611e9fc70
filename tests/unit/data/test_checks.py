# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from support.corpora import RATE, hum
from transformers_tsukasa.data.checks import (
    Limits,
    check_duration,
    check_pace,
    check_phonemes,
    check_samples,
    clipped_share,
)
from transformers_tsukasa.data.preparation.corpus_rows import RowRejected


LIMITS = Limits()


def _reason(check, *arguments):
    with pytest.raises(RowRejected) as caught:
        check(*arguments, LIMITS)
    return caught.value.reason


def test_samples_without_speech_are_rejected():
    assert _reason(check_samples, np.zeros(0, np.float32)) == "too_short"
    assert _reason(check_samples, np.zeros(100, np.float32)) == "silent"
    with pytest.raises(RowRejected, match="^1 sample is NaN") as caught:
        check_samples(np.array([0.1, np.nan], np.float32), LIMITS)
    assert caught.value.reason == "not_finite"
    with pytest.raises(RowRejected, match="^2 samples are NaN"):
        check_samples(np.array([np.inf, np.nan], np.float32), LIMITS)
    check_samples(hum(), LIMITS)


def test_limits_of_length_pace_and_symbols():
    assert _reason(check_duration, 0.05) == "too_short"
    assert _reason(check_duration, 60.0) == "too_long"
    assert _reason(check_pace, 1.0) == "pace_too_fast"
    assert _reason(check_pace, 100.0) == "pace_too_slow"
    assert _reason(check_phonemes, " ") == "no_text"
    assert _reason(check_phonemes, "kaⓐ") == "unknown_symbol"
    assert _reason(check_phonemes, "a" * 511) == "text_too_long"
    check_phonemes("a" * 510, LIMITS)


def test_limits_that_contradict_each_other():
    with pytest.raises(ValueError, match="`min_seconds` \\(5\\).*`max_seconds` \\(2\\)"):
        Limits(min_seconds=5, max_seconds=2)


@pytest.mark.parametrize("gain", [1.0, 0.4])
def test_clipping_is_found_after_the_recording_was_made_quieter(gain):
    loud = np.clip(8 * hum(), -1, 1)
    assert clipped_share(gain * loud) > 0.01
    # The other channel is what it should be, and does not hide it.
    assert clipped_share(np.stack([hum(), gain * loud])) > 0.01


def test_clean_sounds_are_not_clipped():
    time = np.arange(48000) / 48000
    assert clipped_share(hum() / np.abs(hum()).max()) == 0
    assert clipped_share(np.sin(2 * np.pi * 100 * time).astype(np.float32)) == 0
    sixteen_bits = np.round(0.5 * np.sin(2 * np.pi * 200 * time) * 32768) / 32768
    assert clipped_share(sixteen_bits) < LIMITS.max_clipped


_OTHER_CHANNELS = {
    "digital silence": np.zeros(RATE),
    "a constant offset": np.full(RATE, 0.2),
    "the last bit": np.random.default_rng(0).integers(-1, 2, RATE) / 32768,
    "one bit of an 8-bit file": np.repeat([1 / 128, 0.0], RATE // 2),
    "hum of the mains": np.round(0.002 * np.sin(np.arange(RATE) / 76) * 32768) / 32768,
}


@pytest.mark.parametrize("name", _OTHER_CHANNELS)
@pytest.mark.parametrize("place", [0, 1])
def test_a_channel_without_speech_is_not_clipped_and_hides_nothing(name, place):
    def beside(sound):
        return np.insert(sound[None], place, _OTHER_CHANNELS[name].astype(np.float32), axis=0)

    assert clipped_share(beside(hum())) < LIMITS.max_clipped
    assert clipped_share(beside(np.clip(8 * hum(), -1, 1))) > 0.01


def test_recordings_without_any_sound_have_no_clipped_samples():
    assert clipped_share(np.zeros((2, 100), np.float32)) == 0
    assert clipped_share(np.full(100, 1.0, np.float32)) == 0
    assert clipped_share(np.zeros((2, 0), np.float32)) == 0


@pytest.mark.parametrize("bits, peak", [(8, 0.3), (8, 0.9), (16, 0.004), (16, 0.02)])
def test_round_tops_of_coarse_recordings_are_not_clipped(bits, peak):
    steps = 2 ** (bits - 1)
    slow = peak * np.sin(2 * np.pi * 80 * np.arange(48000) / 48000)
    speech = hum(rate=48000) * peak / np.abs(hum(rate=48000)).max()
    for sound in (slow, speech):
        assert clipped_share(np.round(sound * steps) / steps) < LIMITS.max_clipped
        assert clipped_share(np.round(np.clip(2 * sound, -peak, peak) * steps) / steps) > 0.002


def test_a_recording_clipped_on_one_side_only_is_found():
    assert clipped_share(np.clip(8 * hum(), -4, 1) / 4) > 0.01
    assert clipped_share(np.clip(8 * hum(), -0.3, 4) / 4 + 0.05) > 0.01
