# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' own tests of tokenizers, on ours as a tokenizer of bare symbols."""

import shutil
import tempfile
import unittest

from support.transformers_tests import common_tests
from transformers_tsukasa import TsukasaTokenizer


common = common_tests("test_tokenization_common")


class TsukasaTokenizationTest(common.TokenizerTesterMixin, unittest.TestCase):
    tokenizer_class = TsukasaTokenizer
    from_pretrained_kwargs = {"phonemize": False}

    # Not the mixin's own: it reads a sample text that the source archive leaves out.
    @classmethod
    def setUpClass(cls):
        cls.tmpdirname = tempfile.mkdtemp()
        TsukasaTokenizer(phonemize=False).save_pretrained(cls.tmpdirname)
        cls.tokenizers_list = [(TsukasaTokenizer, cls.tmpdirname, {})]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.tmpdirname, ignore_errors=True)
