# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech as bytes of a sound format, piece by piece as it is spoken: WAV, PCM, MP3, Ogg Opus, FLAC and AAC.

Libsndfile writes MP3, Opus and FLAC, and AAC needs the package `av` of the extra `aac`. Joined, the pieces of an
encoder are the file, but for the sizes in the header of a WAV file, which a stream cannot know (`with_wav_sizes`).
"""

import importlib.util
import io
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
import soundfile
import soxr

from ..utils.wording import install_hint


CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg; codecs=opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""The formats by name, with what HTTP calls them."""

_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_RATES = {"mp3": _MP3_RATES, "opus": _OPUS_RATES, "aac": _MP3_RATES}

# A variable bit rate would leave the length in the first frame, which a stream has sent before it is known. The level
# is 82 kbit/s at 24 kHz.
_MP3_OPTIONS = {"bitrate_mode": "CONSTANT", "compression_level": 0.5}
_LIBSNDFILE_OPTIONS: dict[str, dict[str, Any]] = {
    "mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III", **_MP3_OPTIONS},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "flac": {"format": "FLAC", "subtype": "PCM_16"},
}
_AAC_BITS_PER_SECOND = 96_000
_UNKNOWN_SIZE = 0xFFFFFFFF
_WAV_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_RIFF_START = 8  # bytes of a WAV file that its first size leaves out
_PCM_BYTES = 2  # of a sample


def to_pcm16(samples: np.ndarray) -> np.ndarray:
    """Round samples to 16 bits: clipped to [-1, 1], times 32,767, half to even.

    Every answer of the server is rounded here, so that its formats agree bit by bit. (Libsndfile, which writes the
    files of `AudioWriter`, differs in the last bit.)

    Args:
        samples: floats of any shape.

    Returns:
        Little-endian int16 of that shape.

    Raises:
        FloatingPointError: for samples that are not finite.
    """
    samples = np.asarray(samples, dtype=np.float32)
    if not np.isfinite(samples).all():
        raise FloatingPointError("the speech holds samples that are not finite: the model cannot speak this")
    return np.rint(np.clip(samples, -1.0, 1.0) * np.float32(32767)).astype("<i2")


def encoded_rate(audio_format: str, model_rate: int, wanted: int | None = None) -> int:
    """Return the sampling rate in Hz that a format gets: the wanted one, or else the one closest to the model's.

    Raises:
        ValueError: when the format is unknown or cannot have the wanted rate, or its package is missing.
    """
    _check_format(audio_format)
    rates = _RATES.get(audio_format)
    if wanted is not None:
        if rates is not None and wanted not in rates:
            known = ", ".join(map(str, rates))
            raise ValueError(f"{audio_format} cannot have {wanted} samples per second: use one of {known}")
        return wanted
    if audio_format == "pcm":
        return 24_000  # as OpenAI's, which players rely on
    if audio_format == "opus":
        return 48_000
    return model_rate if rates is None or model_rate in rates else max(rate for rate in rates if rate <= model_rate)


def _check_format(audio_format: str) -> None:
    if audio_format not in CONTENT_TYPES:
        raise ValueError(f"there is no format '{audio_format}': use one of {', '.join(CONTENT_TYPES)}")
    if audio_format == "aac" and importlib.util.find_spec("av") is None:
        raise ValueError(f"aac needs the package av, which this server does not have: {install_hint('aac')}")


class SoundEncoder:
    """Encodes speech that comes in pieces.

    ```python
    encoder = SoundEncoder("mp3", 24_000)
    for piece in pieces:
        send(encoder.write(piece))
    send(encoder.finish())
    ```
    FLAC and, for a second at a time, Opus give their bytes late: FLAC writes into its beginning at the end.

    Args:
        audio_format: a key of `CONTENT_TYPES`.
        from_rate: of the samples, in Hz.
        to_rate: of the format, in Hz; by default what `encoded_rate` gives.
        channels: of the sound, 1 or 2.

    Raises:
        ValueError: as of `encoded_rate`.
    """

    def __init__(self, audio_format: str, from_rate: int, to_rate: int | None = None, channels: int = 1) -> None:
        self.sampling_rate = encoded_rate(audio_format, from_rate, to_rate)
        # One stream for all pieces: resampled one by one they would click where they meet.
        self._resampler = (
            None
            if from_rate == self.sampling_rate
            else soxr.ResampleStream(from_rate, self.sampling_rate, channels, dtype="float32", quality="VHQ")
        )
        self._rest = np.zeros(0 if channels == 1 else (0, channels), np.float32)
        self._format: _Pcm | _Libsndfile | _Aac
        if audio_format in _LIBSNDFILE_OPTIONS:
            self._format = _Libsndfile(audio_format, self.sampling_rate, channels)
        elif audio_format == "aac":
            self._format = _Aac(self.sampling_rate, channels)
        else:
            self._format = _Pcm(wav_header(self.sampling_rate, channels) if audio_format == "wav" else b"")

    def write(self, samples: np.ndarray) -> bytes:
        """Encode the next samples.

        Args:
            samples: `(samples,)` floats, or `(samples, channels)` of two; what exceeds [-1, 1] is clipped.

        Returns:
            The bytes that are ready, which may be none.

        Raises:
            FloatingPointError: for samples that are not finite.
        """
        if not np.isfinite(samples).all():
            to_pcm16(samples)  # raises
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(np.ascontiguousarray(samples, dtype=np.float32))
        return self._format.write(samples)

    def finish(self) -> bytes:
        """Return the last bytes; afterwards nothing can be written."""
        rest = b""
        if self._resampler is not None:
            rest = self._format.write(self._resampler.resample_chunk(self._rest, last=True))
        return rest + self._format.finish()


