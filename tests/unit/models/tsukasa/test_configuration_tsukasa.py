# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import ast
import json
import re

import pytest
from transformers import PreTrainedConfig

from support.tiny import CONFIGS, tiny_config, tiny_model
from transformers_tsukasa.models.tsukasa import configuration_tsukasa
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig, build_config, read_preset


CONFIG_CLASSES = [
    value
    for value in vars(configuration_tsukasa).values()
    if isinstance(value, type) and issubclass(value, PreTrainedConfig) and value.__name__.startswith("Tsukasa")
]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_presets_are_valid_configs(path):
    config = read_preset(path)
    assert config.samples_per_text_frame / config.sampling_rate == 0.025  # a text frame is 25 ms at every rate


def test_the_preset_tsukasa_spells_out_the_defaults():
    assert read_preset(CONFIGS / "tsukasa.yaml").to_dict() == TsukasaConfig().to_dict()


def test_tiny_is_under_half_a_million_parameters():
    assert sum(parameter.numel() for parameter in tiny_model().parameters()) < 500_000


def test_config_survives_saving(tmp_path):
    config = tiny_config()
    config.plbert_config.hidden_dropout_prob = 0.0
    config.save_pretrained(tmp_path)
    assert TsukasaConfig.from_pretrained(tmp_path).to_dict() == config.to_dict()
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "tsukasa"


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"decoder_config": {"upsample_rates": [10, 5], "upsample_kernel_sizes": [20, 11]}}, "hop_length"),
        ({"decoder_config": {"upsample_rates": [10, 6], "upsample_kernel_sizes": [20]}}, "stages"),
        ({"decoder_config": {"upsample_kernel_sizes": [20, 4]}}, "at least its rate"),
        ({"decoder_config": {"resblock_kernel_sizes": [4]}}, "odd"),
        ({"decoder_config": {"output_size": 256}}, "upsample_initial_channel"),
        ({"style_encoder_config": {"num_blocks": 6}}, "mel bands"),
        ({"audio_config": {"win_length": 4096}}, "n_fft"),
        ({"text_encoder_config": {"hidden_size": 100}}, "prosody_predictor_config"),
        ({"plbert_config": {"vocab_size": 10}}, "vocab_size"),
        ({"multispeaker": False}, "use_reference"),
        ({"style_diffusion_config": {"sigma_min": 5.0}}, "sigma_max"),
        ({"style_dim": 0}, "style_dim"),
    ],
)
def test_impossible_shapes_are_refused(values, part):
    with pytest.raises(Exception, match=part) as caught:
        TsukasaConfig(**values)
    assert "Error" in type(caught.value).__name__


def test_unknown_keys_are_named():
    with pytest.raises(ValueError, match=r"unknown key 'decoder_config\.upsample_rats'.*upsample_rates"):
        build_config({"decoder_config": {"upsample_rats": [1]}})


def test_a_broken_preset_names_its_file(tmp_path):
    for name, text in (("list.yaml", "- 1"), ("broken.yaml", "a: [1"), ("shape.yaml", "style_dim: -1")):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=name):
            read_preset(tmp_path / name)


def test_every_config_class_is_found():
    sub_configs = {spec.config_class for spec in TsukasaConfig.sub_configs_defaults.values()}
    assert {TsukasaConfig, configuration_tsukasa.TsukasaMLSTMConfig, *sub_configs} == set(CONFIG_CLASSES)


@pytest.mark.parametrize("config_class", CONFIG_CLASSES, ids=lambda config_class: config_class.__name__)
def test_every_field_of_a_config_is_documented_with_its_default(config_class):
    # A field of its own, or one of a base class whose default it changes.
    own = [name for name in config_class.__annotations__ if not name.startswith("_")]
    summary, _, arguments = config_class.__doc__.partition("Args:\n")
    assert summary.strip()
    entries = dict(re.findall(r"^ {8}(\w+) \((.*)\):$", arguments, flags=re.MULTILINE))
    assert entries.keys() >= set(own), set(own) - entries.keys()
    config = config_class()
    for name in own:
        default = re.search(r"defaults to `*(.*?)`*$", entries[name])
        if default is None:
            field = config_class.__dataclass_fields__[name]
            # Left out, a sub-config has its defaults; a part for which None says that there is none begins as {}.
            assert field.default is None or field.default_factory is dict, name
            continue
        value = getattr(config, name)
        documented = ast.literal_eval(default[1])
        assert (json.loads(json.dumps(value)) if isinstance(value, tuple) else value) == documented, name
