# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Audio files and plain waveforms: read, mix down, resample, trim, write. Needs numpy only."""

import io
import logging
import os
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ..utils.atomic_files import atomic_file
from .encoding import SoundEncoder
from .sound_formats import sound_format


logger = logging.getLogger(__name__)

# Frames over which the loudness of a clip is measured for trimming, in samples (as in the published system).
TRIM_FRAME_LENGTH = 2048
TRIM_HOP_LENGTH = 512
# What `SoundEncoder` writes, by libsndfile's name of the format.
_ENCODED = {"MP3": "mp3", "OGG": "opus"}
# The lowest loudness there is, so that digital silence has a level in decibels.
_LOWEST_AMPLITUDE = 1e-5


def read_audio(path: str | os.PathLike) -> tuple[np.ndarray, int]:
    """All samples of an audio file, in whatever format libsndfile reads (WAV, FLAC, OGG, MP3, ...).

    Returns:
        `(channels, samples)` float32 in [-1, 1], and the sampling rate in Hz.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not audio, or holds no samples.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no audio file at '{path}'")
    samples, rate = _decode(path, str(path))
    if samples.shape[1] == 0:
        raise ValueError(f"the audio file '{path}' holds no samples")
    return samples, rate


def decode_audio(data: bytes, name: str = "a recording") -> tuple[np.ndarray, int]:
    """Samples of an audio file in memory.

    Args:
        data: the file's bytes.
        name: of the recording in errors.

    Returns:
        `(channels, samples)` float32 in [-1, 1], and the sampling rate in Hz.

    Raises:
        ValueError: when it is not audio that libsndfile reads.
    """
    return _decode(io.BytesIO(data), name)


def _decode(file: Path | io.BytesIO, name: str) -> tuple[np.ndarray, int]:
    try:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError(
            f"cannot read '{name}' as audio ({error.error_string}): give WAV, FLAC, OGG or MP3"
        ) from error
    return np.ascontiguousarray(samples.T), rate


def to_mono(samples: np.ndarray) -> np.ndarray:
    """The mean of the channels: `(channels, samples)` or `(samples,)` to `(samples,)`."""
    return samples if samples.ndim == 1 else samples.mean(axis=0, dtype=samples.dtype)


def resample(samples: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """Resamples `(..., samples)` from one rate in Hz to another with soxr's best filter; equal rates are a no-op."""
    if from_rate == to_rate:
        return samples
    time_first = np.ascontiguousarray(np.moveaxis(samples, -1, 0))
    resampled = soxr.resample(time_first.reshape(time_first.shape[0], -1), from_rate, to_rate, quality="VHQ")
    return np.moveaxis(resampled.reshape(-1, *time_first.shape[1:]), 0, -1)


def speech_bounds(samples: np.ndarray, top_db: float = 30.0) -> tuple[int, int]:
    """Where the sound of a clip begins and ends: outside, it is more than `top_db` decibels below the loudest frame.

    Loudness is the root mean square over frames of 2048 samples centred every 512, as the published system does
    with reference clips; both bounds are multiples of 512 samples, and the end may lie past the last sample.

    Args:
        samples: mono `(samples,)`.
        top_db: distance in decibels from the loudest frame.
    """
    half = TRIM_FRAME_LENGTH // 2
    padded = np.pad(samples.astype(np.float64), half)
    energy = np.concatenate([[0.0], np.cumsum(padded**2)])
    starts = np.arange(0, len(samples) + 1, TRIM_HOP_LENGTH)
    # A cumulative sum can come out a rounding error below zero where the clip is silent.
    mean_square = np.maximum(energy[starts + TRIM_FRAME_LENGTH] - energy[starts], 0.0) / TRIM_FRAME_LENGTH
    loudness = np.maximum(np.sqrt(mean_square), _LOWEST_AMPLITUDE)
    loud = np.flatnonzero(20.0 * np.log10(loudness / loudness.max()) > -top_db)
    return int(loud[0]) * TRIM_HOP_LENGTH, int(loud[-1] + 1) * TRIM_HOP_LENGTH


def trim_silence(samples: np.ndarray, top_db: float = 30.0) -> np.ndarray:
    """Cuts both ends of `(samples,)` at `speech_bounds`.

    Returns:
        A view of `samples`; all of them when they are silent throughout.
    """
    start, end = speech_bounds(samples, top_db)
    return samples[start:end]


