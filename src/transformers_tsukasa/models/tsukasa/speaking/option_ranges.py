# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The options of `generate()`, their defaults and limits, without torch."""

from dataclasses import dataclass, field
from typing import Any

from ....text.pauses import SEGMENT_ENDINGS


MINIMUM_STEPS = 3
"""Fewest steps of the style sampler."""

_PAUSES = {
    "none": 0.0,
    "clause": 0.2,
    "sentence": 0.5,
    "question": 0.5,
    "exclamation": 0.5,
    "ellipsis": 0.7,
    "line": 0.6,
    "paragraph": 1.0,
}


@dataclass(frozen=True)
class TsukasaSpeechOptions:
    """Options that `generate()` reads from the generation config.

    Args:
        alpha: share of the sampled style in the acoustic half (timbre), 0 to 1; the rest is the reference.
        beta: share of the sampled style in the prosodic half (manner), 0 to 1. alpha = beta = 0 runs no diffusion.
        diffusion_steps: noise levels of the style sampler, at least 3.
        guidance_scale: how far the sampled style follows the text; 1 is plain, above exaggerates.
        speaking_rate: predicted durations and pauses are divided by it, 0.1 to 10.
        pitch: semitones by which the predicted F0 is raised, -24 to 24; unvoiced frames stay unvoiced.
        accent_strength: how far a predicted F0 gets the accent of the dictionary, 0 to 1, for voices that never
            learned it; needs the accent of every token (`accent_levels`).
        volume: factor of the waveform, 0 to 10. Above 1 samples can exceed full scale.
        noise_scale: loudness of the source's noise, 1 as trained; 0 is deterministic.
        style_carry: share of the last sentence's style in the next one's sampled style (long form), 0 to 1.
        pauses: seconds of silence after a segment of long form, by what ends it (`SEGMENT_ENDINGS`).
        edge_silence: seconds that the pads before and after an utterance last, at any rate; `None` leaves them as
            predicted. Durations that are given are never changed.
        fade: seconds over which every utterance fades in and out, so that it neither begins nor ends with a click.
        voice: name of the voice that speaks when no style is given.
        seed: makes what is drawn repeatable; the same on every machine up to rounding.

    Raises:
        ValueError: when a value is out of its range.
    """

    alpha: float = 0.3
    beta: float = 0.7
    diffusion_steps: int = 5
    guidance_scale: float = 1.0
    speaking_rate: float = 1.0
    pitch: float = 0.0
    accent_strength: float = 0.0
    volume: float = 1.0
    noise_scale: float = 1.0
    style_carry: float = 0.7
    pauses: dict[str, float] = field(default_factory=lambda: dict(_PAUSES))
    edge_silence: float | None = None
    fade: float = 0.0
    voice: Any = None
    seed: Any = None

    def __post_init__(self):
        for name, low, high in (
            ("alpha", 0, 1),
            ("beta", 0, 1),
            ("guidance_scale", 0, 100),
            ("speaking_rate", 0.1, 10),
            ("pitch", -24, 24),
            ("accent_strength", 0, 1),
            ("volume", 0, 10),
            ("noise_scale", 0, 10),
            ("style_carry", 0, 1),
            ("edge_silence", 0, 60),
            ("fade", 0, 1),
        ):
            value = getattr(self, name)
            if value is None and name == "edge_silence":
                continue
            if not _is_number(value) or not low <= value <= high:  # a NaN fails the comparison too
                raise ValueError(f"{name} must be a number from {low} to {high}, got {value!r}")
        steps = self.diffusion_steps
        if isinstance(steps, bool) or not isinstance(steps, int) or not MINIMUM_STEPS <= steps <= 1000:
            raise ValueError(f"diffusion_steps must be an integer from {MINIMUM_STEPS} to 1000, got {steps!r}")
        for ending, seconds in self.pauses.items():
            if ending not in SEGMENT_ENDINGS:
                raise ValueError(f"pauses has the endings {', '.join(SEGMENT_ENDINGS)}, not {ending!r}")
            if not _is_number(seconds) or not 0 <= seconds <= 60:
                raise ValueError(f"pauses['{ending}'] must be 0 to 60 seconds, got {seconds!r}")

    def pause_seconds(self, ending: int) -> float:
        """Seconds of silence after a segment with the given ending (an index into `SEGMENT_ENDINGS`)."""
        name = SEGMENT_ENDINGS[ending]
        return self.pauses.get(name, _PAUSES[name]) / self.speaking_rate


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


__all__ = ["MINIMUM_STEPS", "TsukasaSpeechOptions"]
