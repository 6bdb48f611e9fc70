# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Kokoro's checkpoints from end to end, on tiny ones in the published formats."""

import json
import shutil

import numpy as np
import pytest
import torch
import yaml
from transformers import AutoModel, AutoProcessor

from support.original_format import LSTMS, kokoro_checkpoint, kokoro_json, original_yaml, save, tiny_config
from support.published import KOKORO_CONFIG, KOKORO_SYMBOLS, publish_kokoro, voice_pack
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.text.phonemes.symbols import KOKORO_SYMBOL_TO_ID, SYMBOL_TO_ID


VOICES = {"af_heart": voice_pack(seed=1), "jf_alpha": voice_pack(seed=2), "jm_kumo": voice_pack(seed=3)}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return publish_kokoro(tmp_path_factory.mktemp("published"), VOICES)


@pytest.fixture(scope="module")
def converted(published, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted") / "model"
    return folder, convert(published, folder)


def test_every_tensor_has_a_place_and_the_config_is_the_published_one(converted):
    folder, report = converted
    net = kokoro_checkpoint(KOKORO_CONFIG)
    assert {row.module: row.tensors for row in report.rows} == {name: len(state) for name, state in net.items()}
    assert report.notes == [] and report.voices == list(VOICES)
    model = AutoModel.from_pretrained(folder)
    config = model.config
    assert (config.text_profile, config.text_suffix_pad, config.trailing_samples_cut) == ("kokoro", True, 0)
    assert config.style_encoder_config is None and config.style_diffusion_config is None
    assert config.text_encoder_config.num_conv_layers == config.prosody_predictor_config.num_layers == 2
    assert config.plbert_config.hidden_dropout_prob == 0
    assert torch.equal(
        model.state_dict()["prosody_predictor.duration_projection.weight"],
        net["predictor"]["module.duration_proj.linear_layer.weight"],
    )


def test_the_folder_speaks_with_its_default_voice(converted):
    folder, _ = converted
    model, processor = AutoModel.from_pretrained(folder).eval(), AutoProcessor.from_pretrained(folder)
    options = model.generation_config
    assert (options.alpha, options.beta, options.voice, options.accent_strength) == (0.0, 0.0, "jf_alpha", 1.0)
    vocab = processor.tokenizer.get_vocab()
    assert {symbol: vocab[symbol] for symbol in KOKORO_SYMBOL_TO_ID} == KOKORO_SYMBOL_TO_ID and len(vocab) == 178
    inputs = processor(text="こんにちは。", return_tensors="pt")
    ids = inputs["input_ids"][0].tolist()
    assert ids[0] == ids[-1] == 0 and "".join(processor.tokenizer.convert_ids_to_tokens(ids[1:-1])) == "koɲɲiʨiβa."
    speech = model.generate(**inputs, seed=0)
    assert torch.isfinite(speech.waveform).all() and speech.waveform.abs().max() > 0
    torch.testing.assert_close(model.voices["jm_kumo"], VOICES["jm_kumo"][:, 0])
    assert model.voices.describe("jm_kumo") == "Kokoro, Japanese, male"


def test_the_card_credits_kokoro_and_the_recordings(converted):
    card = (converted[0] / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---")[1])["language"] == "ja"
    assert "| system | hexgrad/Kokoro-82M | Apache-2.0 |" in card
    assert "| voices | Koniwa | CC BY |" in card and "jm_kumo (Kumo no Ito)" in card and "jf_tebukuro" not in card


def test_v019_has_the_symbols_of_styletts2(tmp_path):
    source = tmp_path / "source"
    save({"net": kokoro_checkpoint(KOKORO_CONFIG)}, source / "kokoro-v0_19.pth")
    content = kokoro_json(KOKORO_CONFIG)
    content["decoder"] = {"type": "istftnet", **content.pop("istftnet")}
    del content["plbert"], content["text_encoder_kernel_size"]
    (source / "config.json").write_text(json.dumps(content), encoding="utf-8")
    save(voice_pack(511), source / "voices" / "af.pt")
    convert(source, tmp_path / "out")
    model, processor = AutoModel.from_pretrained(tmp_path / "out"), AutoProcessor.from_pretrained(tmp_path / "out")
    assert model.config.text_profile == "ipa" and model.generation_config.voice == "af"
    assert model.voices.rows_count("af") == "symbols"
    vocab = processor.tokenizer.get_vocab()
    assert {symbol: vocab[symbol] for symbol in SYMBOL_TO_ID} == SYMBOL_TO_ID
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---")[1])["language"] == "en" and "Koniwa" not in card


def test_another_symbol_table_is_not_taken_for_japanese(tmp_path):
    source = publish_kokoro(tmp_path / "source")
    symbols = {symbol: index for symbol, index in KOKORO_SYMBOLS.items() if symbol != "ʥ"} | {"十": 19}
    (source / "config.json").write_text(json.dumps(kokoro_json(KOKORO_CONFIG, symbols)), encoding="utf-8")
    report = convert(source, tmp_path / "out")
    assert AutoModel.from_pretrained(tmp_path / "out").config.text_profile == "ipa" and report.voices == []
    processor = AutoProcessor.from_pretrained(tmp_path / "out")
    assert processor(text="十a", phonemize=False, return_tensors="pt")["input_ids"].tolist() == [[0, 19, 43, 0]]


def test_a_file_alone_is_converted_by_its_tensors(published, converted, tmp_path):
    path = shutil.copy(published / "kokoro-v1_0.pth", tmp_path)
    report = convert(path, tmp_path / "out")
    assert any("the symbol table of Kokoro v1.0 was assumed" in note for note in report.notes)
    first, second = (AutoModel.from_pretrained(folder).state_dict() for folder in (converted[0], tmp_path / "out"))
    assert first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)
    shutil.move(path, tmp_path / "kokoro-v1_1-zh.pth")
    with pytest.raises(ConversionError, match="kokoro-v1_1-zh.pth has a symbol table of its own.*`config`"):
        convert(tmp_path / "kokoro-v1_1-zh.pth", tmp_path / "out2")


def test_a_file_with_its_companions_is_converted_like_its_folder(published, tmp_path):
    report = convert(published / "kokoro-v1_0.pth", tmp_path / "out")
    assert report.notes == [] and report.voices == list(VOICES)


def test_what_training_needs_is_not_published(published, tmp_path):
    notes = convert(published, tmp_path / "out", for_training=True).notes
    assert [note.split(" in ")[0] for note in notes] == ["no text_aligner", "no pitch_extractor", "no discriminators"]


def test_voice_packs_can_be_given(published, tmp_path):
    np.savez(tmp_path / "voices.npz", narrator=VOICES["af_heart"].numpy())
    assert convert(published, tmp_path / "out", voices=tmp_path / "voices.npz").voices == ["narrator"]
    assert AutoModel.from_pretrained(tmp_path / "out").generation_config.voice == "narrator"
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConversionError, match="empty has no clips .* and no voice packs"):
        convert(published, tmp_path / "out2", voices=tmp_path / "empty")


