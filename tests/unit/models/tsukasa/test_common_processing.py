# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' own tests of processors, on ours."""

import unittest

from support.transformers_tests import common_tests
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer


common = common_tests("test_processing_common")


class TsukasaProcessorTest(common.ProcessorTesterMixin, unittest.TestCase):
    processor_class = TsukasaProcessor

    @classmethod
    def _setup_feature_extractor(cls):
        return TsukasaFeatureExtractor()

    @classmethod
    def _setup_tokenizer(cls):
        return TsukasaTokenizer()
