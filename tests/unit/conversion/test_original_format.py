# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The made-up checkpoints of the tests have the published format."""

import json

import pytest

from support.original_format import KOKORO_MODULES, original_manifest
from support.shared_data import recorded_path
from support.tiny import CONFIGS
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig, build_config, read_preset


HIFIGAN = {"generator_type": "hifigan", "upsample_rates": [10, 5, 3, 2], "upsample_kernel_sizes": [20, 10, 6, 4]}


@pytest.mark.parametrize("name", ["manifest_tsukasa.json", "manifest_decoder_hifigan.json"])
def test_the_made_up_format_is_the_recorded_one(name):
    recorded = json.loads(recorded_path("parity", name).read_text())
    made_up = original_manifest(TsukasaConfig())
    made_up["decoder_hifigan"] = original_manifest(build_config({"decoder_config": HIFIGAN}))["decoder"]
    for module, entries in recorded.items():
        assert {key: tuple(shape) for key, (shape, _) in entries.items()} == made_up[module]


@pytest.mark.parametrize("name", ["ljspeech", "libritts"])
def test_the_made_up_format_of_a_preset_of_styletts2_is_the_recorded_one(name):
    recorded = json.loads(recorded_path("family", "parity", f"manifest_styletts2_{name}.json").read_text())
    made_up = original_manifest(read_preset(CONFIGS / f"styletts2-{name}.yaml"))
    assert set(KOKORO_MODULES) < set(recorded) == set(made_up)
    for module, entries in recorded.items():
        assert {key.removeprefix("module."): tuple(s) for key, (s, _) in entries.items()} == made_up[module], module
