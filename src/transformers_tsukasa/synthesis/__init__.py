# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking from a program: `Speaker` loads a model, chooses a style and speaks."""

from typing import TYPE_CHECKING

from ..utils.lazy_names import lazy_names


if TYPE_CHECKING:
    from .speaker import DEFAULT_MODEL, Speaker, SpeechArguments
    from .speech import Speech, SpeechStream

_MODULES = {
    "DEFAULT_MODEL": "speaker",
    "Speaker": "speaker",
    "SpeechArguments": "speaker",
    "Speech": "speech",
    "SpeechStream": "speech",
}


__getattr__, __dir__ = lazy_names(__name__, _MODULES)


__all__ = ["DEFAULT_MODEL", "Speaker", "Speech", "SpeechArguments", "SpeechStream"]