def test_clips_need_style_encoders(published, tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "hana.wav").write_bytes(b"RIFF")
    with pytest.raises(ConversionError, match="no style encoders.*give voice packs in `voices`"):
        convert(published, tmp_path / "out", voices=tmp_path / "clips")
    assert not (tmp_path / "out").exists()


def _json(content):
    return lambda source: (source / "config.json").write_text(content, encoding="utf-8")


def _pack(table):
    return lambda source: save(table, source / "voices" / "jf_alpha.pt")


WRONG_PLBERT = kokoro_json(tiny_config(**LSTMS, plbert_config={"hidden_size": 32}), KOKORO_SYMBOLS)


def _truncate(source):
    path = source / "kokoro-v1_0.pth"
    path.write_bytes(path.read_bytes()[:9000])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_json("{"), "config.json is not a JSON file"),
        (_json('{"model_type": "bert"}'), "config.json is not a config of Kokoro"),
        (_json(json.dumps(WRONG_PLBERT)), "hidden_size = 32, but the checkpoint's tensors have 16"),
        (_pack(torch.zeros(510, 1, 15)), r"jf_alpha.*\(510, 1, 15\)"),
        (_pack(torch.full((510, 1, 16), torch.nan)), "jf_alpha.*NaN"),
        (_truncate, "truncated or damaged"),
    ],
    ids=["no JSON", "another config", "wrong width", "narrow pack", "NaN", "truncated"],
)
def test_files_that_do_not_fit_are_refused_and_nothing_is_written(published, tmp_path, spoil, sentence):
    source = shutil.copytree(published, tmp_path / "source")
    spoil(source)
    with pytest.raises(ConversionError, match=sentence) as error:
        convert(source, tmp_path / "out")
    assert "\n" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_the_config_of_styletts2_for_kokoro_is_refused(published, tmp_path):
    (tmp_path / "config.yml").write_text(yaml.safe_dump(original_yaml(KOKORO_CONFIG)))
    with pytest.raises(ConversionError, match="config.yml is not a JSON file, as Kokoro's config is"):
        convert(published, tmp_path / "out", config=tmp_path / "config.yml")


def test_a_checkpoint_without_one_of_the_modules_is_refused(tmp_path):
    content = kokoro_checkpoint(KOKORO_CONFIG)
    del content["bert"]
    path = save(content, tmp_path / "k.pth")
    with pytest.raises(ConversionError, match="k.pth lacks the modules bert"):
        convert(path, tmp_path / "out")
