# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A clip in whatever form it is given to mono float32 at one rate, or a sentence why it cannot be used."""

from typing import Any

import numpy as np

from .clip_forms import agreed_rate, check_sampling_rate, read_clip
from .files import resample, to_mono


# Floats far beyond full scale are integer samples that were cast without scaling.
_HIGHEST_FLOAT = 16.0
# -80 dB of full scale: the last bits of 16-bit silence.
_SILENT_PEAK = 1e-4
# The mix of channels that have nothing in common has the mean of their powers, divided by their number. At a hundredth
# of that (20 dB less) the channels are the same sound in opposite phase, and the mix is what differs between them.
_LEAST_MIXED_SHARE = 0.01


def load_clip(clip: Any, sampling_rate: int | None, target_sampling_rate: int) -> np.ndarray:
    """One clip as mono samples at the wanted rate.

    Args:
        clip: one of these.
            A file: its path, its http(s) address, the open file (in binary mode), or its bytes.
            Samples: `(samples,)`, `(channels, samples)` or `(samples, channels)` as array, tensor or list, of floats
            in [-1, 1] or of 8-, 16- or 32-bit integers. Of two axes the shorter one is the channels', of which there
            are at most 64.
            Samples with their rate: a pair of both, in either order; a decoder of torchcodec or what it returned; or
            a dict as rows of data sets and pipelines have it, with `sampling_rate` and one of `array`, `bytes`,
            `path`, `raw` and `audio`.
        sampling_rate: rate in Hz of samples without one; `None` takes them to be at `target_sampling_rate`. Of a clip
            that has a rate, it must be that one.
        target_sampling_rate: rate in Hz of the result.

    Returns:
        `(samples,)` float32, the mean of the channels.

    Raises:
        ValueError: for a rate that contradicts the clip's own or lies outside 1 to 768 kHz, and for clips that are no
            audio or cannot be used; see `mix_down`.
        OSError: for a file or an address that cannot be read, and `FileNotFoundError` for a path to nothing.
    """
    channels, rate = _read(clip, sampling_rate, target_sampling_rate)
    return resample(mix_down(channels), rate, target_sampling_rate)


def load_signal(clip: Any, sampling_rate: int | None, target_sampling_rate: int) -> np.ndarray:
    """One clip as mono samples at the wanted rate, silent ones included; see `load_clip`.

    Raises:
        ValueError: as `load_clip`, but not for silence or for channels that cancel each other.
        OSError: as `load_clip`.
    """
    channels, rate = _read(clip, sampling_rate, target_sampling_rate)
    check_finite(channels)
    return resample(to_mono(channels), rate, target_sampling_rate)


def _read(clip: Any, sampling_rate: int | None, target_sampling_rate: int) -> tuple[np.ndarray, int]:
    """The channels of a clip, and their rate."""
    given_rate = None if sampling_rate is None else check_sampling_rate(sampling_rate)
    read = read_clip(clip)
    rate = read.rate if given_rate is None else agreed_rate(read, given_rate)
    # Resampling from a rate that a header states by mistake, such as 1 Hz, would take all memory.
    return read.channels, check_sampling_rate(target_sampling_rate if rate is None else rate)


def mix_down(channels: np.ndarray) -> np.ndarray:
    """The mean of the channels of a recording, after checks that it can be used.

    Args:
        channels: `(channels, samples)` float32.

    Returns:
        `(samples,)`.

    Raises:
        ValueError: for a recording without samples, samples that are not finite or far beyond full scale, silence,
            and channels that cancel each other.
    """
    _check_samples(channels)
    mixed = to_mono(channels)
    power, mixed_power = float(np.mean(np.square(channels))), float(np.mean(np.square(mixed)))
    if mixed_power * len(channels) < _LEAST_MIXED_SHARE * power:
        raise ValueError(
            f"the {len(channels)} channels cancel each other when they are mixed to one, since they hold the same "
            "sound in opposite phase: give one of the channels, or turn one round"
        )
    return mixed


def _check_samples(samples: np.ndarray) -> None:
    check_finite(samples)
    if float(np.abs(samples).max()) < _SILENT_PEAK:
        raise ValueError("the clip is silent: give a recording of speech")


def check_finite(samples: np.ndarray) -> None:
    """Refuses samples `(channels, samples)` that are none, not finite or far beyond full scale.

    Raises:
        ValueError: then.
    """
    if samples.size == 0:
        raise ValueError("the clip holds no samples")
    finite = np.isfinite(samples)
    if not finite.all():
        first = int(np.argmin(finite.all(axis=0)))
        raise ValueError(f"the clip has NaN or infinite samples, the first at sample {first}: repair or re-record it")
    peak = float(np.abs(samples).max())
    if peak > _HIGHEST_FLOAT:
        raise ValueError(f"the clip's samples reach {peak:g}, but floats must lie in [-1, 1]: divide by full scale")


__all__ = ["check_finite", "load_clip", "load_signal", "mix_down"]
