# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A clip in whatever form it is given (array, tensor, list, file, dataset row) to mono float32 at one rate."""

import os
from numbers import Real
from typing import Any

import numpy as np
import torch
from transformers.audio_utils import load_audio

from .files import read_audio, resample, to_mono


# Full scale and zero of the integer sample types. 64-bit integers have no agreed scale.
_INTEGER_SCALES = {"int8": (0, 2.0**7), "uint8": (128, 2.0**7), "int16": (0, 2.0**15), "int32": (0, 2.0**31)}

_MOST_CHANNELS = 64
_RATES = (1_000, 768_000)
# Floats far beyond full scale are integer samples that were cast without scaling.
_HIGHEST_FLOAT = 16.0
# -80 dB of full scale: the last bits of 16-bit silence.
_SILENT_PEAK = 1e-4


def is_one_clip(audio: Any) -> bool:
    """Whether `audio` is one clip and not a list (or a three-dimensional array) of clips."""
    if isinstance(audio, (str, os.PathLike, dict)):
        return True
    if isinstance(audio, (np.ndarray, torch.Tensor)):
        return audio.ndim <= 2
    if isinstance(audio, (list, tuple)):
        return len(audio) > 0 and isinstance(audio[0], (Real, np.number))
    raise ValueError(
        f"cannot read a clip from {type(audio).__name__}: give a path, an array, a tensor, a list of floats, "
        "a dataset row with 'array' and 'sampling_rate', or a list of these"
    )


def as_clips(audio: Any) -> list[Any]:
    """The clips of `audio`, which is one of them or a list (or a three-dimensional array) of clips."""
    return [audio] if is_one_clip(audio) else list(audio)


def check_sampling_rate(rate: Any) -> int:
    """The rate as an int.

    Raises:
        ValueError: when it is not an integer between 1 and 768 kHz.
    """
    if not isinstance(rate, (Real, np.number)) or isinstance(rate, bool) or not float(rate).is_integer():
        raise ValueError(f"sampling_rate must be an integer number of samples per second, got {rate!r}")
    samples_per_second = int(float(rate))
    if not _RATES[0] <= samples_per_second <= _RATES[1]:
        raise ValueError(f"sampling_rate must lie between {_RATES[0]} and {_RATES[1]} Hz, got {rate!r}")
    return samples_per_second


def load_clip(clip: Any, sampling_rate: int | None, target_sampling_rate: int) -> np.ndarray:
    """One clip as mono samples at the wanted rate.

    Args:
        clip: a path or URL; `(samples,)`, `(channels, samples)` or `(samples, channels)` as array, tensor or list, of
            floats in [-1, 1] or of 8-, 16- or 32-bit integers; or a dataset row, a dict with `array` and
            `sampling_rate` or with `path`. Of two axes the shorter one is the channels', of which there are at most
            64.
        sampling_rate: rate in Hz of an array; `None` takes it to be `target_sampling_rate` already. Files and dataset
            rows know their own.
        target_sampling_rate: rate in Hz of the result.

    Returns:
        `(samples,)` float32, the mean of the channels.

    Raises:
        ValueError: for a rate that contradicts the file's, shapes and types that are not audio, samples that are not
            finite or far beyond full scale, and silence.
        FileNotFoundError: for a path to nothing.
    """
    if isinstance(clip, dict):
        own_rate = clip.get("sampling_rate")
        source = clip["array"] if clip.get("array") is not None else clip.get("path")
        if source is None:
            raise ValueError(f"a clip given as a dict needs 'array' and 'sampling_rate', or 'path'; got {list(clip)}")
        if own_rate is not None and sampling_rate is not None and own_rate != sampling_rate:
            raise ValueError(f"`sampling_rate={sampling_rate}` was given, but that of the clip is {own_rate}")
        return load_clip(source, own_rate or sampling_rate, target_sampling_rate)
    if isinstance(clip, str) and clip.startswith(("http://", "https://")):
        samples, rate = np.atleast_2d(load_audio(clip, sampling_rate=target_sampling_rate)), target_sampling_rate
    elif isinstance(clip, (str, os.PathLike)):
        samples, rate = read_audio(clip)
        if sampling_rate is not None and check_sampling_rate(sampling_rate) != rate:
            raise ValueError(f"`sampling_rate={sampling_rate}` was given, but '{clip}' is at {rate} Hz: leave it out")
    else:
        rate = target_sampling_rate if sampling_rate is None else check_sampling_rate(sampling_rate)
        samples = _channels_first(to_float(to_array(clip)))
    _check_samples(samples)
    return resample(to_mono(samples), rate, target_sampling_rate)


def to_array(clip: Any) -> np.ndarray:
    """The samples of a clip in memory, floating-point tensors in float32."""
    if isinstance(clip, torch.Tensor):
        clip = clip.detach().cpu()
        return clip.float().numpy() if clip.is_floating_point() else clip.numpy()
    return np.asarray(clip)


def to_float(samples: np.ndarray) -> np.ndarray:
    """float32 in [-1, 1] from the sample types that audio comes in.

    Raises:
        ValueError: for other types than floats and integers of 8, 16 or 32 bits.
    """
    if samples.dtype.kind == "f":
        return samples.astype(np.float32)
    if samples.dtype.name in _INTEGER_SCALES:
        zero, scale = _INTEGER_SCALES[samples.dtype.name]
        return ((samples.astype(np.float64) - zero) / scale).astype(np.float32)
    raise ValueError(
        f"audio samples of type {samples.dtype} have no known scale: give floats in [-1, 1], or 8-, 16- or 32-bit "
        "integers"
    )


def _channels_first(samples: np.ndarray) -> np.ndarray:
    if samples.ndim == 1:
        return samples[None]
    if samples.ndim != 2:
        raise ValueError(f"a clip must be (samples,) or (channels, samples), got shape {samples.shape}")
    if samples.shape[0] > samples.shape[1]:
        samples = samples.T
    if samples.shape[0] > _MOST_CHANNELS:
        raise ValueError(
            f"a clip of shape {samples.shape} would have {samples.shape[0]} channels, more than {_MOST_CHANNELS}: "
            "give several clips as a list"
        )
    return samples


def _check_samples(samples: np.ndarray) -> None:
    if samples.size == 0:
        raise ValueError("the clip holds no samples")
    finite = np.isfinite(samples)
    if not finite.all():
        first = int(np.argmin(finite.all(axis=0)))
        raise ValueError(f"the clip has NaN or infinite samples, the first at sample {first}: repair or re-record it")
    peak = float(np.abs(samples).max())
    if peak > _HIGHEST_FLOAT:
        raise ValueError(f"the clip's samples reach {peak:g}, but floats must lie in [-1, 1]: divide by full scale")
    if peak < _SILENT_PEAK:
        raise ValueError("the clip is silent: give a recording of speech")
