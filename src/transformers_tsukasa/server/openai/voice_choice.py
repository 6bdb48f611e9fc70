# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of voices in requests: voices of the model, blends, added voices, numbers, and the names that OpenAI has."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..context import ServerContext
from ..problems import ServerProblem
from ..voice_ids import voice_entries
from .bodies import bad_request


if TYPE_CHECKING:
    from ...synthesis.speaker import Speaker

OPENAI_VOICES = (
    "alloy",
    "ash",
    "ballad",
    "cedar",
    "coral",
    "echo",
    "fable",
    "marin",
    "nova",
    "onyx",
    "sage",
    "shimmer",
    "verse",
)
"""Voices of OpenAI's, which clients with a fixed list send: the default voice, unless `voice_map` has another."""

RANDOM = "random"
DEFAULT = "default"
_MOST_SHOWN = 20
_PART = re.compile(r"(?P<name>[^+()]+)(?:\((?P<weight>[^+()]*)\)\s*)?")


@dataclass(frozen=True)
class VoiceChoice:
    """The voice of a request.

    Args:
        name: for the answer's header.
        arguments: of `Speaker.stream`.
    """

    name: str
    arguments: Mapping[str, Any]


def choose_voice(speaker: "Speaker", model: str, asked: str | None, context: ServerContext) -> VoiceChoice:
    """Choose the voice that a request asks for.

    Raises:
        ServerProblem: 400 for a voice that the model does not have, and for a blend that is not written right.
    """
    if asked is None:
        return _default(speaker)
    if asked in speaker.voices:
        return VoiceChoice(asked, {"voice": asked})
    if asked == RANDOM:
        return _random(speaker)
    if "+" in asked or "(" in asked or ")" in asked:
        blend = {_known(speaker, model, name, context): weight for name, weight in parse_blend(asked).items()}
        return VoiceChoice("+".join(f"{name}({weight:g})" for name, weight in blend.items()), {"voice": blend})
    name = _known(speaker, model, asked, context)
    return _default(speaker) if name == DEFAULT else VoiceChoice(name, {"voice": name})


def parse_blend(text: str) -> dict[str, float]:
    """Read "a(2)+b": the voices of a blend with their weights, which are 1 where none is written.

    A voice that is named twice has the sum of its weights.

    Raises:
        ServerProblem: 400.
    """
    blend: dict[str, float] = {}
    for part in text.split("+"):
        match = _PART.fullmatch(part.strip())
        if match is None or not match["name"].strip():
            raise bad_request(f"`voice`: '{part}' in '{text}' is no voice: write a blend as a(2)+b", "voice")
        try:
            weight = 1.0 if match["weight"] is None else float(match["weight"])
        except ValueError:
            weight = math.nan
        if not (math.isfinite(weight) and weight > 0):
            message = f"`voice`: the weight '{match['weight']}' of '{match['name'].strip()}' is no number above 0"
            raise bad_request(message, "voice")
        name = match["name"].strip()
        blend[name] = blend.get(name, 0.0) + weight
    return blend


def _known(speaker: "Speaker", model: str, asked: str, context: ServerContext) -> str:
    """The name that the model has for a voice, or `DEFAULT`."""
    if asked in speaker.voices:
        return asked
    added = context.added_voices.get(asked)
    if added is not None and added.model == model and added.name in speaker.voices:
        return added.name
    if asked.isdecimal():
        for entry in voice_entries(model, speaker.voices):
            if str(entry.style_id) == asked:
                return entry.voice
    mapped = context.settings.voice_map.get(asked)
    if mapped is not None and mapped in speaker.voices:
        return mapped
    if asked in OPENAI_VOICES or asked == DEFAULT:
        default = _default(speaker)
        return default.name if default.name in speaker.voices else DEFAULT
    raise no_voice(asked, speaker)


def no_voice(asked: str, speaker: "Speaker") -> ServerProblem:
    """The problem of a voice that the model does not have."""
    names = list(speaker.voices)
    more = f", and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    known = ", ".join(names[:_MOST_SHOWN]) or "none"
    message = f"`voice`: the model has no voice '{asked[:100]}'; it has {known}{more}"
    return bad_request(message, "voice", "voice_not_found")


def _default(speaker: "Speaker") -> VoiceChoice:
    """The model's own default voice, or else a style that it finds by itself."""
    name = getattr(speaker.model.generation_config, "voice", None)
    return VoiceChoice(name if isinstance(name, str) else DEFAULT, {})


def _random(speaker: "Speaker") -> VoiceChoice:
    """A style that diffusion draws: that of a model without a default voice, which refers to zeros."""
    if speaker.model.style_diffusion is None:
        raise bad_request("`voice`: this model has no style diffusion, so it has no random voice", "voice")
    zeros = np.zeros(speaker.voices.style_size, np.float32)
    return VoiceChoice(RANDOM, {"style_vector": zeros, "alpha": 1.0, "beta": 1.0})


__all__ = ["DEFAULT", "OPENAI_VOICES", "RANDOM", "VoiceChoice", "choose_voice", "no_voice", "parse_blend"]
