# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""StyleTTS 2's checkpoints from end to end, on tiny ones in the published format."""

import json

import pytest
import torch
import yaml
from transformers import AutoModel, AutoProcessor

from support.original_format import LSTMS, kokoro_json, original_checkpoint, original_yaml, save, tiny_config
from support.published import KOKORO_CONFIG, publish
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


HIFIGAN = {"generator_type": "hifigan", "upsample_rates": [10, 5, 3, 2], "upsample_kernel_sizes": [20, 10, 6, 4]}
SINGLE = tiny_config(**LSTMS, multispeaker=False, style_diffusion_config={"use_reference": False})
MANY = tiny_config(**LSTMS, decoder_config=HIFIGAN)
CHECKPOINTS = {id(config): original_checkpoint(config) for config in (SINGLE, MANY)}


def _published(folder, config, symbols=None):
    source = publish(folder, CHECKPOINTS[id(config)], config)
    if symbols is not None:
        (source / "vocab.json").write_text(json.dumps(symbols), encoding="utf-8")
    return source


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (SINGLE, {"multispeaker": False, "final_frames_added": 5, "trailing_samples_cut": 0, "alignment_delay": 0}),
        (
            MANY,
            {
                "multispeaker": True,
                "final_frames_added": 0,
                "trailing_samples_cut": 50,
                "long_form_samples_cut": 100,
                "alignment_delay": 1,
            },
        ),
    ],
    ids=["single", "many"],
)
def test_a_checkpoint_becomes_a_model_that_speaks_phonemes(tmp_path, config, expected):
    report = convert(_published(tmp_path / "source", config), tmp_path / "out", for_training=True)
    assert {row.module for row in report.rows} == set(CHECKPOINTS[id(config)]["net"])
    model = AutoModel.from_pretrained(tmp_path / "out").eval()
    assert {name: getattr(model.config, name) for name in expected} == expected
    assert model.config.text_profile == "ipa" and model.config.text_suffix_pad is False
    assert model.config.style_diffusion_config.sigma_data == 0.3
    assert model.config.text_encoder_config.recurrence == model.config.prosody_predictor_config.recurrence == "lstm"
    net = CHECKPOINTS[id(config)]["net"]
    weights = model.state_dict()
    assert torch.equal(
        weights["text_encoder.lstm.weight_hh_l0_reverse"], net["text_encoder"]["lstm.weight_hh_l0_reverse"]
    )
    assert torch.equal(weights["prosody_predictor.contour_lstm.bias_ih_l0"], net["predictor"]["shared.bias_ih_l0"])
    aligner = TsukasaTextAligner.from_pretrained(tmp_path / "out" / "text_aligner").state_dict()
    assert torch.equal(aligner["cosine_transform"], net["text_aligner"]["to_mfcc.dct_mat"])
    processor = AutoProcessor.from_pretrained(tmp_path / "out")
    inputs = processor(text="həlˈoʊ.", phonemize=False, return_tensors="pt")
    assert inputs["input_ids"].tolist()[0][0] == 0 and inputs["input_ids"].shape == (1, 8)
    speech = model.generate(**inputs, style_vector=torch.zeros(2 * config.style_dim), seed=0)
    assert torch.isfinite(speech.waveform).all() and speech.waveform.abs().max() > 0


