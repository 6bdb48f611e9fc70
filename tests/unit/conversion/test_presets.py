# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The presets of published systems are what the converter makes of the published configs."""

import json

import pytest
import torch

from support.original_format import original_manifest
from support.shared_data import recorded_path
from support.tiny import CONFIGS
from transformers_tsukasa.conversion.kokoro.source import KokoroSource
from transformers_tsukasa.conversion.norm_folding import fold
from transformers_tsukasa.conversion.source import Checkpoint
from transformers_tsukasa.conversion.source_files import LocalFiles
from transformers_tsukasa.conversion.styletts2.source import StyleTTS2Source
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_preset


@pytest.mark.parametrize(
    ("preset", "source_class", "published"),
    [
        ("styletts2-ljspeech", StyleTTS2Source, "config_ljspeech.yml"),
        ("styletts2-libritts", StyleTTS2Source, "config_libritts.yml"),
        ("kokoro", KokoroSource, "kokoro_config.json"),
    ],
)
def test_a_preset_is_the_converted_config(tmp_path, preset, source_class, published):
    expected = read_preset(CONFIGS / f"{preset}.yaml")
    # Tensors without content: only names and shapes count here.
    net = {
        module: {name: torch.empty(shape, device="meta") for name, shape in entries.items()}
        for module, entries in original_manifest(expected).items()
    }
    checkpoint = Checkpoint(LocalFiles(tmp_path, ["x.pth"]), "x.pth", net)
    assert source_class.recognizes(checkpoint)
    source = source_class(checkpoint, recorded_path("family", "parity", published), for_training=False)
    shapes = {module: {name: stored.shape for name, stored in fold(state).items()} for module, state in net.items()}
    config, notes = source.configure(shapes)
    assert notes == []
    assert json.loads(config.to_json_string(use_diff=False)) == json.loads(expected.to_json_string(use_diff=False))
