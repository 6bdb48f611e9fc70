# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Models without style encoders and without style diffusion, as Kokoro is."""

import json

import pytest
import torch

from support.tiny import CONFIGS, lstm_config, tiny_config, tiny_model, tokens
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig, build_config, read_preset
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


TEXT = "koɴnitɕiwa."
STYLE = 0.2 * torch.randn(1, 16, generator=torch.Generator().manual_seed(3))
CLIP = torch.randn(1, 80, 90, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def bare():
    return tiny_model(config=lstm_config(style_encoder_config=None, style_diffusion_config=None))


def test_a_part_that_is_left_out_differs_from_one_that_is_none(tmp_path):
    assert TsukasaConfig().style_encoder_config is not None and TsukasaConfig().style_diffusion_config is not None
    config = build_config({"style_encoder_config": None, "style_diffusion_config": None})
    config.save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["style_encoder_config"] is None and written["style_diffusion_config"] is None
    assert TsukasaConfig.from_pretrained(tmp_path).to_dict() == config.to_dict()


def test_checks_of_a_part_that_is_not_there_say_nothing():
    values = {"style_diffusion_config": None, "style_encoder_config": None}
    assert not TsukasaConfig(multispeaker=False, **values).multispeaker
    TsukasaConfig(audio_config={"num_mel_bins": 40}, text_aligner_config={"num_mel_bins": 40},
                  pitch_extractor_config={"num_mel_bins": 40}, **values)  # fmt: skip


def test_the_presets_of_the_family():
    ljspeech, libritts, kokoro = (
        read_preset(CONFIGS / f"{name}.yaml") for name in ("styletts2-ljspeech", "styletts2-libritts", "kokoro")
    )
    for config in (ljspeech, libritts, kokoro):
        assert config.text_encoder_config.recurrence == config.prosody_predictor_config.recurrence == "lstm"
    assert (ljspeech.final_frames_added, ljspeech.alignment_delay, ljspeech.trailing_samples_cut) == (5, 0, 0)
    assert (libritts.final_frames_added, libritts.alignment_delay, libritts.trailing_samples_cut) == (0, 1, 50)
    assert (ljspeech.long_form_samples_cut, libritts.long_form_samples_cut) == (None, 100)
    assert (kokoro.final_frames_added, kokoro.alignment_delay, kokoro.trailing_samples_cut) == (0, 0, 0)
    assert (ljspeech.text_suffix_pad, libritts.text_suffix_pad, kokoro.text_suffix_pad) == (False, False, True)
    kokoro.weight_norm = True  # as published, with the norms of training
    with torch.device("meta"):
        model = TsukasaModelForConditionalGeneration(kokoro)
    assert sum(weight.numel() for weight in model.parameters()) == 81_763_410


def test_a_bare_model_speaks_in_a_given_style_and_keeps_doing_so(tmp_path, bare):
    assert bare.acoustic_style_encoder is bare.prosodic_style_encoder is bare.style_diffusion is None
    speech = bare.generate(**tokens(TEXT), style_vector=STYLE, noise_scale=0.0)
    assert torch.equal(speech.style_vector, STYLE)
    bare.voices.add("somebody", STYLE[0])
    bare.save_pretrained(tmp_path)
    loaded = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path).eval()
    assert loaded.generation_config.alpha == loaded.generation_config.beta == 0.0
    again = loaded.generate(**tokens(TEXT), voice="somebody", noise_scale=0.0)
    assert again.waveform.shape == speech.waveform.shape and again.waveform.isfinite().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "no style diffusion.*give a voice or a style_vector"),
        ({"input_features": CLIP}, "no style encoders.*give a voice or a style_vector"),
        ({"style_vector": STYLE, "alpha": 0.3}, "alpha is 0.3, but this model has no style diffusion"),
        ({"style_vector": STYLE, "beta": 1.0}, "beta is 1.0, but this model has no style diffusion"),
    ],
)
def test_what_only_a_missing_part_can_do_is_refused(bare, arguments, message):
    with pytest.raises(ValueError, match=message):
        bare.generate(**tokens(TEXT), **arguments)


def test_its_methods_name_the_missing_part(bare):
    with pytest.raises(ValueError, match="no style encoders"):
        bare.encode_reference(CLIP)
    with pytest.raises(ValueError, match="no style encoders"):
        bare.estimate_sigma_data(CLIP)
    with pytest.raises(ValueError, match="no style encoders"):
        bare(**tokens(TEXT), input_features=CLIP)
    noise, states = torch.zeros(1, 16), torch.zeros(1, 3, 16)
    with pytest.raises(ValueError, match="no style diffusion"):
        bare.sample_styles(states, torch.ones(1, 3), None, noise)


def test_each_part_may_be_missing_by_itself():
    cloning = tiny_model(config=tiny_config(style_diffusion_config=None))
    assert cloning.generate(**tokens(TEXT), input_features=CLIP, seed=0).waveform.isfinite().all()
    drawing = tiny_model(config=tiny_config(style_encoder_config=None))
    assert drawing.generation_config.alpha == 0.3
    assert drawing.generate(**tokens(TEXT), seed=0).waveform.isfinite().all()


def test_weights_of_a_missing_part_are_refused(tmp_path):
    tiny_model().save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "style_diffusion_config": None}))
    with pytest.raises(ValueError, match="style_diffusion"):
        TsukasaModelForConditionalGeneration.from_pretrained(tmp_path)


def test_an_lstm_folder_with_the_config_of_an_mlstm_model_is_refused(tmp_path, bare):
    bare.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["text_encoder_config"]["recurrence"] = "mlstm"
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="text_encoder"):
        TsukasaModelForConditionalGeneration.from_pretrained(tmp_path)
