# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The forms in which a clip can be given, each read into its channels and the rate that it states."""

import http.client
import os
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from ..utils.numbers import plain_number
from .files import decode_audio, read_audio


# Full scale and zero of the integer sample types. 64-bit integers have no agreed scale.
_INTEGER_SCALES = {"int8": (0, 2.0**7), "uint8": (128, 2.0**7), "int16": (0, 2.0**15), "int32": (0, 2.0**31)}

_MOST_CHANNELS = 64
_RATES = (1_000, 768_000)
_SCHEMES = ("http://", "https://")
_LONGEST_WAIT = 30.0  # seconds for a server to answer

# Keys of a clip in a dict: of rows of data sets, decoded and not, and of the inputs and outputs of pipelines.
_SOURCE_KEYS = ("array", "bytes", "path", "raw", "audio")


class ReadClip(NamedTuple):
    """A clip in memory.

    Attributes:
        channels: (channels, samples), float32 in [-1, 1].
        rate: in Hz, `None` where the clip does not state it.
        name: of the clip in errors.
    """

    channels: np.ndarray
    rate: int | None
    name: str = "the clip"


def is_one_clip(audio: Any) -> bool:
    """Whether `audio` is one clip and not several: a list, a column of a data set, an array of three axes.

    Raises:
        ValueError: when it is neither.
    """
    if _is_encoded(audio) or _is_decoded(audio) or isinstance(audio, Mapping) or _stated_rate(audio) is not None:
        return True
    if hasattr(audio, "__array__"):
        array = audio if isinstance(audio, (np.ndarray, torch.Tensor)) else np.asarray(audio)
        return array.ndim <= 2 and not _holds_objects(array)
    if isinstance(audio, Sequence):
        return len(audio) > 0 and _is_number(audio[0])
    if isinstance(audio, Iterable):
        return False
    raise ValueError(
        f"cannot read a clip from {type(audio).__name__}: give a path, an open file, bytes, an array, a tensor, a "
        "list of floats, a pair of rate and array, a dataset row with its 'array' or 'bytes', or a list of these"
    )


def as_clips(audio: Any) -> list[Any]:
    """The clips of `audio`, which is one of them or several."""
    return [audio] if is_one_clip(audio) else list(audio)


def states_rate(clip: Any) -> bool:
    """Whether one clip tells its own rate: a file, a pair, a decoder, or a row with `sampling_rate`."""
    if isinstance(clip, Mapping):
        return clip.get("sampling_rate") is not None or states_rate(_source_of(clip))
    return _is_encoded(clip) or _is_decoded(clip) or _stated_rate(clip) is not None


def check_sampling_rate(rate: Any) -> int:
    """The rate as an int.

    Raises:
        ValueError: when it is not an integer between 1 and 768 kHz.
    """
    number = plain_number(rate)
    if number is None or not float(number).is_integer():
        raise ValueError(f"sampling_rate must be an integer number of samples per second, got {rate!r}")
    if not _RATES[0] <= number <= _RATES[1]:
        raise ValueError(f"sampling_rate must lie between {_RATES[0]} and {_RATES[1]} Hz, got {rate!r}")
    return int(number)


def read_clip(clip: Any) -> ReadClip:
    """The channels of one clip, at the rate that it states; see `clips.load_clip` for the forms.

    Raises:
        ValueError: for what is no audio, and for rates that contradict each other.
        OSError: for a file or an address that cannot be read.
    """
    if isinstance(clip, Mapping):
        return _with_rate(read_clip(_source_of(clip)), clip.get("sampling_rate"))
    if isinstance(clip, str) and clip.startswith(_SCHEMES):
        return ReadClip(*decode_audio(_download(clip), clip), f"'{clip}'")
    if isinstance(clip, (str, os.PathLike)):
        return ReadClip(*read_audio(clip), f"'{os.fspath(clip)}'")
    if _is_encoded(clip):
        return ReadClip(*decode_audio(_encoded_bytes(clip), "the clip"))
    if _is_decoded(clip):
        samples = clip.get_all_samples() if hasattr(clip, "get_all_samples") else clip
        return _with_rate(read_clip(samples.data), samples.sample_rate)
    stated = _stated_rate(clip)
    if stated is not None:
        rate, samples = stated
        return _with_rate(read_clip(samples), rate)
    return ReadClip(_channels_first(to_float(to_array(clip))), None)


