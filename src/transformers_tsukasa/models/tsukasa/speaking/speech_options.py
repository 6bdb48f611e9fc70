# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Options of `generate()`: which of them holds where several are given, and the seeds that make speech repeatable."""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import torch
from transformers import GenerationConfig

from ....utils.numbers import plain_integer, plain_number
from .option_ranges import TsukasaSpeechOptions


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


def make_options_plain(generation_config: GenerationConfig) -> None:
    """Turns numbers of numpy and torch among the speech options of a config into Python's, which JSON can hold."""
    for name in _OPTION_NAMES:
        if hasattr(generation_config, name):
            setattr(generation_config, name, _plain(getattr(generation_config, name)))


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