def test_the_card_tells_the_condition_of_use(tmp_path):
    convert(_published(tmp_path / "source", SINGLE), tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---")[1])["language"] == "en"
    assert "| system | StyleTTS 2 | MIT |" in card and "listeners are told that the speech is synthetic" in card
    assert "こんにちは" not in card


@pytest.mark.parametrize(("config", "expected"), [(SINGLE, 0.45731624995853165), (MANY, 0.19926648961191362)])
def test_without_config_the_published_deviation_of_styles_is_assumed_and_noted(tmp_path, config, expected):
    path = save(CHECKPOINTS[id(config)], tmp_path / "alone.pth")
    report = convert(path, tmp_path / "out")
    model = AutoModel.from_pretrained(tmp_path / "out")
    assert model.config.style_diffusion_config.sigma_data == expected
    assert model.config.decoder_config.generator_type == config.decoder_config.generator_type
    assert any("sigma_data is in no file" in note for note in report.notes)


def test_symbols_of_another_language_are_taken_from_vocab_json(tmp_path):
    symbols = {"_": 0, **{chr(0x0430 + index): 1 + index for index in range(32)}}
    report = convert(_published(tmp_path / "source", SINGLE, symbols), tmp_path / "out")
    processor = AutoProcessor.from_pretrained(tmp_path / "out")
    assert processor(text="баб", phonemize=False, return_tensors="pt")["input_ids"].tolist() == [[0, 2, 1, 2]]
    assert any("'_', id 0, is written '$'" in note for note in report.notes)
    assert "language" not in yaml.safe_load(
        (tmp_path / "out" / "README.md").read_text(encoding="utf-8").split("---")[1]
    )


def test_more_symbols_than_the_usual_ones_need_a_table(tmp_path):
    larger = tiny_config(
        **{name: {**change, "vocab_size": 180} if "text" in name else change for name, change in LSTMS.items()},
        vocab_size=180,
        plbert_config={"vocab_size": 180},
        text_aligner_config={"vocab_size": 180},
    )
    source = publish(tmp_path / "source", original_checkpoint(larger), larger)
    with pytest.raises(ConversionError, match="has 180 symbols and no table of them.*put its vocab.json beside"):
        convert(source, tmp_path / "out")
    symbols = ["$", *(chr(0x4E00 + index) for index in range(179))]
    (source / "vocab.json").write_text(json.dumps(symbols), encoding="utf-8")
    convert(source, tmp_path / "out")
    processor = AutoProcessor.from_pretrained(tmp_path / "out")
    ids = processor(text=chr(0x4E00 + 178), phonemize=False, return_tensors="pt")["input_ids"]
    assert ids.tolist() == [[0, 179]]


def _config_of(config):
    return lambda source: (source / "Models" / "Tiny" / "config.yml").write_text(yaml.safe_dump(original_yaml(config)))


def _vocab(content):
    return lambda source: (source / "vocab.json").write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_config_of(MANY), "generator_type = hifigan, but the checkpoint's tensors have istftnet"),
        (_config_of(tiny_config(**LSTMS)), "multispeaker = True, but the checkpoint's tensors have False"),
        (_vocab('{"a": 500}'), "ids up to 500, but the checkpoint's tensors have 178 symbols"),
        (_vocab('{"a": "b"}'), "vocab.json is not a symbol table"),
        (_vocab('{"a'), "vocab.json is not a JSON file"),
        (_vocab('{"a": 1, "th": 2}'), "has 'th', but a symbol is one character"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(tmp_path, spoil, sentence):
    source = _published(tmp_path / "source", SINGLE)
    spoil(source)
    with pytest.raises(ConversionError, match=sentence) as error:
        convert(source, tmp_path / "out")
    assert "\n" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_kokoros_config_for_a_checkpoint_of_styletts2_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(kokoro_json(KOKORO_CONFIG)), encoding="utf-8")
    with pytest.raises(ConversionError, match="config.json has no 'model_params'"):
        convert(_published(tmp_path / "source", SINGLE), tmp_path / "out", config=tmp_path / "config.json")


def test_the_symbols_of_a_config_file_decide(tmp_path):
    source = _published(tmp_path / "source", SINGLE)
    content = original_yaml(SINGLE) | {"symbol": {"pad": "$", "punctuation": ",. ", "letters": "абв"}}
    (source / "Models" / "Tiny" / "config.yml").write_text(
        yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    )
    convert(source, tmp_path / "out")
    processor = AutoProcessor.from_pretrained(tmp_path / "out")
    assert processor(text="в,", phonemize=False, return_tensors="pt")["input_ids"].tolist() == [[0, 6, 1]]
