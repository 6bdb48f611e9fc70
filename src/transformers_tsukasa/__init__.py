# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tsukasa Speech, expressive Japanese text-to-speech, for transformers.

Importing this package makes its classes known to the Auto classes. The classes themselves, and torch with them, are
imported when they are first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from .auto import register_auto_classes, register_auto_classes_on_import
from .bundled import default_model, default_voice
from .version import __version__


if TYPE_CHECKING:
    from .conversion.kokoro.cached_model import kokoro_model
    from .models.tsukasa.configuration_tsukasa import TsukasaConfig, read_preset
    from .models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor
    from .models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
    from .models.tsukasa.outputs import TsukasaOutput, TsukasaProsody, TsukasaSpeechOutput
    from .models.tsukasa.processing_tsukasa import TsukasaProcessor
    from .models.tsukasa.speaking.voices import TsukasaVoices
    from .models.tsukasa.tokenization_tsukasa import TsukasaTokenizer
    from .models.valle.codecs.opening import open_codec
    from .models.valle.configuration_valle import VallEConfig
    from .models.valle.modeling_valle import VallEForConditionalGeneration
    from .models.valle.processing_valle import VallEProcessor
    from .models.valle.prompts import VallEPrompt
    from .models.valle.tokenization_valle import VallETokenizer
    from .synthesis.speaker import Speaker

# The module of every name that is imported on first use; a type checker reads the imports above.
_LAZY_MODULES = {
    "Speaker": "synthesis.speaker",
    "TsukasaConfig": "models.tsukasa.configuration_tsukasa",
    "TsukasaFeatureExtractor": "models.tsukasa.feature_extraction_tsukasa",
    "TsukasaModelForConditionalGeneration": "models.tsukasa.modeling_tsukasa",
    "TsukasaOutput": "models.tsukasa.outputs",
    "TsukasaProcessor": "models.tsukasa.processing_tsukasa",
    "TsukasaProsody": "models.tsukasa.outputs",
    "TsukasaSpeechOutput": "models.tsukasa.outputs",
    "TsukasaTokenizer": "models.tsukasa.tokenization_tsukasa",
    "TsukasaVoices": "models.tsukasa.speaking.voices",
    "VallEConfig": "models.valle.configuration_valle",
    "VallEForConditionalGeneration": "models.valle.modeling_valle",
    "VallEProcessor": "models.valle.processing_valle",
    "VallEPrompt": "models.valle.prompts",
    "VallETokenizer": "models.valle.tokenization_valle",
    "kokoro_model": "conversion.kokoro.cached_model",
    "open_codec": "models.valle.codecs.opening",
    "read_preset": "models.tsukasa.configuration_tsukasa",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_LAZY_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register_auto_classes_on_import()

__all__ = [
    "Speaker",
    "TsukasaConfig",
    "TsukasaFeatureExtractor",
    "TsukasaModelForConditionalGeneration",
    "TsukasaOutput",
    "TsukasaProcessor",
    "TsukasaProsody",
    "TsukasaSpeechOutput",
    "TsukasaTokenizer",
    "TsukasaVoices",
    "VallEConfig",
    "VallEForConditionalGeneration",
    "VallEProcessor",
    "VallEPrompt",
    "VallETokenizer",
    "__version__",
    "default_model",
    "default_voice",
    "kokoro_model",
    "open_codec",
    "read_preset",
    "register_auto_classes",
]
