# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Recordings as bytes inside a data set: FLAC by libsndfile, since torchcodec is not available everywhere."""

import io
import re
from pathlib import Path

import numpy as np
import soundfile

from ...audio.clip_forms import check_sampling_rate
from ...audio.files import decode_audio, read_audio
from ..checks import check_complete
from .corpus_rows import RowRejected


# libsndfile's notes on uncompressed audio (WAV, AIFF, AU) that is shorter than its header states, in bytes, and on
# RF64, in samples.
_CUT_DATA = re.compile(r"(?:data|data size|SSND) *: (\d+) \(should be (\d+)\)", re.IGNORECASE)
_CUT_RF64 = re.compile(r"frame count (\d+) does not match value from 'ds64' chunk of (\d+)")
# A writer into a pipe cannot know the length, and states about as much as 31 or 32 bits hold.
_UNKNOWN_LENGTH = 0x7FFF0000


def read_complete(audio: bytes | Path, name: str, longest_seconds: float = float("inf")) -> tuple[np.ndarray, int]:
    """Samples `(channels, samples)` float32 of a recording, and its rate in Hz.

    Args:
        audio: an audio file, in memory or by its path.
        name: of the recording, for messages.
        longest_seconds: a recording that is longer is not read into memory.

    Raises:
        RowRejected: when it is not audio, was cut off, is too long, or states a rate that no recording has.
    """
    rate, seconds = _stated_length(audio, name)
    if seconds > longest_seconds:
        raise RowRejected("too_long", f"{seconds:.0f} s, more than {longest_seconds:g} s: cut it into sentences")
    try:
        samples, _ = decode_audio(audio, name) if isinstance(audio, bytes) else read_audio(audio)
    except (ValueError, OSError) as error:
        raise RowRejected("unreadable_audio", str(error)) from error
    check_complete(samples.shape[-1], promised_samples(audio), rate)
    return samples, rate


def _stated_length(audio: bytes | Path, name: str) -> tuple[int, float]:
    """Rate in Hz and seconds of a recording by its header."""
    try:
        with soundfile.SoundFile(io.BytesIO(audio) if isinstance(audio, bytes) else audio) as file:
            return check_sampling_rate(file.samplerate), file.frames / file.samplerate
    except soundfile.LibsndfileError as error:
        message = f"cannot read '{name}' as audio ({error.error_string}): give WAV, FLAC, OGG or MP3"
        raise RowRejected("unreadable_audio", message) from error
    except ValueError as error:
        message = f"the header of '{name}' is wrong ({error}): write the file again"
        raise RowRejected("unreadable_audio", message) from error


def encode_flac(waveform: np.ndarray, sampling_rate: int) -> bytes:
    """`(samples,)` in [-1, 1] as a FLAC file of 16 bits."""
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, sampling_rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def promised_samples(audio: bytes | Path) -> int:
    """Samples of each channel that the header of a readable audio file states.

    They are more than the file has when it was cut off. Where the header does not state them, those of the file.
    """
    with soundfile.SoundFile(io.BytesIO(audio) if isinstance(audio, bytes) else audio) as file:
        if cut := _CUT_RF64.search(file.extra_info):
            return max(int(cut[2]), file.frames)
        cut = _CUT_DATA.search(file.extra_info)
        if cut is None or int(cut[1]) >= _UNKNOWN_LENGTH:
            return file.frames
        return file.frames * int(cut[1]) // max(int(cut[2]), 1)


__all__ = ["decode_audio", "encode_flac", "promised_samples", "read_complete"]
