# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Saving into a folder that holds a model leaves nothing of that one, and files that everybody may read."""

import os
import stat

import pytest
import torch
from transformers import AutoFeatureExtractor, AutoProcessor

from support.tiny import tiny_config, tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import (
    TRAINING_FOLDERS,
    TsukasaModelForConditionalGeneration,
)
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.text import UserDictionary


def processor(**options):
    return TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer(), **options)


def weights(folder):
    return TsukasaModelForConditionalGeneration.from_pretrained(folder).plbert_projection.weight


def test_a_user_dictionary_that_was_taken_away_stays_away(tmp_path):
    mine = processor()
    mine.tokenizer.user_dictionary = UserDictionary.from_lines(["推し活,オシカーツ"])
    mine.save_pretrained(tmp_path)
    assert TsukasaProcessor.from_pretrained(tmp_path).tokenizer.user_dictionary is not None
    again = TsukasaProcessor.from_pretrained(tmp_path)
    again.tokenizer.user_dictionary = None
    again.save_pretrained(tmp_path)
    assert TsukasaProcessor.from_pretrained(tmp_path).tokenizer.user_dictionary is None
    mine.tokenizer.save_pretrained(tmp_path)
    TsukasaTokenizer().save_pretrained(tmp_path)
    assert TsukasaTokenizer.from_pretrained(tmp_path).user_dictionary is None


def test_further_settings_of_an_earlier_processor_are_removed(tmp_path):
    mine = processor(chat_template={"default": "{{ messages }}", "shout": "{{ messages | upper }}"})
    mine.tokenizer.add_tokens(["<laugh>"])
    mine.save_pretrained(tmp_path)
    TsukasaFeatureExtractor(trim_top_db=20.0).save_pretrained(tmp_path)
    (tmp_path / "prompt_tokenizer").mkdir()
    (tmp_path / "prompt_tokenizer" / "tokenizer_config.json").write_text("{}")
    plain = processor()
    plain.save_pretrained(tmp_path)
    again = TsukasaProcessor.from_pretrained(tmp_path)
    assert again.chat_template == plain.chat_template
    assert again.tokenizer.get_vocab() == plain.tokenizer.get_vocab()
    assert again.prompt_tokenizer is None
    assert again.feature_extractor.trim_top_db == 30.0
    assert AutoFeatureExtractor.from_pretrained(tmp_path).trim_top_db == 30.0
    plain.save_pretrained(tmp_path / "fresh")
    names = {path.name for path in (tmp_path / "fresh").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} - {"fresh"} == names


def test_a_feature_extractor_takes_the_place_of_that_of_a_processor(tmp_path):
    TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer(add_suffix_pad=True)).save_pretrained(tmp_path)
    TsukasaFeatureExtractor(trim_top_db=50.0).save_pretrained(tmp_path)
    loaded = AutoProcessor.from_pretrained(tmp_path)
    assert loaded.feature_extractor.trim_top_db == 50.0
    assert loaded.tokenizer.add_suffix_pad
    loaded.save_pretrained(tmp_path)
    assert TsukasaFeatureExtractor.from_pretrained(tmp_path).trim_top_db == 50.0


def test_voices_of_an_earlier_model_are_removed(tmp_path):
    spoken = tiny_model()
    spoken.voices.add("mei", torch.ones(2 * spoken.config.style_dim))
    spoken.save_pretrained(tmp_path)
    tiny_model().save_pretrained(tmp_path)
    assert len(TsukasaModelForConditionalGeneration.from_pretrained(tmp_path).voices) == 0


@pytest.mark.parametrize("sizes", [("200KB", "5GB"), ("5GB", "200KB"), ("100KB", "200KB")])
def test_weights_of_an_earlier_model_are_never_loaded(tmp_path, sizes):
    old, new = tiny_model(seed=1), tiny_model(seed=2)
    old.save_pretrained(tmp_path, max_shard_size=sizes[0])
    new.save_pretrained(tmp_path, max_shard_size=sizes[1])
    assert torch.equal(weights(tmp_path), new.plbert_projection.weight)
    new.save_pretrained(tmp_path / "fresh", max_shard_size=sizes[1])
    names = {path.name for path in (tmp_path / "fresh").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} - {"fresh"} == names


def test_networks_that_trained_an_earlier_model_are_removed_and_those_of_the_same_stay(tmp_path, caplog):
    tiny_model().save_pretrained(tmp_path)
    for name in TRAINING_FOLDERS:
        TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / name)
    TsukasaModelForConditionalGeneration.from_pretrained(tmp_path).save_pretrained(tmp_path)
    assert all((tmp_path / name).is_dir() for name in TRAINING_FOLDERS)
    tiny_model(seed=1).save_pretrained(tmp_path)
    assert not any((tmp_path / name).exists() for name in TRAINING_FOLDERS)
    assert "belonged to the model that was here before" in caplog.text


def test_generation_options_of_an_earlier_model_are_replaced(tmp_path):
    slow = tiny_model()
    slow.generation_config.speaking_rate = 0.5
    slow.save_pretrained(tmp_path)
    tiny_model().save_pretrained(tmp_path)
    assert TsukasaModelForConditionalGeneration.from_pretrained(tmp_path).generation_config.speaking_rate == 1.0


def test_files_have_the_permissions_of_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        tiny_model().save_pretrained(tmp_path, max_shard_size="200KB")
        TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "text_aligner")
        processor().save_pretrained(tmp_path)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert set(modes.values()) == {0o640}, modes


@pytest.mark.parametrize("make", [tiny_model, processor, TsukasaTokenizer, TsukasaFeatureExtractor, tiny_config])
def test_a_file_in_place_of_the_folder_is_an_error(make, tmp_path):
    (tmp_path / "model").write_text("a note")
    with pytest.raises(NotADirectoryError, match="it is a file"):
        make().save_pretrained(tmp_path / "model")
    assert (tmp_path / "model").read_text() == "a note"


@pytest.mark.parametrize("load", [TsukasaTokenizer, TsukasaProcessor, AutoProcessor])
def test_a_tokenizer_that_the_model_does_not_understand_is_refused(load, tmp_path):
    model = tiny_model(config=tiny_config(text_profile="clean", text_accent=True))
    model.save_pretrained(tmp_path)
    TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer.from_config(model.config)).save_pretrained(tmp_path)
    load.from_pretrained(tmp_path)
    processor().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"profile 'legacy' .* learned profile 'clean' with accent=True"):
        load.from_pretrained(tmp_path)
