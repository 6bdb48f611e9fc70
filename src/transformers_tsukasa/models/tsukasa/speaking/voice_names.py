# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of voices, and which of them a voices file has, without the styles and without torch."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from safetensors import SafetensorError, safe_open

from ....utils.file_names import composed


VOICES_NAME = "voices.safetensors"

_LONGEST_NAME = 255  # characters: as long as the name of a clip's file
_RESERVED_NAME = "__metadata__"  # of the file format


class NoSuchVoiceError(KeyError):
    """A model has no voice of a name, or no longer: another thread may remove one."""

    def __init__(self, name: object, known: Iterable[str]) -> None:
        super().__init__(no_such_voice(name, known))


def check_voice_name(name: str) -> str:
    """The name in the form in which voices keep it (Unicode's NFC).

    Raises:
        ValueError: when it is empty or too long, begins or ends with a space, or holds characters that cannot be typed
            or that separate folders.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError("a voice needs a name")
    name = composed(name)
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"the voice name '{name[:20]}...' has {len(name)} characters: use at most {_LONGEST_NAME}")
    if name != name.strip():
        raise ValueError(f"the voice name {name!r} begins or ends with a space: remove it")
    if name in (".", "..", _RESERVED_NAME):
        raise ValueError(f"a voice cannot be named '{name}': choose another name")
    for character in name:
        if character in "/\\" or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise ValueError(f"the voice name {name!r} holds {character!r}: choose one without it")
    return name


def voice_names(path: str | os.PathLike) -> tuple[str, ...]:
    """The names in a voices file, in the order in which `TsukasaVoices.load` has them; no style is read.

    Raises:
        ValueError: when the file is damaged.
    """
    with reading_voices(path), safe_open(path, framework="np") as file:
        return tuple(composed(name) for name in file.keys())  # noqa: SIM118 - not a mapping


def no_such_voice(name: object, known: Iterable[str]) -> str:
    """The sentence on a voice that the model does not have."""
    return f"the model has no voice '{name}'; it has {', '.join(known) or 'none: it has no named voices'}"


@contextmanager
def reading_voices(path: str | os.PathLike) -> Iterator[None]:
    """Turn what the reading of a voices file raises into one sentence."""
    try:
        yield
    except (SafetensorError, ValueError, AttributeError) as error:
        raise ValueError(f"the voices file {path} is damaged ({error}): convert or download it again") from error


__all__ = ["VOICES_NAME", "NoSuchVoiceError", "check_voice_name", "no_such_voice", "reading_voices", "voice_names"]
