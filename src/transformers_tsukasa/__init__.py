# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tsukasa Speech as a citizen of transformers. Importing this package makes it known to the Auto classes."""

from .audio.feature_extraction_tsukasa import TsukasaFeatureExtractor
from .auto import register_auto_classes
from .model.configuration_tsukasa import TsukasaConfig
from .model.modeling_tsukasa import TsukasaModelForConditionalGeneration
from .processing_tsukasa import TsukasaProcessor
from .text.tokenization_tsukasa import TsukasaTokenizer
from .version import __version__


register_auto_classes()

__all__ = [
    "TsukasaConfig",
    "TsukasaFeatureExtractor",
    "TsukasaModelForConditionalGeneration",
    "TsukasaProcessor",
    "TsukasaTokenizer",
    "__version__",
    "register_auto_classes",
]
