# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tsukasa Speech as a citizen of transformers. Importing this package makes it known to the Auto classes."""

from .auto import register_auto_classes
from .bundled import default_model
from .models.tsukasa.configuration_tsukasa import TsukasaConfig, read_preset
from .models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor
from .models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from .models.tsukasa.outputs import TsukasaOutput, TsukasaProsody, TsukasaSpeechOutput
from .models.tsukasa.processing_tsukasa import TsukasaProcessor
from .models.tsukasa.speaking.voices import Voices
from .models.tsukasa.tokenization_tsukasa import TsukasaTokenizer
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
    "default_model",
    "read_preset",
    "register_auto_classes",
]
