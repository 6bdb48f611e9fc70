# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Options of `generate()`: their defaults, their limits, and the seeds that make speech repeatable."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch
from transformers import GenerationConfig

from ....text.pauses import SEGMENT_ENDINGS
from ....utils.numbers import plain_integer, plain_number
from ..style.diffusion_sampler import MINIMUM_STEPS


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
                raise ValueError(f"the pause after a {ending} must be 0 to 60 seconds, got {seconds!r}")

    def pause_seconds(self, ending: int) -> float:
        """Seconds of silence after a segment with the given ending (an index into `SEGMENT_ENDINGS`)."""
        name = SEGMENT_ENDINGS[ending]
        return self.pauses.get(name, _PAUSES[name]) / self.speaking_rate


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    """Scalars of numpy and torch as Python's numbers, also within a mapping; everything else as it is."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    number = plain_number(value)
    return value if number is None else number


_OPTION_NAMES = tuple(option.name for option in fields(TsukasaSpeechOptions))


def add_speech_options(generation_config: GenerationConfig, has_diffusion: bool = True) -> None:
    """Writes the speech options that a generation config lacks into it, so that they are saved and shown with it.

    Args:
        generation_config: of a model.
        has_diffusion: whether it has a style sampler; without one the share of sampled style is 0 by default.
    """
    shares = {} if has_diffusion else {"alpha": 0.0, "beta": 0.0}
    for option, default in (asdict(TsukasaSpeechOptions()) | shares).items():
        if getattr(generation_config, option, None) is None:
            setattr(generation_config, option, default)
    # A config marked as derived from the model's would be derived again on loading, and lose these.
    generation_config._from_model_config = False


def read_options(
    own: GenerationConfig, given: GenerationConfig | None, arguments: Mapping[str, Any]
) -> TsukasaSpeechOptions:
    """The options of one call: of its arguments, else of the config given to it, else of the model's own config.

    The same holds for every single pause in `pauses`. Nothing is changed.

    Args:
        own: the model's config.
        given: the config of the call; what it does not set, or sets to `None`, is taken from `own`.
        arguments: further arguments of the call.

    Raises:
        ValueError: for an argument that neither this model nor transformers knows, and for values out of range.
    """
    known_to_transformers = vars(GenerationConfig())
    for name in arguments:
        if name not in _OPTION_NAMES and name not in known_to_transformers:
            raise ValueError(f"generate() has no argument '{name}'; its speech options are {', '.join(_OPTION_NAMES)}")
    options: dict[str, Any] = {}
    for layer in (vars(own), {} if given is None else vars(given), arguments):
        for name in _OPTION_NAMES:
            value = _plain(layer.get(name))
            if name == "pauses" and value is not None:
                if not isinstance(value, Mapping):
                    raise ValueError(f"pauses must map endings to seconds, got {value!r}")
                value = {**options.get(name, {}), **value}
            if value is not None:
                options[name] = value
    return TsukasaSpeechOptions(**options)


def item_seeds(
    seed: int | list[int] | tuple[int, ...] | None, generator: torch.Generator | None, batch_size: int
) -> list[int]:
    """One seed for every item. Items share a given seed, so that each of them sounds as it does alone.

    Raises:
        ValueError: when seeds do not fit the batch or a seed is not an integer.
    """
    if seed is None:
        drawn = torch.randint(
            2**62, (batch_size,), generator=generator, device=generator.device if generator else None
        )
        return drawn.tolist()
    if getattr(seed, "ndim", 0) == 1:
        seed = seed.tolist()  # type: ignore[union-attr]  # of an array or tensor
    seeds = list(seed) if isinstance(seed, (list, tuple)) else [seed] * batch_size
    if len(seeds) != batch_size:
        raise ValueError(f"{batch_size} texts need one seed or {batch_size} of them, got {len(seeds)}")
    return [_seed(value) for value in seeds]


def _seed(value: Any) -> int:
    integer = plain_integer(value)
    if integer is None:
        raise ValueError(f"a seed must be an integer, got {value!r}")
    return integer


def seeded_generator(seed: int, segment: int, purpose: int) -> torch.Generator:
    """A CPU generator of its own for every segment and purpose, so that one draw never shifts another."""
    mixed = seed % 2**64
    for value in (segment + 1, purpose + 1):  # splitmix64 (Steele, Lea & Flood 2014)
        mixed = (mixed + value * 0x9E3779B97F4A7C15) % 2**64
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        mixed ^= mixed >> 31
    return torch.Generator().manual_seed(mixed >> 1)


def pause_samples(seconds: float, sampling_rate: int) -> int:
    """Length of a pause in samples, rounded."""
    return math.floor(seconds * sampling_rate + 0.5)