def to_array(clip: Any) -> np.ndarray:
    """The samples of a clip in memory, floating-point tensors in float32."""
    if isinstance(clip, torch.Tensor):
        clip = clip.detach().cpu()
        return clip.float().numpy() if clip.is_floating_point() else clip.numpy()
    try:
        return np.asarray(clip)
    except ValueError as error:  # lists of different lengths
        raise ValueError("the clip's channels differ in length: give one clip as an array of equal rows") from error


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


def _is_encoded(clip: Any) -> bool:
    """Whether a clip is an audio file, by its name, open, or as its bytes."""
    return isinstance(clip, (str, os.PathLike, bytes, bytearray, memoryview)) or hasattr(clip, "read")


def _is_decoded(clip: Any) -> bool:
    """Whether a clip is a decoder of torchcodec, as rows of data sets have, or the samples that one returned."""
    return hasattr(clip, "get_all_samples") or (hasattr(clip, "data") and hasattr(clip, "sample_rate"))


def _stated_rate(clip: Any) -> tuple[Any, Any] | None:
    """Rate and samples of a pair of them, in either order: Gradio has the rate first, soundfile and librosa last."""
    if not isinstance(clip, (list, tuple)) or len(clip) != 2:
        return None
    for rate, samples in (clip, clip[::-1]):
        is_waveform = hasattr(samples, "__array__") or isinstance(samples, (list, tuple))
        if _is_number(rate) and is_waveform and not _is_number(samples):
            return rate, samples
    return None


def _is_number(value: Any) -> bool:
    return plain_number(value) is not None


def _holds_objects(array: np.ndarray | torch.Tensor) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind in "OUS"


def _source_of(row: Mapping[str, Any]) -> Any:
    for key in _SOURCE_KEYS:
        if row.get(key) is not None:
            return row[key]
    raise ValueError(f"a clip given as a dict needs 'array' and 'sampling_rate', 'bytes' or 'path'; got {list(row)}")


def _with_rate(clip: ReadClip, stated: Any) -> ReadClip:
    """The clip at the rate that is stated beside it, if one is."""
    return clip if stated is None else clip._replace(rate=agreed_rate(clip, check_sampling_rate(stated)))


def agreed_rate(clip: ReadClip, rate: int) -> int:
    """A rate that is stated beside a clip, which must not contradict the clip's own, with a ValueError."""
    if clip.rate is not None and clip.rate != rate:
        raise ValueError(
            f"`sampling_rate={rate}` was given, but {clip.name} is at {clip.rate} Hz: leave it out, or correct it"
        )
    return rate


def _encoded_bytes(clip: Any) -> bytes:
    """The bytes of an audio file, which is open or in memory. A file that can be read again stays where it was."""
    if not hasattr(clip, "read"):
        return bytes(clip)
    is_seekable = hasattr(clip, "seekable") and clip.seekable()
    place = clip.tell() if is_seekable else None
    content = clip.read()
    if place is not None:
        clip.seek(place)
    if not isinstance(content, bytes):
        raise ValueError("an audio file must be open for bytes, not for text: open it with mode 'rb'")
    return content


def _download(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=_LONGEST_WAIT) as response:
            return response.read()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OSError(f"cannot load the clip from '{address}' ({error}): check the address and the network") from error


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


__all__ = [
    "ReadClip",
    "agreed_rate",
    "as_clips",
    "check_sampling_rate",
    "is_one_clip",
    "read_clip",
    "states_rate",
    "to_array",
    "to_float",
]
