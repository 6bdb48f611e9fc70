# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tsukasa Speech as a citizen of transformers. Importing this package makes it known to the Auto classes."""

from .audio.feature_extraction_tsukasa import TsukasaFeatureExtractor
from .auto import register_auto_classes
from .bundled import default_voice
from .model.configuration_tsukasa import TsukasaConfig, read_preset
from .model.modeling_tsukasa import TsukasaModelForConditionalGeneration
from .model.outputs import TsukasaOutput, TsukasaProsody, TsukasaSpeechOutput
from .model.voices import Voices
from .processing_tsukasa import TsukasaProcessor
from .text.tokenization_tsukasa import TsukasaTokenizer
from .version import __version__


register_auto_classes()

__all__ = [
    "TsukasaConfig",
    "TsukasaFeatureExtractor",
    "TsukasaModelForConditionalGeneration",
    "TsukasaOutput",
    "TsukasaProcessor",
    "TsukasaProsody",
    "TsukasaSpeechOutput",
    "TsukasaTokenizer",
    "Voices",
    "__version__",
    "default_voice",
    "read_preset",
    "register_auto_classes",
]
