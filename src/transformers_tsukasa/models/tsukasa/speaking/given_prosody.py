# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Prosody that a user gives to `generate()` in place of the predicted one, or changes."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import torch

from ..configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..outputs import TsukasaProsody
from .sentence_marks import Segments


_PARTS = ("durations", "f0", "energy")


GivenProsody = TsukasaProsody | Sequence[TsukasaProsody] | Sequence[Sequence[TsukasaProsody]]
"""What `generate()` takes: of texts that are one segment each; in long form one for every segment, with a row for
every text; or for every text those of its segments."""


def given_prosody(
    prosody: GivenProsody | None,
    durations: torch.Tensor | None,
    f0: torch.Tensor | None,
    energy: torch.Tensor | None,
    segments: Segments,
) -> list[list[dict[str, torch.Tensor]]]:
    """For every text and each of its segments, the parts of the prosody that were given, (1, ...) without padding.

    Raises:
        ValueError: when there are not as many as segments, or a part does not have a row for every text.
    """
    single = {name: value for name, value in zip(_PARTS, (durations, f0, energy), strict=True) if value is not None}
    if prosody is None and single and segments.steps > 1:
        raise ValueError("in long form pass prosody as a list of TsukasaProsody, one for every segment")
    if prosody is not None and not isinstance(prosody, Mapping) and _is_by_text(prosody):
        if single:
            raise ValueError(
                "a prosody with a list for every text has its own durations, f0 and energy: change them there"
            )
        return _rows_by_text(prosody, segments)
    if prosody is None:
        parts: list[dict[str, torch.Tensor]] = [{} for _ in range(segments.steps)]
    else:
        parts = [_values(part) for part in ([prosody] if isinstance(prosody, Mapping) else prosody)]
    if len(parts) != segments.steps:
        raise ValueError(f"prosody has {len(parts)} segments, but the text has {segments.steps}")
    parts = [{**part, **single} for part in parts]
    batch_size = len(segments.texts)
    return [
        [_item_rows(part, item, batch_size, segment.ids.shape[1]) for part, segment in zip(parts, text, strict=False)]
        for item, text in enumerate(segments.texts)
    ]


def _is_by_text(prosody: Sequence) -> TypeGuard[Sequence[Sequence[TsukasaProsody]]]:
    return any(isinstance(text, (list, tuple)) for text in prosody)


def _rows_by_text(
    prosody: Sequence[Sequence[TsukasaProsody]], segments: Segments
) -> list[list[dict[str, torch.Tensor]]]:
    """The same of a prosody that has a list for every text."""
    if len(prosody) != len(segments.texts):
        raise ValueError(f"prosody has {len(prosody)} texts, but there are {len(segments.texts)}")
    for number, (parts, text) in enumerate(zip(prosody, segments.texts, strict=True)):
        if len(parts) != len(text):
            raise ValueError(f"prosody has {len(parts)} segments for text {number}, which has {len(text)}")
    return [[_item_rows(_values(part), 0, 1, 0) for part in parts] for parts in prosody]


def _values(prosody: Any) -> dict[str, torch.Tensor]:
    # Pipelines make a plain mapping of a TsukasaProsody.
    if not isinstance(prosody, Mapping):
        raise ValueError(f"prosody must be a TsukasaProsody, or a list of them, got {type(prosody).__name__}")
    return {name: prosody[name] for name in _PARTS if prosody.get(name) is not None}


def _item_rows(given: dict[str, torch.Tensor], item: int, batch_size: int, num_tokens: int) -> dict[str, torch.Tensor]:
    """One text's own rows, (1, ...), without the padding of a batch."""
    rows = {}
    for name, value in given.items():
        value = torch.as_tensor(value)
        value = value[None] if value.ndim == 1 else value
        if value.ndim != 2 or value.shape[0] != batch_size:
            raise ValueError(f"{name} must have a row for each of {batch_size} texts, got {tuple(value.shape)}")
        rows[name] = value[item : item + 1]
    if batch_size > 1:
        width = num_tokens
        for name in ("durations", *(name for name in rows if name != "durations")):
            if name not in rows:
                break  # without durations, the length of the curves without their padding is unknown
            rows[name] = rows[name][:, :width]
            if name == "durations":
                width = MEL_FRAMES_PER_TEXT_FRAME * int(rows[name].sum())
    return rows


def check_durations(durations: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Durations (1, tokens) in text frames, int64.

    Raises:
        ValueError: when there is not one for every token, one is negative or not an integer, or all are zero.
    """
    if durations.shape != ids.shape:
        raise ValueError(f"durations must be {tuple(ids.shape)}, one for every token, got {tuple(durations.shape)}")
    if durations.is_floating_point() and not (durations == durations.round()).all():
        raise ValueError("durations must be integers: they count text frames")
    durations = durations.to(ids.device, torch.long)
    if (durations < 0).any() or durations.sum() < 1:
        raise ValueError("durations must not be negative, and a text must last at least one text frame")
    return durations


def check_curve(name: str, curve: torch.Tensor | None, text_frames: int, device: torch.device) -> torch.Tensor | None:
    """F0 or energy (1, 2 * text_frames), float32.

    Raises:
        ValueError: when it does not have two values per text frame, or holds values that are not finite.
    """
    if curve is None:
        return None
    expected = (1, MEL_FRAMES_PER_TEXT_FRAME * text_frames)
    if tuple(curve.shape) != expected:
        raise ValueError(
            f"{name} must be {expected}, two values per text frame, got {tuple(curve.shape)}: edit it with the "
            "durations it belongs to"
        )
    if not torch.isfinite(curve).all():
        raise ValueError(f"{name} holds NaN or infinity")
    return curve.to(device, torch.float32)


def raise_pitch(f0: torch.Tensor, semitones: float, voiced_threshold: float) -> torch.Tensor:
    """F0 in Hz, raised by semitones where it is voiced: times 2^(semitones / 12).

    Args:
        f0: of any shape.
        semitones: below zero to lower it.
        voiced_threshold: in Hz; values up to it are unvoiced and stay as they are.
    """
    return torch.where(f0 > voiced_threshold, f0 * 2.0 ** (semitones / 12), f0)


__all__ = ["check_curve", "check_durations", "given_prosody", "raise_pitch"]
