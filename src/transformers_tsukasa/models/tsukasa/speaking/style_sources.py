# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the style of an utterance comes from, and which source wins when several are given.

The rule: `style_vector`, then `voice`, then clips, then a written prompt, then the text itself; the first one given is
taken and the others are named in a warning. `style_weights` changes that: the sources it names are all used, blended
by their weights. When nothing is given, the generation config's voice speaks, and without one diffusion alone decides.

A voice may have a style for every length of text. Styles are therefore kept as a table for every text, whose row n is
for a segment of n tokens without pads and whose last row is for longer ones; a style of every length has one row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.utils import logging

from ....utils.numbers import plain_number
from ..style.kotodama import TsukasaKotodamaEncoder
from .speaking_model import SpeakingModel


logger = logging.get_logger(__name__)

# A named voice, a blend of voices by weight, or one of these for every text.
VoiceChoice = str | Mapping[str, float] | Sequence[Any]

STYLE_SOURCES = ("style_vector", "voice", "audio", "prompt", "text")


@dataclass(frozen=True)
class StyleSources:
    """The styles that one call of `generate()` was given; see there for each argument."""

    style_vector: torch.Tensor | None = None
    voice: VoiceChoice | None = None
    input_features: torch.Tensor | None = None
    input_features_mask: torch.Tensor | None = None
    reference_counts: torch.Tensor | None = None
    prompt_input_ids: torch.Tensor | None = None
    prompt_attention_mask: torch.Tensor | None = None
    style_text_input_ids: torch.Tensor | None = None
    style_text_attention_mask: torch.Tensor | None = None

    @property
    def given(self) -> list[str]:
        """Names of the sources that were given, the strongest first."""
        values = (
            self.style_vector,
            self.voice,
            self.input_features,
            self.prompt_input_ids,
            self.style_text_input_ids,
        )
        return [name for name, value in zip(STYLE_SOURCES, values, strict=True) if value is not None]


def reference_styles(
    model: SpeakingModel, sources: StyleSources, style_weights: Mapping[str, float] | None, batch_size: int
) -> list[torch.Tensor] | None:
    """The style of every text by the rule above, each (rows, 2 * style_dim) by length; `None` when none was given.

    Only the sources that are used are computed.

    Args:
        style_weights: weights of the sources to blend, of any positive sum.

    Raises:
        ValueError: when a weight names a source that was not given, the weights cannot be normalised, or a source does
            not fit the model or the batch.
        KeyError: for a voice that the model does not have.
    """
    given = sources.given
    if style_weights:
        for name in style_weights:
            if name not in given:
                known = ", ".join(given) or "none"
                raise ValueError(f"style_weights names '{name}', but the styles given are: {known}")
        styles = {name: _styles_from(model, sources, name, batch_size) for name in style_weights}
        return [blend(style_weights, {name: styles[name][item] for name in styles}) for item in range(batch_size)]
    if not given:
        return None
    if len(given) > 1:
        logger.warning(
            f"several styles were given: '{given[0]}' is used, {', '.join(given[1:])} not; pass style_weights to blend"
        )
    return _styles_from(model, sources, given[0], batch_size)


def _styles_from(model: SpeakingModel, sources: StyleSources, name: str, batch_size: int) -> list[torch.Tensor]:
    """The style of every text, each (rows, 2 * style_dim) by length, from one of the sources that were given."""
    if name == "voice" and sources.voice is not None:
        return _voice_styles(model, sources.voice, batch_size)
    styles = None
    if name == "style_vector":
        styles = sources.style_vector
    elif name == "audio" and sources.input_features is not None:
        clips = model.encode_reference(sources.input_features, sources.input_features_mask)
        styles = average_clips(clips, sources.reference_counts, batch_size)
    elif name == "prompt" and sources.prompt_input_ids is not None:
        encoder = _written_style_encoder(model.prompt_encoder, "prompt encoder")
        styles = _written_styles(encoder, sources.prompt_input_ids, sources.prompt_attention_mask, model.device)
    elif name == "text" and sources.style_text_input_ids is not None:
        encoder = _written_style_encoder(model.text_sampler, "text sampler")
        styles = _written_styles(
            encoder, sources.style_text_input_ids, sources.style_text_attention_mask, model.device
        )
    if styles is None:
        raise ValueError(f"the style source '{name}' was not given")
    return list(as_style_batch(styles, batch_size, 2 * model.config.style_dim).to(model.device).split(1))


def _voice_styles(model: SpeakingModel, voice: VoiceChoice, batch_size: int) -> list[torch.Tensor]:
    if not isinstance(voice, (list, tuple)):
        return [_voice_style(model, voice)] * batch_size
    if len(voice) != batch_size:
        raise ValueError(f"{batch_size} texts need one voice or {batch_size} of them, got {len(voice)}")
    return [_voice_style(model, one) for one in voice]


def asked_voices(voice: VoiceChoice | None) -> VoiceChoice | None:
    """The voices that are asked for: `None` for a list in which none is, as of a conversation without names."""
    if not isinstance(voice, (list, tuple)):
        return voice
    voices = [_voice_of_turn(one) for one in voice]
    return None if voices and all(one is None for one in voices) else voices


