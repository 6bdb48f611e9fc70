# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A sound file as blocks at another rate, in constant memory."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from .clips import check_finite


# Samples that are read at once: half a second to a second and a half at usual rates.
_BLOCK = 24_000


class SoundBlocks:
    """The channels of a sound file in blocks at a rate of one's choice.

    Args:
        path: of the file, in whatever format libsndfile reads.
        sampling_rate: of the blocks, in Hz.

    Attributes:
        channels: how many.
        samples: of the file, at its own rate.
        rate: its own, in Hz.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not audio, or holds no samples.
    """

    def __init__(self, path: str | os.PathLike, sampling_rate: int) -> None:
        self.path, self.sampling_rate = Path(path), sampling_rate
        if not self.path.is_file():
            raise FileNotFoundError(f"no audio file at '{path}'")
        try:
            information = soundfile.info(self.path)
        except soundfile.LibsndfileError as error:
            raise ValueError(
                f"cannot read '{path}' as audio ({error.error_string}): give WAV, FLAC, OGG or MP3"
            ) from error
        self.channels, self.samples, self.rate = information.channels, information.frames, information.samplerate
        if self.samples == 0:
            raise ValueError(f"the audio file '{path}' holds no samples")

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield (channels, samples) float32.

        Raises:
            ValueError: for samples that are not finite, or far beyond full scale.
        """
        resampler = soxr.ResampleStream(self.rate, self.sampling_rate, self.channels, quality="VHQ")
        is_same = self.rate == self.sampling_rate
        with soundfile.SoundFile(self.path) as file:
            left = self.samples
            while left > 0:
                block = file.read(min(_BLOCK, left), dtype="float32", always_2d=True)
                left = left - len(block) if len(block) else 0
                if len(block):
                    check_finite(block.T)
                resampled = block if is_same else resampler.resample_chunk(block, last=left == 0)
                if len(resampled):
                    yield np.ascontiguousarray(resampled.reshape(-1, self.channels).T)


__all__ = ["SoundBlocks"]
