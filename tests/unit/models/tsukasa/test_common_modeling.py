# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' own tests of models and configs, on ours."""

import unittest

import pytest
import torch

from support.transformers_tests import common_tests
from transformers_tsukasa import TsukasaConfig, TsukasaModelForConditionalGeneration


common = common_tests("test_modeling_common")
common_config = common_tests("test_configuration_common")

pytestmark = pytest.mark.slow


class TsukasaModelTester:
    """The smallest model that has every part."""

    batch_size, seq_length = 3, 7
    hidden_size, num_hidden_layers, num_attention_heads = 16, 2, 2
    is_training = False

    def __init__(self, parent):
        self.parent = parent

    def get_config(self):
        mlstm = {"num_hidden_layers": 2, "num_attention_heads": 2, "round_to": 16}
        size = self.hidden_size
        return TsukasaConfig(
            style_dim=4,
            text_encoder_config={"hidden_size": size, "mlstm_hidden_size": size, "mlstm_config": mlstm},
            plbert_config={
                "embedding_size": 8,
                "hidden_size": size,
                "num_attention_heads": 2,
                "num_hidden_layers": 2,
                "intermediate_size": 16,
            },
            style_encoder_config={"hidden_size": 4, "max_hidden_size": 8},
            prosody_predictor_config={"hidden_size": size, "num_layers": 1, "mlstm_config": mlstm, "max_duration": 5},
            style_diffusion_config={
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "head_dim": 4,
                "num_fourier_features": 4,
            },
            decoder_config={
                "hidden_size": 16,
                "output_size": 8,
                "residual_size": 4,
                "upsample_initial_channel": 8,
                "resblock_kernel_sizes": [3],
                "resblock_dilations": [1],
                "num_harmonics": 1,
            },
        )

    def prepare_config_and_inputs_for_common(self):
        config = self.get_config()
        inputs = {
            "input_ids": common.ids_tensor([self.batch_size, self.seq_length], config.vocab_size).clamp(1),
            "attention_mask": torch.ones(self.batch_size, self.seq_length, dtype=torch.long),
            "style_vector": common.floats_tensor([self.batch_size, 2 * config.style_dim]),
        }
        return config, inputs


class KokoroModelTester(TsukasaModelTester):
    """The smallest model that has only the parts of Kokoro."""

    num_hidden_layers, num_attention_heads = 1, 1

    def get_config(self):
        values = super().get_config().to_dict()
        for part in ("text_encoder_config", "prosody_predictor_config"):
            values[part]["recurrence"] = "lstm"
        return TsukasaConfig.from_dict({**values, "style_encoder_config": None, "style_diffusion_config": None})


class TsukasaModelTest(common.ModelTesterMixin, unittest.TestCase):
    all_model_classes = (TsukasaModelForConditionalGeneration,)
    # generate() speaks and writes no tokens, so the tests of text generation do not apply.
    all_generative_model_classes = ()
    is_encoder_decoder = False
    has_attentions = False

    model_tester_class = TsukasaModelTester

    def setUp(self):
        self.model_tester = self.model_tester_class(self)
        self.config_tester = common_config.ConfigTester(self, config_class=TsukasaConfig, style_dim=4)

    def test_config(self):
        self.config_tester.run_common_tests()

    @unittest.skip("how F0 is rounded shows in the phase of the sines (docs/decisions/0003)")
    def test_batching_equivalence(self):
        pass

    @unittest.skip("a folder without some weights is an error here, and random ones never take their place (0017)")
    def test_model_weights_reload_no_missing_tied_weights(self):
        pass


class KokoroModelTest(TsukasaModelTest):
    model_tester_class = KokoroModelTester

    @unittest.skip("the list is of the class, and names modules that other configs have")
    def test_keep_in_fp32_modules_exist(self):
        pass
