# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Prosody that a user gives to `generate()` in place of the predicted one, or changes."""

import torch

from ..configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..outputs import TsukasaProsody


_PARTS = ("durations", "f0", "energy")


def given_prosody(
    prosody: TsukasaProsody | list[TsukasaProsody] | None,
    durations: torch.Tensor | None,
    f0: torch.Tensor | None,
    energy: torch.Tensor | None,
    steps: int,
) -> list[dict[str, torch.Tensor]]:
    """For every segment of a text, the parts of its prosody that were given, with a row for every text.

    Raises:
        ValueError: when there are not as many as segments.
    """
    single = {name: value for name, value in zip(_PARTS, (durations, f0, energy), strict=True) if value is not None}
    if prosody is None:
        if single and steps > 1:
            raise ValueError("in long form pass prosody as a list of TsukasaProsody, one for every segment")
        return [dict(single) for _ in range(steps)]
    parts = [prosody] if isinstance(prosody, TsukasaProsody) else list(prosody)
    if len(parts) != steps:
        raise ValueError(f"prosody has {len(parts)} segments, but the text has {steps}")
    return [{**{name: part[name] for name in _PARTS if getattr(part, name) is not None}, **single} for part in parts]


def item_prosody(
    given: dict[str, torch.Tensor], item: int, batch_size: int, num_tokens: int
) -> dict[str, torch.Tensor]:
    """One text's own rows, (1, ...), without the padding of a batch.

    Raises:
        ValueError: when a part does not have a row for every text.
    """
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


__all__ = ["check_curve", "check_durations", "given_prosody", "item_prosody", "raise_pitch"]