def _voice_of_turn(voice: Any) -> Any:
    """A voice, out of the list of one that a pipeline makes of each conversation of a batch."""
    if not isinstance(voice, list):
        return voice
    if len(voice) != 1:
        raise ValueError("conversations of several turns are no batch of a pipeline: leave `batch_size` out")
    return voice[0]


def _voice_style(model: SpeakingModel, voice: Any) -> torch.Tensor:
    if not isinstance(voice, (str, Mapping)):
        raise ValueError(f"a voice is a name or a blend of names by weight, got {voice!r}")
    weights = {voice: 1.0} if isinstance(voice, str) else voice
    return blend(weights, {name: model.voices.by_length(name) for name in weights}).to(model.device)


def _written_style_encoder(encoder: TsukasaKotodamaEncoder | None, name: str) -> TsukasaKotodamaEncoder:
    if encoder is None:
        raise ValueError(f"this model has no {name}: give a voice, a clip or a style_vector instead")
    return encoder


def _written_styles(
    encoder: TsukasaKotodamaEncoder, ids: torch.Tensor, mask: torch.Tensor | None, device: torch.device
) -> torch.Tensor:
    ids = torch.as_tensor(ids).to(device)  # numpy's too
    mask = torch.ones_like(ids) if mask is None else torch.as_tensor(mask).to(device)
    return encoder(ids, mask).float()


def blend(weights: Mapping[str, float], styles: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The weighted mean of styles by length, row by row.

    Args:
        weights: of any positive sum.
        styles: (rows, style_size) each; those with fewer rows continue with their last one.

    Raises:
        ValueError: when a weight is negative or not a number, or all of them are zero.
    """
    numbers = {name: _weight(name, weight) for name, weight in weights.items()}
    total = sum(numbers.values())
    if total <= 0:
        raise ValueError("the weights of a blend must not all be zero")
    rows = max(style.shape[0] for style in styles.values())
    blended, *others = ((weight / total) * with_rows(styles[name], rows) for name, weight in numbers.items())
    for style in others:
        blended = blended + style
    return blended


def with_rows(styles: torch.Tensor, rows: int) -> torch.Tensor:
    """Styles by length with so many rows: the last one is repeated, or those past the end are left out."""
    return torch.cat([styles[:rows], styles[-1:].expand(max(rows - styles.shape[0], 0), -1)])


def _weight(name: str, weight: Any) -> float:
    number = plain_number(weight)
    if number is None or not 0 <= number < float("inf"):
        raise ValueError(f"the weight of '{name}' must be a number from 0, got {weight!r}")
    return number


def as_style_batch(style_vector: torch.Tensor, batch_size: int, style_size: int) -> torch.Tensor:
    """(style_size,) or (1 or batch, style_size) to (batch, style_size), float32.

    Raises:
        ValueError: on another shape, or values that are not finite.
    """
    style = torch.as_tensor(style_vector).float()
    style = style[None] if style.ndim == 1 else style
    if style.ndim != 2 or style.shape[1] != style_size or style.shape[0] not in (1, batch_size):
        sizes = f"style_vector must be ({style_size},) or ({batch_size}, {style_size}), got {tuple(style.shape)}"
        if style.ndim > 1 and style.shape[-1] == style_size:
            sizes += "; a table of styles is a voice: add it with `voices.add(name, table)` and name that in `voice`"
        raise ValueError(sizes)
    if not torch.isfinite(style).all():
        raise ValueError("style_vector holds NaN or infinity")
    return style.expand(batch_size, -1)


def average_clips(styles: torch.Tensor, counts: torch.Tensor | None, batch_size: int) -> torch.Tensor:
    """Styles of clips (clips, style_size) to one per text: the mean over each text's own clips.

    `counts` (batch,) is the number of clips of each text; without it there is one per text, or one for all.

    Raises:
        ValueError: when clips and texts do not fit.
    """
    if counts is None:
        if styles.shape[0] not in (1, batch_size):
            raise ValueError(f"{batch_size} texts need one reference clip or {batch_size}, got {styles.shape[0]}")
        return styles.expand(batch_size, -1)
    given = torch.as_tensor(counts)  # numpy's and lists too
    if given.is_floating_point() or given.dtype == torch.bool or given.ndim != 1:
        raise ValueError(f"reference_counts must be whole numbers (batch,), got {counts!r}")
    sizes: list[int] = given.tolist()
    if len(sizes) not in (1, batch_size) or sum(sizes) != styles.shape[0] or min(sizes) < 1:
        raise ValueError(f"reference_counts {sizes} do not fit {styles.shape[0]} clips and {batch_size} texts")
    means = torch.stack([clips.mean(dim=0) for clips in styles.split(sizes)])
    return means.expand(batch_size, -1)


__all__ = [
    "STYLE_SOURCES",
    "StyleSources",
    "VoiceChoice",
    "as_style_batch",
    "asked_voices",
    "average_clips",
    "blend",
    "reference_styles",
    "with_rows",
]
