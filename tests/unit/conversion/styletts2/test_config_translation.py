# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import copy
import json

import pytest
import yaml

from support.original_format import (
    fill,
    original_manifest,
    original_plbert_yaml,
    original_yaml,
    tiny_config,
)
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.norm_folding import fold
from transformers_tsukasa.conversion.styletts2.config_translation import (
    complete_values,
    make_config,
    read_yaml,
    yaml_values,
)


HIFIGAN = {"generator_type": "hifigan", "upsample_rates": [10, 5, 3, 2], "upsample_kernel_sizes": [20, 10, 6, 4]}


def _shapes(config):
    return {
        module: {name: tensor.shape for name, tensor in fold(fill(module, entries)).items()}
        for module, entries in original_manifest(config).items()
    }


def _translate(modules, original=None, plbert=None):
    notes = []
    return make_config(complete_values(modules, yaml_values(original or {}, plbert or {}), notes)), notes


def _values(config):
    """The values of a config, for readable messages."""
    return json.loads(config.to_json_string(use_diff=False))


@pytest.mark.parametrize("decoder", [{}, HIFIGAN], ids=["istftnet", "hifigan"])
def test_config_from_shapes_and_file(decoder):
    expected = tiny_config(decoder_config=decoder)
    config, notes = _translate(_shapes(expected), original_yaml(expected), original_plbert_yaml(expected))
    assert _values(config) == _values(expected)
    assert notes == []


def test_single_speaker_config():
    expected = tiny_config(style_diffusion_config={"use_reference": False}, multispeaker=False)
    config, _ = _translate(_shapes(expected), original_yaml(expected), original_plbert_yaml(expected))
    assert config.multispeaker is False and config.style_diffusion_config.use_reference is False


@pytest.mark.parametrize("decoder", [{}, HIFIGAN], ids=["istftnet", "hifigan"])
def test_config_from_shapes_alone(decoder):
    expected = tiny_config(decoder_config=decoder)
    config, notes = _translate(_shapes(expected), None, original_plbert_yaml(expected))
    assert _values(config.decoder_config) == _values(expected.decoder_config)
    assert config.sampling_rate == 24000
    assert any("upsample_rates" in note for note in notes)


def test_a_file_of_another_checkpoint_is_refused():
    wrong = original_yaml(tiny_config())
    wrong["model_params"]["max_dur"] += 1
    with pytest.raises(ConversionError, match=r"prosody_predictor_config.max_duration = 8, but .* have 7"):
        _translate(_shapes(tiny_config()), wrong)
    wrong = original_yaml(tiny_config())
    wrong["model_params"]["decoder"]["upsample_rates"] = [6, 10]
    with pytest.raises(ConversionError, match=r"upsample_rates = \[6, 10\]"):
        _translate(_shapes(tiny_config()), wrong)


@pytest.mark.parametrize("content", ["a: [1", "model: 1", "- 3"])
def test_a_file_that_is_not_a_config_is_refused(tmp_path, content):
    (tmp_path / "config.yml").write_text(content)
    with pytest.raises(ConversionError, match="config.yml"):
        read_yaml(tmp_path / "config.yml")


def test_a_config_file_is_read_back(tmp_path):
    (tmp_path / "config.yml").write_text(yaml.safe_dump(original_yaml(tiny_config())))
    assert read_yaml(tmp_path / "config.yml") == original_yaml(tiny_config())


def test_the_translation_changes_none_of_its_arguments():
    given = (_shapes(tiny_config()), original_yaml(tiny_config()), original_plbert_yaml(tiny_config()))
    before = copy.deepcopy(given)
    _translate(*given)
    assert given == before
