# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import importlib.util
import io
import struct

import numpy as np
import pytest
import soundfile

from transformers_tsukasa.audio.encoding import (
    CONTENT_TYPES,
    SoundEncoder,
    encode_sound,
    encoded_rate,
    to_pcm16,
    with_wav_sizes,
)


RATE = 24000
READABLE = ("mp3", "opus", "flac", "wav")
needs_av = pytest.mark.skipif(importlib.util.find_spec("av") is None, reason="aac needs av, of the extra aac")


@pytest.fixture(scope="module")
def tone():
    """Three seconds of a tone that changes."""
    times = np.arange(3 * RATE) / RATE
    return (0.4 * np.sin(2 * np.pi * (200 + 40 * times) * times)).astype(np.float32)


def _pieces(samples):
    return [samples[:10], samples[10:10], samples[10:30000], samples[30000:]]


def _decoded(sound):
    return soundfile.read(io.BytesIO(sound), dtype="float32")


def test_rounding_is_half_to_even_and_clips():
    samples = np.array([0.5, 1.5, 2.5, -0.5, -1.5]) / 32767
    assert to_pcm16(samples.astype(np.float64)).tolist() == [0, 2, 2, 0, -2]
    assert to_pcm16(np.array([1.0, 1.2, -1.0, -7.0])).tolist() == [32767, 32767, -32767, -32767]
    assert to_pcm16(np.zeros(3)).dtype == np.dtype("<i2")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("audio_format", READABLE)
def test_samples_that_are_not_finite_are_refused(audio_format, value):
    with pytest.raises(FloatingPointError, match="not finite"):
        SoundEncoder(audio_format, RATE).write(np.array([0.0, value], np.float32))


@pytest.mark.parametrize("audio_format", ["wav", "pcm", "mp3", "flac"])
@pytest.mark.parametrize("rate", [None, 48000])
def test_joined_pieces_equal_the_complete_file(audio_format, rate, tone):
    encoder = SoundEncoder(audio_format, RATE, rate)
    joined = b"".join([*map(encoder.write, _pieces(tone)), encoder.finish()])
    joined = with_wav_sizes(joined) if audio_format == "wav" else joined
    assert joined == encode_sound(audio_format, [tone], RATE, rate)


def test_joined_pieces_of_opus_sound_like_the_complete_file(tone):
    """Every Ogg stream has a random number of its own."""
    encoder = SoundEncoder("opus", RATE)
    joined = b"".join([*map(encoder.write, _pieces(tone)), encoder.finish()])
    complete, rate = _decoded(encode_sound("opus", [tone], RATE))
    assert rate == 48000 and np.array_equal(_decoded(joined)[0], complete)


@pytest.mark.parametrize("audio_format", READABLE)
def test_every_format_decodes_to_the_tone(audio_format, tone):
    samples, rate = _decoded(encode_sound(audio_format, [tone], RATE))
    assert rate == encoded_rate(audio_format, RATE)
    assert len(samples) / rate == pytest.approx(3.0, abs=0.1)
    samples = samples[:: rate // RATE][: len(tone)]
    spectrum = np.fft.rfft(samples, 2 * len(tone)) * np.fft.rfft(tone, 2 * len(tone)).conj()
    best = np.fft.irfft(spectrum).max() / (np.linalg.norm(tone) * np.linalg.norm(samples))
    assert best > 0.9


@needs_av
def test_aac_decodes_to_the_length_of_the_tone(tone):
    import av

    encoder = SoundEncoder("aac", RATE)
    pieces = [*map(encoder.write, _pieces(tone)), encoder.finish()]
    assert sum(map(bool, pieces)) > 2
    assert b"".join(pieces) == encode_sound("aac", [tone], RATE)
    with av.open(io.BytesIO(b"".join(pieces))) as file:
        count = sum(frame.samples for frame in file.decode(audio=0))
    assert count / RATE == pytest.approx(3.0, abs=0.1)


def test_aac_without_its_package_tells_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install '\.\[aac\]'"):
        encoded_rate("aac", RATE)


def test_a_streamed_wav_file_has_one_header_with_unknown_sizes(tone):
    encoder = SoundEncoder("wav", RATE)
    first, second = encoder.write(tone[:100]), encoder.write(tone[100:200])
    assert first[:4] == b"RIFF" and first[4:8] == first[40:44] == b"\xff\xff\xff\xff"
    assert len(first) == 44 + 200 and len(second) == 200 and encoder.finish() == b""
    complete = with_wav_sizes(first + second)
    assert struct.unpack("<I", complete[4:8]) == (len(complete) - 8,)
    assert struct.unpack("<I", complete[40:44]) == (400,)


def test_mp3_gives_sound_with_every_piece_and_flac_at_the_end(tone):
    mp3, flac = SoundEncoder("mp3", RATE), SoundEncoder("flac", RATE)
    assert all(len(mp3.write(tone[start : start + RATE])) > 1000 for start in range(0, len(tone), RATE))
    assert [flac.write(tone[start : start + RATE]) for start in range(0, len(tone), RATE)] == [b"", b"", b""]
    assert len(flac.finish()) > 1000


def test_pieces_are_resampled_as_one_signal(tone):
    pieces = [tone[start : start + 777] for start in range(0, len(tone), 777)]
    assert encode_sound("pcm", pieces, RATE, 44100) == encode_sound("pcm", [tone], RATE, 44100)


@pytest.mark.parametrize(
    "audio_format, model_rate, wanted, rate",
    [
        ("wav", 22050, None, 22050),
        ("wav", 24000, 11111, 11111),
        ("pcm", 48000, None, 24000),
        ("opus", 24000, None, 48000),
        ("mp3", 48000, None, 48000),
        ("mp3", 40000, None, 32000),
    ],
)
def test_rates_of_formats(audio_format, model_rate, wanted, rate):
    assert encoded_rate(audio_format, model_rate, wanted) == rate


@pytest.mark.parametrize("audio_format, rate", [("opus", 44100), ("mp3", 10000), ("ogg", None)])
def test_a_rate_or_format_that_cannot_be_is_refused(audio_format, rate):
    with pytest.raises(ValueError, match="use one of"):
        encoded_rate(audio_format, RATE, rate)


def test_the_table_has_every_format():
    assert list(CONTENT_TYPES) == ["mp3", "opus", "aac", "flac", "wav", "pcm"]
