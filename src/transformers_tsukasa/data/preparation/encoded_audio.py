# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Recordings as bytes inside a data set: FLAC by libsndfile, since torchcodec is not available everywhere."""

import io
import re
from pathlib import Path

import numpy as np
import soundfile

from ...audio.files import decode_audio


# libsndfile's notes on uncompressed audio (WAV, AIFF, AU) that is shorter than its header states, in bytes, and on
# RF64, in samples.
_CUT_DATA = re.compile(r"(?:data|data size|SSND) *: (\d+) \(should be (\d+)\)", re.IGNORECASE)
_CUT_RF64 = re.compile(r"frame count (\d+) does not match value from 'ds64' chunk of (\d+)")
# A writer into a pipe cannot know the length, and states about as much as 31 or 32 bits hold.
_UNKNOWN_LENGTH = 0x7FFF0000


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


__all__ = ["decode_audio", "encode_flac", "promised_samples"]
