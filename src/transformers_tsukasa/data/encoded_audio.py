# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Recordings as bytes inside a data set: FLAC, read and written by libsndfile, since torchcodec is not everywhere."""

import io

import numpy as np
import soundfile


def decode_audio(data: bytes, name: str = "a recording") -> tuple[np.ndarray, int]:
    """Samples of an audio file in memory.

    Returns:
        `(channels, samples)` float32 in [-1, 1], and the sampling rate in Hz.

    Raises:
        ValueError: when it is not audio that libsndfile reads.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError(
            f"cannot read '{name}' as audio ({error.error_string}): give WAV, FLAC, OGG or MP3"
        ) from error
    return np.ascontiguousarray(samples.T), rate


def encode_flac(waveform: np.ndarray, sampling_rate: int) -> bytes:
    """`(samples,)` in [-1, 1] as a FLAC file of 16 bits."""
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, sampling_rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