class AudioWriter:
    """Writes an audio file block by block; the file appears under its name when everything is written.

    ```python
    with AudioWriter("speech.wav", sampling_rate=24000) as writer:
        for block in blocks:
            writer.write(block)
    ```
    Until the end the samples lie in a hidden file beside the target, which is removed when anything fails.

    Args:
        path: ends in `.wav`, `.flac`, `.mp3` or `.opus`. MP3 and Opus have the closest sampling rate that they know.
        sampling_rate: in Hz.
        channels: number of channels of every block; MP3 and Opus files have one.
        encoding: `"pcm16"`, `"pcm24"` (WAV and FLAC) or `"float"` (WAV).

    Raises:
        ValueError: for another suffix or encoding, several channels in a file of one, or samples that are not finite.
        FileNotFoundError: when the folder does not exist.
    """

    def __init__(
        self, path: str | os.PathLike, sampling_rate: int, *, channels: int = 1, encoding: str = "pcm16"
    ) -> None:
        self.path = Path(path)
        file_format, subtype = sound_format(self.path, encoding)
        self.channels = channels
        self.clipped_samples = 0
        self._limit = np.inf if subtype == "FLOAT" else 1.0
        self._format = {"channels": channels, "format": file_format, "subtype": subtype}
        self._rate, self._encoded_format = sampling_rate, _ENCODED.get(file_format)
        self._file: soundfile.SoundFile | _EncodedFile | None = None
        if self._encoded_format is not None and channels != 1:
            raise ValueError(f"cannot write {channels} channels into '{path}': write .wav or .flac, or one channel")

    def __enter__(self) -> "AudioWriter":
        with ExitStack() as stack:
            partial = stack.enter_context(atomic_file(self.path))
            self._file = stack.enter_context(
                soundfile.SoundFile(partial, mode="w", samplerate=self._rate, **self._format)
                if self._encoded_format is None
                else _EncodedFile(partial, SoundEncoder(self._encoded_format, self._rate))
            )
            self._closing = stack.pop_all()
        return self

    def write(self, block: np.ndarray) -> None:
        """Appends `(samples,)` or `(channels, samples)`; what exceeds full scale is clipped (not in float files)."""
        if self._file is None:
            raise ValueError("an AudioWriter writes only inside its `with` block")
        block = np.atleast_2d(np.asarray(block, dtype=np.float32))
        if block.ndim != 2 or block.shape[0] != self.channels:
            raise ValueError(f"expected a block of {self.channels} channel(s), got shape {block.shape}")
        if not np.isfinite(block).all():
            raise ValueError(f"cannot write '{self.path}': the samples are not finite")
        self.clipped_samples += int((np.abs(block) > self._limit).sum())
        self._file.write(np.clip(block, -self._limit, self._limit).T)

    def __exit__(self, error_type, error, traceback) -> None:
        self._file = None
        self._closing.__exit__(error_type, error, traceback)
        if error_type is None and self.clipped_samples:
            logger.warning("%d samples of '%s' exceeded full scale and were clipped", self.clipped_samples, self.path)


class _EncodedFile:
    """A file of what an encoder makes of blocks `(samples, 1)`."""

    def __init__(self, path: Path, encoder: SoundEncoder) -> None:
        self._path, self._encoder = path, encoder

    def write(self, block: np.ndarray) -> None:
        self._file.write(self._encoder.write(block[:, 0]))

    def __enter__(self) -> "_EncodedFile":
        self._file = self._path.open("wb")
        return self

    def __exit__(self, error_type: type[BaseException] | None, error: object, traceback: object) -> None:
        with self._file:
            if error_type is None:
                self._file.write(self._encoder.finish())


def write_audio(path: str | os.PathLike, waveform: np.ndarray, sampling_rate: int, *, encoding: str = "pcm16") -> None:
    """Writes `(samples,)` or `(channels, samples)` to a sound file, complete or not at all: see `AudioWriter`."""
    waveform = np.atleast_2d(np.asarray(waveform, dtype=np.float32))
    with AudioWriter(path, sampling_rate, channels=waveform.shape[0], encoding=encoding) as writer:
        writer.write(waveform)
