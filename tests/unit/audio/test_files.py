# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Audio files and plain waveforms."""

import numpy as np
import pytest
import soundfile

from support.signals import RATE, tone
from transformers_tsukasa.audio.files import AudioWriter, read_audio, resample, to_mono, trim_silence, write_audio


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_written_is_read_back(tmp_path, name, channels):
    samples = np.stack([tone(0.1), tone(0.1, 200.0)])[:channels]
    write_audio(tmp_path / name, samples, RATE, encoding="pcm24")
    read, rate = read_audio(tmp_path / name)
    assert rate == RATE and read.shape == samples.shape and read.dtype == np.float32
    assert np.abs(read - samples).max() < 1e-6
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_float_file_keeps_what_exceeds_full_scale(tmp_path):
    write_audio(tmp_path / "a.wav", 3 * tone(0.1), RATE, encoding="float")
    assert np.abs(read_audio(tmp_path / "a.wav")[0]).max() > 1.4


def test_clipping_is_logged_once(tmp_path, caplog):
    with AudioWriter(tmp_path / "a.wav", RATE) as writer:
        for _ in range(3):
            writer.write(3 * tone(0.1))
    assert len(caplog.records) == 1 and "clipped" in caplog.text
    assert np.abs(read_audio(tmp_path / "a.wav")[0]).max() <= 1


def test_blocks_are_written_one_after_the_other(tmp_path):
    blocks = [tone(0.1, frequency) for frequency in (100, 200, 300)]
    with AudioWriter(tmp_path / "a.wav", RATE, encoding="float") as writer:
        for block in blocks:
            writer.write(block)
    assert np.array_equal(read_audio(tmp_path / "a.wav")[0][0], np.concatenate(blocks))


def test_nothing_is_left_of_a_file_that_fails(tmp_path):
    with pytest.raises(ValueError, match="not finite"):
        with AudioWriter(tmp_path / "a.wav", RATE) as writer:
            writer.write(tone(0.1))
            writer.write(np.full(10, np.nan))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path):
    write_audio(tmp_path / "a.wav", tone(0.1), RATE)
    before = (tmp_path / "a.wav").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        with AudioWriter(tmp_path / "a.wav", RATE) as writer:
            writer.write(tone(0.5))
            raise KeyboardInterrupt
    assert (tmp_path / "a.wav").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "arguments", "error", "part"),
    [
        ("a.aiff", {}, ValueError, "must end in .wav, .flac, .mp3 or .opus"),
        ("a.flac", {"encoding": "float"}, ValueError, "encoding"),
        ("a.wav", {"encoding": "pcm12"}, ValueError, "encoding"),
        ("missing/a.wav", {}, FileNotFoundError, "does not exist"),
    ],
)
def test_files_that_cannot_be_written_are_refused(tmp_path, name, arguments, error, part):
    with pytest.raises(error, match=part):
        write_audio(tmp_path / name, tone(0.1), RATE, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_audio_are_refused(tmp_path):
    (tmp_path / "a.wav").write_text("no audio")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), RATE)
    with pytest.raises(ValueError, match="as audio"):
        read_audio(tmp_path / "a.wav")
    with pytest.raises(ValueError, match="no samples"):
        read_audio(tmp_path / "empty.wav")
    with pytest.raises(FileNotFoundError, match="no audio file"):
        read_audio(tmp_path / "b.wav")


@pytest.mark.parametrize("from_rate", [8000, 16000, 22050, 44100, 48000])
def test_a_resampled_tone_is_the_tone_at_the_other_rate(from_rate):
    resampled = resample(tone(1.0, rate=from_rate), from_rate, RATE)
    assert len(resampled) == RATE
    middle = slice(2000, -2000)
    assert np.abs(resampled - tone(1.0))[middle].max() < 1e-4


def test_resampling_down_lets_nothing_above_half_the_rate_through():
    high = resample(tone(1.0, frequency=15000.0, rate=48000), 48000, RATE)
    assert np.abs(high[2000:-2000]).max() < 1e-5


def test_resampling_keeps_channels_apart():
    stereo = np.stack([tone(0.5, rate=48000), np.zeros(24000, dtype=np.float32)])
    resampled = resample(stereo, 48000, RATE)
    assert resampled.shape == (2, 12000) and np.abs(resampled[1]).max() == 0


def test_mono_is_the_mean_of_the_channels():
    assert np.allclose(to_mono(np.stack([tone(), -0.5 * tone()])), 0.25 * tone())


def trimmed_by_definition(samples, top_db):
    """The definition word for word: frames of 2048 centred every 512, root mean square, decibels under the loudest."""
    padded = np.pad(samples.astype(np.float64), 1024)
    loudness = np.array(
        [np.sqrt(np.mean(padded[start : start + 2048] ** 2)) for start in range(0, len(samples) + 1, 512)]
    )
    loud = np.flatnonzero(20 * np.log10(np.maximum(loudness, 1e-5) / loudness.max()) > -top_db)
    return samples[loud[0] * 512 : (loud[-1] + 1) * 512]


@pytest.mark.parametrize("top_db", [20, 30, 60])
def test_silence_is_trimmed_as_defined(top_db):
    numbers = np.random.default_rng(0)
    samples = numbers.normal(size=20000).astype(np.float32) * np.hanning(20000) ** 4
    trimmed = trim_silence(samples, top_db)
    assert 0 < len(trimmed) < len(samples)
    assert np.array_equal(trimmed, trimmed_by_definition(samples, top_db))


def test_only_the_ends_are_trimmed():
    samples = np.concatenate([np.zeros(9000), tone(0.5), np.zeros(9000), tone(0.5), np.zeros(9000)])
    trimmed = trim_silence(samples)
    assert 33000 - 1024 <= len(trimmed) <= 33000 + 4096


def test_silence_throughout_is_kept():
    assert len(trim_silence(np.zeros(5000, dtype=np.float32))) == 5000
