# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' own tests of processors, on ours."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import pytest

from support.transformers_tests import common_tests
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
from transformers_tsukasa.audio.files import write_audio


common = common_tests("test_processing_common")


class TsukasaProcessorTest(common.ProcessorTesterMixin, unittest.TestCase):
    processor_class = TsukasaProcessor

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The clips of these tests lie on a server, and tests of this project use no network.
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        clips = [Path(folder.name) / "first.wav", Path(folder.name) / "second.wav"]
        for clip, seconds in zip(clips, (1, 2), strict=True):
            write_audio(clip, 0.1 * np.sin(np.arange(seconds * 24000) / 20), 24000)
        recorded = pytest.MonkeyPatch()
        recorded.setitem(common.MODALITY_INPUT_DATA, "audio", [str(clip) for clip in clips])
        cls.addClassCleanup(recorded.undo)

    @classmethod
    def _setup_feature_extractor(cls):
        return TsukasaFeatureExtractor()

    @classmethod
    def _setup_tokenizer(cls):
        return TsukasaTokenizer()

    def test_apply_chat_template_assistant_mask(self):
        self.skipTest("text is read, not cut into tokens: no token has a place in it that a mask could be made of")
