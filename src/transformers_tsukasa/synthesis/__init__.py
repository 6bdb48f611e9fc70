# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking from a program: `Speaker` loads a model, chooses a style and speaks."""

from typing import TYPE_CHECKING, Any


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


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


__all__ = ["DEFAULT_MODEL", "Speaker", "Speech", "SpeechArguments", "SpeechStream"]
