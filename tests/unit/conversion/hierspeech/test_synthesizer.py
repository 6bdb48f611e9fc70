# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published synthesizer: names and shapes of the full size, and a small one converted."""

import json

import pytest
import torch

from support.hierspeech_toys import (
    SIZES,
    hierspeech_inputs,
    published_hierspeech,
    tiny_hierspeech,
    tiny_training_parts,
)
from support.shared_data import recorded_path
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.hierspeech.synthesizer import SYNTHESIZERS
from transformers_tsukasa.conversion.network_writing import check_fills
from transformers_tsukasa.conversion.norm_folding import fold
from transformers_tsukasa.conversion.single_network import as_linear
from transformers_tsukasa.conversion.translation import translate_module
from transformers_tsukasa.models.hierspeech.configuration_hierspeech import HierSpeechConfig
from transformers_tsukasa.models.hierspeech.modeling_hierspeech import HierSpeechForVoiceConversion
from transformers_tsukasa.models.hierspeech.training_parts import HierSpeechTrainingParts


PUBLISHED = {"num_wavenet_layers": 8, "num_couplings": 4, "num_coupling_blocks": 3}


@pytest.fixture(scope="module")
def manifest():
    return json.loads(recorded_path("hierspeech", "manifest_hierspeech.json").read_text())["synthesizer"]


@pytest.fixture
def state(manifest):
    return published_hierspeech(
        tiny_hierspeech(num_wavenet_layers=8, num_couplings=4, num_coupling_blocks=3), manifest
    )


def test_the_published_tensors_fill_the_model(manifest):
    network = SYNTHESIZERS[0]
    stored = {name: torch.empty(shape, device="meta") for name, (shape, _) in manifest.items()}
    folded = fold(stored)
    config = network.configure({name: tensor.shape for name, tensor in folded.items()}, None)
    default = HierSpeechConfig()
    assert {name: getattr(config, name) for name in vars(default) if not name.startswith("_")} == {
        name: value for name, value in vars(default).items() if not name.startswith("_")
    }
    translated = translate_module("synthesizer", stored, folded, network.place)
    with torch.device("meta"):
        model = HierSpeechForVoiceConversion(config)
        parts = HierSpeechTrainingParts(config)
    check_fills(model, translated.tensors)
    part = network.training_part
    moved = {name: as_linear(name, folded[name], part.pointwise) for name in translated.dropped[part.reason]}
    check_fills(parts, translate_module("synthesizer", stored, moved, part.place).tensors)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_checkpoint_is_converted(state, wrapped, tmp_path):
    model = tiny_hierspeech(**PUBLISHED)
    torch.save({"model": state, "iteration": 1, "optimizer": {}} if wrapped else state, tmp_path / "G.pth")
    report = convert(tmp_path / "G.pth", tmp_path / "out").table()
    assert "only training needs them" in report and "do not pass them on" in report
    converted = HierSpeechForVoiceConversion.from_pretrained(tmp_path / "out").eval()
    assert converted.config.feature_size == SIZES["feature_size"]
    inputs = hierspeech_inputs(4)
    with torch.inference_mode():
        assert torch.allclose(converted(**inputs, seed=0).waveform, model(**inputs, seed=0).waveform, atol=1e-5)


def test_parts_of_training_get_a_folder(manifest, tmp_path):
    parts = tiny_training_parts()
    state = published_hierspeech(tiny_hierspeech(**PUBLISHED), manifest, parts)
    torch.save(state, tmp_path / "G.pth")
    report = convert(tmp_path / "G.pth", tmp_path / "out", for_training=True)
    assert [row.place for row in report.rows] == ["HierSpeechForVoiceConversion", "training_parts/"]
    assert "only training" not in report.table()
    converted = HierSpeechTrainingParts.from_pretrained(tmp_path / "out" / "training_parts").eval()
    waveform, spectrum, speaker = torch.randn(1, 1280), torch.rand(1, 4, 641), torch.randn(1, 8)
    latent, mask = torch.randn(1, 4, 8), torch.ones(1, 4, 1)
    with torch.inference_mode():
        for ours, theirs in zip(
            converted(waveform, spectrum, speaker), parts(waveform, spectrum, speaker), strict=True
        ):
            assert ours.shape == (1, 4, 8) and torch.allclose(ours, theirs, atol=1e-5)
        prosody = converted.prosody_decoder(latent, speaker, mask)
        assert prosody.shape == (1, 4, 20)
        assert torch.allclose(prosody, parts.prosody_decoder(latent, speaker, mask), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.pop("flow.flows.2.post.bias"), "1 tensors are missing"),
        (lambda state: state.update({"sn.more.weight": torch.ones(1)}), "no place"),
        (lambda state: state.update({"other.weight": torch.ones(1)}), "unknown names"),
        (lambda state: state.pop("sn.conv_pre.weight_v"), "piece of a normed weight"),
        (lambda state: state.pop("emb.weight"), "not those of HierSpeech"),
    ],
)
def test_foreign_tensors_are_refused(state, change, sentence, tmp_path):
    change(state)
    torch.save(state, tmp_path / "G.pth")
    with pytest.raises(ConversionError, match=sentence):
        convert(tmp_path / "G.pth", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_plain_state_dict_of_something_else_is_refused(tmp_path):
    torch.save({"weight": torch.ones(2)}, tmp_path / "model.pth")
    with pytest.raises(ConversionError, match="no published system"):
        convert(tmp_path / "model.pth", tmp_path / "out")
