# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A folder is loaded when it holds what is asked for, and all of it; otherwise one sentence states what is wrong."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AlbertConfig, AlbertModel, AutoModel

from support.tiny import tiny_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.strict_loading import load_complete
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import (
    TsukasaPitchExtractorConfig,
    TsukasaTextAlignerConfig,
)
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


WEIGHTS = "model.safetensors"


@pytest.fixture
def voice(tmp_path):
    folder = tmp_path / "voice"
    tiny_model().save_pretrained(folder)
    return folder


@pytest.fixture
def aligner(voice):
    model = TsukasaTextAligner(TsukasaTextAlignerConfig(hidden_size=16, attention_size=16, num_hidden_layers=1))
    model.save_pretrained(voice / "text_aligner")
    return voice / "text_aligner"


def rewrite(folder, change):
    weights = load_file(folder / WEIGHTS)
    change(weights)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


def test_another_kind_of_model_is_refused_and_the_right_one_is_pointed_at(voice, aligner):
    with pytest.raises(ValueError, match="type 'tsukasa', but 'tsukasa_text_aligner' is needed.*is in '.*text_al"):
        TsukasaTextAligner.from_pretrained(voice)
    with pytest.raises(ValueError, match="type 'tsukasa_text_aligner', but 'tsukasa' is needed"):
        TsukasaModelForConditionalGeneration.from_pretrained(aligner)
    with pytest.raises(ValueError, match="'tsukasa_pitch_extractor' is needed"):
        TsukasaPitchExtractor.from_pretrained(aligner)
    with pytest.raises(ValueError, match="'albert' is needed"):
        load_complete(AlbertModel, aligner)


@pytest.mark.parametrize("load", [TsukasaModelForConditionalGeneration.from_pretrained, AutoModel.from_pretrained])
def test_missing_weights_are_never_made_up(voice, load):
    def drop(weights):
        for name in [name for name in weights if name.startswith("decoder.")]:
            del weights[name]

    rewrite(voice, drop)
    with pytest.raises(ValueError, match=r"do not fill the model.*are missing, among them decoder\."):
        load(voice)


def test_weights_without_a_place_and_of_another_shape_are_refused(aligner):
    complete = load_file(aligner / WEIGHTS)
    rewrite(aligner, lambda weights: weights.update(more=torch.zeros(2)))
    with pytest.raises(ValueError, match="1 do not belong to it, among them more"):
        TsukasaTextAligner.from_pretrained(aligner)
    save_file({**complete, "ctc_head.bias": torch.zeros(3)}, aligner / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises((ValueError, RuntimeError), match="ctc_head|ignore_mismatched_sizes"):
        TsukasaTextAligner.from_pretrained(aligner)
    assert TsukasaTextAligner.from_pretrained(aligner, ignore_mismatched_sizes=True).ctc_head.bias.shape[0] > 3


def test_a_damaged_file_is_named(aligner):
    content = (aligner / WEIGHTS).read_bytes()
    (aligner / WEIGHTS).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="text_aligner' cannot be read: it is damaged .*; copy it or make it again"):
        TsukasaTextAligner.from_pretrained(aligner)


def test_a_folder_without_a_model_is_refused(tmp_path, voice):
    with pytest.raises(OSError, match="there is no folder 'no/such/folder'.*from the hub"):
        TsukasaTextAligner.from_pretrained("no/such/folder", local_files_only=True)
    run = tmp_path / "run"
    (run / "final").mkdir(parents=True)
    (run / "final" / "config.json").write_text(json.dumps({"model_type": "tsukasa"}))
    with pytest.raises(FileNotFoundError, match="holds no model.*its finished run is in '.*final'"):
        TsukasaModelForConditionalGeneration.from_pretrained(run)


def test_a_complete_model_loads_with_and_without_loading_info(aligner, tmp_path):
    model, about = TsukasaTextAligner.from_pretrained(aligner, output_loading_info=True)
    assert not about["missing_keys"]
    again = TsukasaTextAligner.from_pretrained(aligner, config=TsukasaTextAlignerConfig.from_pretrained(aligner))
    torch.testing.assert_close(again.state_dict(), model.state_dict())
    albert = AlbertModel(AlbertConfig(vocab_size=9, embedding_size=4, hidden_size=8, num_attention_heads=2))
    albert.save_pretrained(tmp_path / "plbert")
    torch.testing.assert_close(load_complete(AlbertModel, tmp_path / "plbert").state_dict(), albert.state_dict())


def test_commands_refuse_what_cannot_speak(tmp_path, voice, aligner, capsys):
    (tmp_path / "list.csv").write_text("audio,text\na.wav,あ\n", encoding="utf-8")
    extractor = TsukasaPitchExtractor(TsukasaPitchExtractorConfig())
    extractor.save_pretrained(tmp_path / "pitch")
    for arguments, words in (
        (["say", "あ", "--model", str(aligner), "-o", str(tmp_path / "a.wav")], "type 'tsukasa_text_aligner'"),
        (["say", "あ", "--model", str(voice), "-o", str(tmp_path / "a.wav")], "without its processor"),
        (["voices", "--model", str(tmp_path / "pitch")], "type 'tsukasa_pitch_extractor'"),
        (["prepare", str(tmp_path), str(tmp_path / "c"), "--config", str(aligner)], "type 'tsukasa_text_aligner'"),
    ):
        assert main(arguments) == 1
        assert words in capsys.readouterr().err
    assert not (tmp_path / "a.wav").exists() and not (tmp_path / "c").exists()
