# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import struct

import numpy as np
import pytest
import soundfile

from support.corpora import RATE, hum
from transformers_tsukasa.audio.silence import padding_samples, trim_speech
from transformers_tsukasa.data.preparation.checks import (
    Limits,
    check_complete,
    check_duration,
    check_pace,
    check_phonemes,
    check_samples,
    clipped_share,
)
from transformers_tsukasa.data.preparation.corpus_rows import RowRejected, SourceRow
from transformers_tsukasa.data.preparation.encoded_audio import promised_samples
from transformers_tsukasa.data.preparation.features import mel_and_energy, pad_waveform
from transformers_tsukasa.data.preparation.row_selection import out_of_domain_texts, validation_numbers
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig


LIMITS = Limits()


def _reason(check, *arguments):
    with pytest.raises(RowRejected) as caught:
        check(*arguments, LIMITS)
    return caught.value.reason


def test_samples_that_are_no_speech():
    assert _reason(check_samples, np.zeros(0, np.float32)) == "too_short"
    assert _reason(check_samples, np.zeros(100, np.float32)) == "silent"
    with pytest.raises(RowRejected, match="^1 sample is NaN") as caught:
        check_samples(np.array([0.1, np.nan], np.float32), LIMITS)
    assert caught.value.reason == "not_finite"
    with pytest.raises(RowRejected, match="^2 samples are NaN"):
        check_samples(np.array([np.inf, np.nan], np.float32), LIMITS)
    check_samples(hum(), LIMITS)


def _encoded(**options):
    buffer = io.BytesIO()
    soundfile.write(buffer, hum(), RATE, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["WAV", "WAVEX", "RF64", "AIFF", "AU", "MP3"])
@pytest.mark.parametrize("as_file", [True, False])
def test_a_file_that_ends_before_its_header_says_is_found(tmp_path, format, as_file):
    whole = _encoded(format=format)
    for data, promised in ((whole, RATE), (whole[: len(whole) // 2], RATE)):
        if as_file:
            (tmp_path / "a").write_bytes(data)
        assert promised_samples(tmp_path / "a" if as_file else data) == pytest.approx(promised, abs=RATE // 1000)
    with pytest.raises(RowRejected, match="states 1.00 s, but the file ends after 0.50 s") as caught:
        check_complete(RATE // 2, RATE, RATE)
    assert caught.value.reason == "cut_off"


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF, 0x7FFFFFFF - 36, 48000 + 44, 48001])
def test_headers_that_do_not_know_the_length_promise_nothing(size):
    """As programs write them into a pipe, count the header with the samples, or count a byte of padding."""
    data = bytearray(_encoded(format="WAV", subtype="PCM_16"))
    place = data.index(b"data") + 4
    data[place : place + 4] = struct.pack("<I", size)
    check_complete(RATE, promised_samples(bytes(data)), RATE)


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
def test_clipping_is_found_also_after_it_was_made_quieter(gain):
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


def test_padding_is_that_of_the_published_system():
    assert padding_samples(24000) == 5000 and padding_samples(48000) == 10000


def test_trimming_keeps_a_margin_and_all_the_speech():
    silence = np.zeros(RATE, np.float32)
    trimmed = trim_speech(np.concatenate([silence, hum(), silence]), RATE, 40.0)
    assert RATE <= len(trimmed) < 1.3 * RATE
    assert np.abs(trimmed).sum() == pytest.approx(np.abs(hum()).sum(), rel=1e-6)
    assert len(trim_speech(silence, RATE, None)) == RATE


def test_validation_takes_its_share_of_every_speaker_and_stays_as_a_corpus_grows():
    rows = [SourceRow(i, f"{i}.wav", speaker="ab"[i % 2]) for i in range(200)]
    rows.append(SourceRow(200, "x.wav", speaker="lonely"))
    chosen = validation_numbers(rows, 0.1, seed=1)
    assert sum(number % 2 for number in chosen) == 10 and len(chosen) == 20
    assert chosen != validation_numbers(rows, 0.1, seed=2)
    assert not validation_numbers(rows, 0.0, seed=1)
    grown = rows + [SourceRow(300 + i, f"new{i}.wav", speaker="a") for i in range(10)]
    assert len(chosen & validation_numbers(grown, 0.1, seed=1)) >= 18


def test_out_of_domain_texts_are_long_enough_and_not_too_long():
    texts = out_of_domain_texts(["a" * 20, "b" * 60, "a" * 20, "c" * 20, "d" * 25, "e" * 600], longest=510)
    assert texts == ["a" * 20 + " " + "b" * 60]
    assert all(50 <= len(text) <= 510 for text in out_of_domain_texts((f"{i:030d}" for i in range(99)), 510))
