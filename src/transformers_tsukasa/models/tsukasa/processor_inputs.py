# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Checks of the arguments of a processor, which bring texts, clips and waveforms to save into one form."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...audio.clip_forms import as_clips, check_sampling_rate, is_one_clip, to_array, to_float
from ...text.sentence_readings import check_characters
from ...utils.numbers import plain_number


# A text is spoken in one piece here. An hour of speech has some 25,000 characters; more is for the long form.
LONGEST_TEXT = 100_000


def check_texts(text: str | list[str]) -> list[str]:
    """The texts as a list.

    Raises:
        ValueError: when one is not a string, is empty or holds control characters.
    """
    texts = [text] if isinstance(text, str) else text
    if not isinstance(texts, (list, tuple)) or not all(isinstance(item, str) for item in texts):
        raise ValueError("`text` must be a string or a list of strings")
    if not texts:
        raise ValueError("no text was given: the list of texts is empty")
    for number, item in enumerate(texts):
        which = "the text" if len(texts) == 1 else f"text {number}"
        if not item.strip():
            raise ValueError(f"{which} is empty: give it at least one word")
        check_characters(item, which)
    return list(texts)


def check_lengths(texts: list[str]) -> None:
    """Refuses texts that are far too long to be spoken in one piece, with a ValueError."""
    longest = max(map(len, texts))
    if longest > LONGEST_TEXT:
        raise ValueError(
            f"a text has {longest:,} characters, more than {LONGEST_TEXT:,} in one piece: speak it by sentences, with "
            "`split_sentences=True`"
        )


def group_clips(audio: Any, num_texts: int | None) -> tuple[list[Any], list[int] | None]:
    """Clips as they belong to texts, flattened.

    Args:
        audio: one clip, a list with one clip or list of clips for each text, or several clips of a single text.
        num_texts: number of texts; `None` when only features are wanted.

    Returns:
        All clips one after the other, and how many each text has; `None` in place of ones.

    Raises:
        ValueError: when the clips do not fit the number of texts.
    """
    if is_one_clip(audio):
        shape = tuple(audio.shape) if isinstance(audio, (np.ndarray, torch.Tensor)) else ()
        if len(shape) == 2 and num_texts is not None and shape[:1] == (num_texts,) and num_texts > 1:
            raise ValueError(
                f"audio of shape {shape} with {num_texts} texts could be {num_texts} clips or one with {num_texts} "
                "channels: give a list"
            )
        return [audio], None
    groups = [as_clips(item) for item in audio]
    if num_texts == 1 and len(groups) > 1:
        groups = [[clip for group in groups for clip in group]]
    if not groups or not all(groups):
        raise ValueError("no clip was given: the list of clips is empty, or one in it is")
    if num_texts is not None and len(groups) not in (1, num_texts):
        raise ValueError(f"{len(groups)} clips do not fit {num_texts} texts: give one for all, or one for each")
    counts = [len(group) for group in groups]
    return [clip for group in groups for clip in group], (counts if max(counts) > 1 else None)


def one_for_each(given: str | list[str], count: int, what: str) -> list[str]:
    """`count` strings, from one for all or one for each; `what` names them in errors.

    Raises:
        ValueError: for another number of them, and for an empty one.
    """
    given = [given] if isinstance(given, str) else list(given)
    if len(given) not in (1, count):
        raise ValueError(f"{len(given)} {what} do not fit {count} texts: give one for all, or one for each")
    if not all(isinstance(item, str) and item.strip() for item in given):
        raise ValueError(f"{what} must be strings that are not empty")
    return given * count if len(given) == 1 else given


def waveforms_to_save(audio: Any) -> list[np.ndarray]:
    """The waveforms, `(samples,)` float32, in the output of a model or pipeline, in arrays or in lists of these.

    Raises:
        ValueError: for other things than waveforms, and for samples that are missing or not finite.
    """
    waveforms = list(_iter_waveforms(audio))
    if not waveforms:
        raise ValueError("there is no audio to save: the list is empty")
    for number, waveform in enumerate(waveforms):
        which = "the audio" if len(waveforms) == 1 else f"audio {number}"
        if waveform.size == 0:
            raise ValueError(f"{which} has no samples to save")
        if not np.isfinite(waveform).all():
            raise ValueError(f"{which} has samples that are not finite and cannot be saved")
    return waveforms


def rate_to_save(audio: Any, sampling_rate: int | None, own_rate: int) -> int:
    """The rate in Hz at which audio is saved: the given one, else that of the output of a pipeline, else `own_rate`.

    Raises:
        ValueError: for rates that are no rates of audio, or contradict each other.
    """
    rates = {check_sampling_rate(rate) for rate in _iter_rates(audio)}
    if sampling_rate is not None:
        rates.add(check_sampling_rate(sampling_rate))
    if len(rates) > 1:
        listed = " and ".join(str(rate) for rate in sorted(rates))
        raise ValueError(f"audio at {listed} Hz cannot be saved in one call: give `sampling_rate` only where it fits")
    return rates.pop() if rates else own_rate


def _iter_rates(audio: Any) -> Iterator[Any]:
    if isinstance(audio, Mapping) and audio.get("sampling_rate") is not None:
        yield audio["sampling_rate"]
    elif isinstance(audio, (list, tuple)):
        for item in audio:
            yield from _iter_rates(item)


def paths_to_save(saving_path: Any) -> list[Path]:
    """One path or several as a list.

    Raises:
        ValueError: for other things than paths.
    """
    paths = [saving_path] if isinstance(saving_path, (str, os.PathLike)) else saving_path
    if isinstance(paths, Iterable) and not isinstance(paths, bytes):
        listed = list(paths)
        if all(isinstance(path, (str, os.PathLike)) for path in listed):
            return [Path(path) for path in listed]
    raise ValueError(f"`saving_path` must be a path, or a list with one for every waveform, got {saving_path!r}")


def _iter_waveforms(audio: Any) -> Iterator[np.ndarray]:
    if isinstance(audio, Mapping) and audio.get("audio") is not None:
        yield from _iter_waveforms(audio["audio"])
    elif isinstance(audio, (list, tuple)) and audio and all(plain_number(item) is not None for item in audio):
        yield to_float(np.asarray([plain_number(item) for item in audio]))
    elif isinstance(audio, (list, tuple)):
        for item in audio:
            yield from _iter_waveforms(item)
    elif isinstance(audio, (np.ndarray, torch.Tensor)) and audio.ndim in (1, 2):
        yield from np.atleast_2d(to_float(to_array(audio)))
    else:
        shape = f" of shape {tuple(audio.shape)}" if isinstance(audio, (np.ndarray, torch.Tensor)) else ""
        raise ValueError(
            f"cannot save a {type(audio).__name__}{shape} as audio: give what `generate()` or a pipeline returned, "
            "(samples,) or (batch, samples) as array or tensor, or a list of these"
        )


__all__ = [
    "LONGEST_TEXT",
    "check_lengths",
    "check_texts",
    "group_clips",
    "one_for_each",
    "paths_to_save",
    "rate_to_save",
    "waveforms_to_save",
]
