# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the style of an utterance comes from, and which source wins when several are given.

The rule: `style_vector`, then `voice`, then clips, then a written prompt, then the text itself; the first one given is
taken and the others are named in a warning. `style_weights` changes that: the sources it names are all used, blended
by their weights. When nothing is given, the generation config's voice speaks, and without one diffusion alone decides.
"""

from collections.abc import Callable, Mapping

import torch
from transformers.utils import logging


logger = logging.get_logger(__name__)

STYLE_SOURCES = ("style_vector", "voice", "audio", "prompt", "text")


def choose_style(
    sources: Mapping[str, Callable[[], torch.Tensor]], style_weights: Mapping[str, float] | None
) -> torch.Tensor | None:
    """Applies the rule above.

    Args:
        sources: for every source that was given, a function that computes its styles (batch, 2 * style_dim).
        style_weights: weights of the sources to blend, of any positive sum.

    Raises:
        ValueError: when a weight names a source that was not given, or the weights cannot be normalised.
    """
    if style_weights:
        return blend(style_weights, _resolve_weighted(sources, style_weights))
    given = [name for name in STYLE_SOURCES if name in sources]
    if not given:
        return None
    if len(given) > 1:
        logger.warning(
            f"several styles were given: '{given[0]}' is used, {', '.join(given[1:])} not; pass style_weights to blend"
        )
    return sources[given[0]]()


def _resolve_weighted(sources, style_weights) -> dict[str, torch.Tensor]:
    for name in style_weights:
        if name not in sources:
            known = ", ".join(sources) or "none"
            raise ValueError(f"style_weights names '{name}', but the styles given are: {known}")
    return {name: sources[name]() for name in style_weights}


def blend(weights: Mapping[str, float], styles: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The weighted mean of styles.

    Raises:
        ValueError: when a weight is negative or not a number, or all of them are zero.
    """
    for name, weight in weights.items():
        if not isinstance(weight, (int, float)) or not 0 <= weight < float("inf"):
            raise ValueError(f"the weight of '{name}' must be a number from 0, got {weight!r}")
    total = sum(weights.values())
    if total <= 0:
        raise ValueError("the weights of a blend must not all be zero")
    return sum((weight / total) * styles[name] for name, weight in weights.items())


def as_style_batch(style_vector: torch.Tensor, batch_size: int, style_size: int) -> torch.Tensor:
    """(style_size,) or (1 or batch, style_size) to (batch, style_size), float32.

    Raises:
        ValueError: on another shape, or values that are not finite.
    """
    style = torch.as_tensor(style_vector).float()
    style = style[None] if style.ndim == 1 else style
    if style.ndim != 2 or style.shape[1] != style_size or style.shape[0] not in (1, batch_size):
        raise ValueError(
            f"style_vector must be ({style_size},) or ({batch_size}, {style_size}), got {tuple(style.shape)}"
        )
    if not torch.isfinite(style).all():
        raise ValueError("style_vector holds NaN or infinity")
    return style.expand(batch_size, -1)


def average_clips(styles: torch.Tensor, counts: torch.Tensor | None, batch_size: int) -> torch.Tensor:
    """Styles of clips (clips, style_size) to one per text: the mean over each text's own clips.

    `counts` (batch,) says how many clips belong to each text; without it there is one per text, or one for all.

    Raises:
        ValueError: when clips and texts do not fit.
    """
    if counts is None:
        if styles.shape[0] not in (1, batch_size):
            raise ValueError(f"{batch_size} texts need one reference clip or {batch_size}, got {styles.shape[0]}")
        return styles.expand(batch_size, -1)
    counts = counts.tolist()
    if len(counts) not in (1, batch_size) or sum(counts) != styles.shape[0] or min(counts) < 1:
        raise ValueError(f"reference_counts {counts} do not fit {styles.shape[0]} clips and {batch_size} texts")
    means = torch.stack([clips.mean(dim=0) for clips in styles.split(counts)])
    return means.expand(batch_size, -1)


__all__ = ["STYLE_SOURCES", "as_style_batch", "average_clips", "blend", "choose_style"]
