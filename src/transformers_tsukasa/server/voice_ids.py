# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The voices of a model as speakers with styles, and ids of them that are the same on every machine.

Both interfaces number voices alike: https://en.wikipedia.org/wiki/Universally_unique_identifier, version 5.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass


_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "transformers-tsukasa")
NORMAL_STYLE = "ノーマル"
"""Name of the style that a speaker has without another name."""

_STYLE_NAMES = {
    "": NORMAL_STYLE,
    "neutral": NORMAL_STYLE,
    "normal": NORMAL_STYLE,
    "happy": "喜び",
    "angry": "怒り",
    "sad": "悲しみ",
    "calm": "落ち着き",
    "whisper": "ささやき",
}
_MOST_IDS = 2**31


@dataclass(frozen=True)
class VoiceEntry:
    """A voice.

    Args:
        voice: its name in the model.
        speaker: the part of the name that it shares with other styles of one speaker.
        speaker_uuid: of that speaker.
        style: name of the style, in Japanese where there is one.
        style_id: a positive number of 31 bits.
    """

    voice: str
    speaker: str
    speaker_uuid: str
    style: str
    style_id: int


def voice_entries(model: str, voices: Iterable[str]) -> list[VoiceEntry]:
    """Speakers and styles of a model's voices, in the order of the voices.

    Voices whose names begin alike, up to the first "-", are styles of one speaker, whose name is the parts that they
    all share.

    Args:
        model: id of the model.
        voices: names.
    """
    names = list(voices)
    ids = _style_ids(model, names)
    families: dict[str, list[list[str]]] = {}
    for name in names:
        families.setdefault(name.split("-")[0], []).append(name.split("-"))
    entries = []
    for name in names:
        parts = name.split("-")
        shared = _shared(families[parts[0]])
        speaker, style = "-".join(parts[:shared]), "-".join(parts[shared:])
        identifier = str(uuid.uuid5(_NAMESPACE, f"{model}/{speaker}"))
        entries.append(VoiceEntry(name, speaker, identifier, _STYLE_NAMES.get(style, style), ids[name]))
    return entries


def _shared(names: list[list[str]]) -> int:
    """The number of parts that names have in common; at least one."""
    shared = 0
    for parts in zip(*names, strict=False):
        if len(set(parts)) > 1:
            break
        shared += 1
    return max(shared, 1)


def _style_ids(model: str, voices: list[str]) -> dict[str, int]:
    taken: dict[int, str] = {}
    for voice in sorted(voices):
        identifier = int.from_bytes(uuid.uuid5(_NAMESPACE, f"{model}/{voice}").bytes[:4], "big") % _MOST_IDS
        while identifier == 0 or identifier in taken:
            identifier = (identifier + 1) % _MOST_IDS
        taken[identifier] = voice
    return {voice: identifier for identifier, voice in taken.items()}


__all__ = ["NORMAL_STYLE", "VoiceEntry", "voice_entries"]