def encode_sound(
    audio_format: str, pieces: Iterable[np.ndarray], from_rate: int, to_rate: int | None = None, channels: int = 1
) -> bytes:
    """Encode speech that is complete; see `SoundEncoder`. A WAV file has the right sizes."""
    encoder = SoundEncoder(audio_format, from_rate, to_rate, channels)
    encoded = b"".join([*map(encoder.write, pieces), encoder.finish()])
    return with_wav_sizes(encoded) if audio_format == "wav" else encoded


def with_wav_sizes(wav: bytes) -> bytes:
    """Return the joined pieces of a WAV encoder with the sizes of a complete file."""
    fields = list(_WAV_HEADER.unpack_from(wav))
    fields[1], fields[-1] = len(wav) - _RIFF_START, len(wav) - _WAV_HEADER.size
    return _WAV_HEADER.pack(*fields) + wav[_WAV_HEADER.size :]


def wav_header(rate: int, channels: int = 1, frames: int | None = None) -> bytes:
    """Return the header of a WAV file of 16 bits.

    Args:
        rate: in Hz.
        channels: of the file.
        frames: samples of each channel; None where their number is not known yet.
    """
    block = channels * _PCM_BYTES
    size, file_size = _UNKNOWN_SIZE, _UNKNOWN_SIZE
    if frames is not None:
        size = frames * block
        file_size = _WAV_HEADER.size - _RIFF_START + size
    chunks = (b"RIFF", file_size, b"WAVE", b"fmt ", 16)
    return _WAV_HEADER.pack(*chunks, 1, channels, rate, rate * block, block, 8 * _PCM_BYTES, b"data", size)


def wav_seconds(wav: bytes) -> float:
    """Return how long a WAV file is that has our header and its sizes."""
    *_, bytes_per_second, _, _, _, size = _WAV_HEADER.unpack_from(wav)
    return size / bytes_per_second


class _Pcm:
    """16 bits a sample, after a header."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def write(self, samples: np.ndarray) -> bytes:
        header, self._header = self._header, b""
        return header + to_pcm16(samples).tobytes()

    def finish(self) -> bytes:
        return self._header  # of a file without samples


class _Libsndfile:
    def __init__(self, audio_format: str, rate: int, channels: int) -> None:
        self._target = io.BytesIO() if audio_format == "flac" else _ForwardOnly()
        options = _LIBSNDFILE_OPTIONS[audio_format]
        self._file = soundfile.SoundFile(self._target, mode="w", samplerate=rate, channels=channels, **options)

    def write(self, samples: np.ndarray) -> bytes:
        self._file.write(to_pcm16(samples))
        return self._target.take() if isinstance(self._target, _ForwardOnly) else b""

    def finish(self) -> bytes:
        self._file.close()
        return self._target.take() if isinstance(self._target, _ForwardOnly) else self._target.getvalue()


class _Aac:
    """AAC in ADTS frames, by the package av."""

    def __init__(self, rate: int, channels: int) -> None:
        import av

        self._av, self._target, self._layout = av, _ForwardOnly(), "mono" if channels == 1 else "stereo"
        self._container = av.open(self._target, mode="w", format="adts")
        self._stream = self._container.add_stream("aac", rate=rate, layout=self._layout)
        self._stream.bit_rate = _AAC_BITS_PER_SECOND
        self._written = 0

    def write(self, samples: np.ndarray) -> bytes:
        if len(samples):
            clipped = np.ascontiguousarray(np.atleast_2d(np.clip(samples, -1.0, 1.0).T), np.float32)
            frame = self._av.AudioFrame.from_ndarray(clipped, format="fltp", layout=self._layout)
            frame.sample_rate, frame.pts = self._stream.rate, self._written
            self._written += len(samples)
            self._container.mux(self._stream.encode(frame))
        return self._target.take()

    def finish(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._target.take()


class _ForwardOnly:
    """A file for libraries to write to, of which only what lies past its end is kept, once.

    MP3 encoders rewrite the first frame at the end, which a stream has sent long before.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._place = self._end = 0

    def write(self, data: Any) -> int:
        data = bytes(data)
        new = self._place + len(data) - self._end
        if new > 0:
            self._parts.append(data[len(data) - new :])
            self._end += new
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, origin: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._end}[origin]
        return self._place

    def tell(self) -> int:
        return self._place

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


__all__ = [
    "CONTENT_TYPES",
    "SoundEncoder",
    "encode_sound",
    "encoded_rate",
    "to_pcm16",
    "wav_header",
    "wav_seconds",
    "with_wav_sizes",
]
