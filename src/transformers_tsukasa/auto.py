# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Makes the Tsukasa classes known to transformers' Auto classes, and through them to pipelines."""

from transformers import (
    AutoConfig,
    AutoFeatureExtractor,
    AutoModel,
    AutoModelForTextToWaveform,
    AutoProcessor,
    AutoTokenizer,
)

from .models.tsukasa.configuration_tsukasa import TsukasaConfig
from .models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor
from .models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from .models.tsukasa.processing_tsukasa import TsukasaProcessor
from .models.tsukasa.tokenization_tsukasa import TsukasaTokenizer


def register_auto_classes() -> None:
    """Registers config, model, tokenizer, feature extractor and processor; harmless when done twice."""
    AutoConfig.register(TsukasaConfig.model_type, TsukasaConfig, exist_ok=True)
    for auto_class in (AutoModel, AutoModelForTextToWaveform):
        auto_class.register(TsukasaConfig, TsukasaModelForConditionalGeneration, exist_ok=True)
    AutoTokenizer.register(TsukasaConfig, tokenizer_class=TsukasaTokenizer, exist_ok=True)
    AutoFeatureExtractor.register(TsukasaConfig, TsukasaFeatureExtractor, exist_ok=True)
    AutoProcessor.register(TsukasaConfig, TsukasaProcessor, exist_ok=True)
