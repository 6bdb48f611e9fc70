# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' own tests of feature extractors, on ours."""

import random
import unittest

import numpy as np

from support.transformers_tests import common_tests
from transformers_tsukasa import TsukasaFeatureExtractor


common = common_tests("test_sequence_feature_extraction_common")


class Inputs:
    """Sequences of frames, as `pad` takes them."""

    batch_size, feature_size = 7, 80
    min_seq_length, max_seq_length = 40, 200
    seq_length_diff = (max_seq_length - min_seq_length) // (batch_size - 1)

    def prepare_feat_extract_dict(self):
        return {"feature_size": self.feature_size, "sampling_rate": 24000, "padding_value": 0.0}

    def prepare_inputs_for_common(self, equal_length=False, numpify=False):
        numbers = random.Random(0)
        lengths = range(self.min_seq_length, self.max_seq_length, self.seq_length_diff)
        if equal_length:
            lengths = [self.max_seq_length] * self.batch_size
        inputs = [[[numbers.random() for _ in range(self.feature_size)] for _ in range(n)] for n in lengths]
        return [np.asarray(item) for item in inputs] if numpify else inputs


class TsukasaFeatureExtractionTest(common.SequenceFeatureExtractionTestMixin, unittest.TestCase):
    feature_extraction_class = TsukasaFeatureExtractor

    def setUp(self):
        self.feat_extract_tester = Inputs()
