# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Reading an original checkpoint: files that are none, norms, layouts, configs."""

import json

import pytest
import torch
import yaml
from torch.nn.utils import parametrizations
from torch.nn.utils import spectral_norm as old_spectral_norm

from support.original_format import (
    fill,
    original_checkpoint,
    original_manifest,
    original_plbert_yaml,
    original_yaml,
    save,
    tiny_config,
)
from support.shared_data import shared_path
from transformers_tsukasa.conversion.checkpoint_reading import read_checkpoint, read_module, read_modules
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.norm_folding import fold
from transformers_tsukasa.conversion.source_files import open_source
from transformers_tsukasa.conversion.tsukasa.config_translation import read_yaml, translate_config
from transformers_tsukasa.conversion.tsukasa.source_layout import find_layout
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig, build_config


HIFIGAN = {"generator_type": "hifigan", "upsample_rates": [10, 5, 3, 2], "upsample_kernel_sizes": [20, 10, 6, 4]}


@pytest.mark.parametrize("name", ["manifest_tsukasa.json", "manifest_decoder_hifigan.json"])
def test_the_made_up_format_is_the_recorded_one(name):
    recorded = json.loads(shared_path("parity", name).read_text())
    made_up = original_manifest(TsukasaConfig())
    made_up["decoder_hifigan"] = original_manifest(build_config({"decoder_config": HIFIGAN}))["decoder"]
    for module, entries in recorded.items():
        assert {key: tuple(shape) for key, (shape, _) in entries.items()} == made_up[module]


@pytest.mark.parametrize("zipped", [True, False])
def test_both_formats_of_torch_files_are_read(tmp_path, zipped):
    content = {"net": {"decoder": {"module.weight": torch.arange(6.0)}}, "epoch": 3}
    torch.save(content, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    modules = read_modules(tmp_path / "x.pth")
    assert list(modules) == ["decoder"]
    assert torch.equal(modules["decoder"]["weight"], torch.arange(6.0))


@pytest.mark.parametrize("wrapper", ["net", "model", None])
def test_a_modules_own_file_is_unwrapped(tmp_path, wrapper):
    state = {"module.weight": torch.ones(2)}
    torch.save({wrapper: state, "epoch": 1} if wrapper else state, tmp_path / "x.t7")
    assert list(read_module(tmp_path / "x.t7")) == ["weight"]


def _write_truncated(path, zipped):
    torch.save({"net": {"a": {"weight": torch.randn(5000)}}}, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[:9000])


class NotATensor:
    """Something that a checkpoint must not hold."""


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"<html>Not found</html>" * 50), "no PyTorch checkpoint"),
        (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
        (lambda path: _write_truncated(path, True), "truncated or damaged"),
        (lambda path: _write_truncated(path, False), "truncated"),
        (lambda path: torch.save([1, 2], path), "not a dictionary of tensors"),
        (lambda path: torch.save({"net": {"a": {"w": NotATensor()}}}, path), "NotATensor"),
        (lambda path: torch.save({"net": {}, "epoch": 2}, path), "no Tsukasa checkpoint"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused_in_one_sentence(tmp_path, write, sentence):
    path = tmp_path / "x.pth"
    write(path)
    with pytest.raises(ConversionError) as error:
        read_modules(path)
    assert sentence in str(error.value) and "x.pth" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_damaged_safetensors_file_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(ConversionError, match="not a whole safetensors file"):
        read_checkpoint(tmp_path / "model.safetensors")


def test_weight_norm_folds_as_torch_folds_it():
    conv = torch.nn.ConvTranspose1d(4, 6, 3)
    torch.nn.init.normal_(conv.weight)
    with pytest.warns(FutureWarning):
        old = torch.nn.utils.weight_norm(conv)
    with torch.no_grad():
        old.weight_g.mul_(1.7)
    state = {name: tensor.detach() for name, tensor in old.state_dict().items()}
    old(torch.zeros(1, 4, 5))  # computes the weight
    folded = fold(state)
    assert sorted(folded) == ["bias", "weight"]
    assert torch.equal(folded["weight"].make(), old.weight)
    new = parametrizations.weight_norm(torch.nn.Conv1d(4, 6, 3))
    assert torch.equal(fold(new.state_dict())["weight"].make(), new.weight)


def test_spectral_norm_folds_as_torch_folds_it():
    conv = torch.nn.Conv2d(3, 5, 3)
    old = old_spectral_norm(conv)
    for _ in range(3):
        old(torch.zeros(1, 3, 4, 4))
    state = {name: tensor.detach().clone() for name, tensor in old.state_dict().items()}
    old.eval()(torch.zeros(1, 3, 4, 4))
    assert torch.equal(fold(state)["weight"].make(), old.weight)
    new = parametrizations.spectral_norm(torch.nn.Conv2d(3, 5, 3)).eval()
    assert torch.allclose(fold(new.state_dict())["weight"].make(), new.weight, rtol=1e-6)


def test_folding_keeps_half_precision_and_computes_in_single():
    gain, direction = torch.rand(8, 1, 1).half(), torch.randn(8, 4, 3).half()
    weight = fold({"x.weight_g": gain, "x.weight_v": direction})["x.weight"]
    exact = gain.double() * direction.double() / direction.double().flatten(1).norm(dim=1)[:, None, None]
    assert weight.dtype is torch.float16 and weight.make().dtype is torch.float16
    assert torch.allclose(weight.make().double(), exact, rtol=6e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"x.weight_g": torch.ones(2, 1)}, "x.weight_v is missing"),
        ({"x.weight_v": torch.ones(2, 3)}, "x.weight_v is a piece"),
        ({"x.weight_orig": torch.ones(2, 3), "x.weight_v": torch.ones(3)}, "x.weight_u is missing"),
        ({"x.weight_g": torch.ones(3, 1), "x.weight_v": torch.ones(2, 3)}, r"x.weight_g has shape \(3, 1\)"),
    ],
)
def test_half_a_norm_is_refused(state, sentence):
    with pytest.raises(ConversionError, match=sentence):
        fold(state)


PUBLISHED = [
    "Models/Style_Tsukasa/Top.pth",
    "Models/Style_Tsukasa/config.yml",
    "Configs/other.yml",
    "Utils/ASR/config.yml",
    "Utils/ASR/epoch_00080.pth",
    "Utils/JDC/bst.t7",
    "Utils/PLBERT/config.yml",
    "Utils/PLBERT/step_1000000.t7",
    "Utils/PLBERT/step_950000.t7",
    "Utils/KTD/prompt_enc/checkpoint-900/model.safetensors",
    "Utils/KTD/prompt_enc/checkpoint-1200/config.json",
    "Utils/KTD/prompt_enc/checkpoint-1200/model.safetensors",
    "Utils/KTD/text_enc/checkpoint-30/pytorch_model.bin",
    "reference_sample_wavs/hana.wav",
    "README.md",
]


def test_the_published_layout_is_found():
    layout = find_layout(PUBLISHED)
    assert layout.checkpoint == "Models/Style_Tsukasa/Top.pth"
    assert layout.config == "Models/Style_Tsukasa/config.yml"
    assert layout.auxiliary == {
        "text_aligner": "Utils/ASR/epoch_00080.pth",
        "pitch_extractor": "Utils/JDC/bst.t7",
        "bert": "Utils/PLBERT/step_1000000.t7",
    }
    assert layout.plbert_config == "Utils/PLBERT/config.yml"
    folder = "Utils/KTD/prompt_enc/checkpoint-1200"
    assert layout.kotodama["prompt_enc"] == [f"{folder}/config.json", f"{folder}/model.safetensors"]
    assert layout.kotodama["text_enc"] == ["Utils/KTD/text_enc/checkpoint-30/pytorch_model.bin"]
    assert layout.clips == ["reference_sample_wavs/hana.wav"]


def test_several_checkpoints_want_a_name():
    names = [*PUBLISHED, "Models/Style_Tsukasa/epoch_2.pth"]
    with pytest.raises(ConversionError, match="2 checkpoints.*--checkpoint"):
        find_layout(names)
    assert find_layout(names, "epoch_2.pth").checkpoint == "Models/Style_Tsukasa/epoch_2.pth"
    with pytest.raises(ConversionError, match="names 0 files"):
        find_layout(names, "epoch_3.pth")


def test_a_source_without_checkpoint_is_refused(tmp_path):
    with pytest.raises(ConversionError, match="has no checkpoint"):
        find_layout(["README.md"])
    with pytest.raises(ConversionError, match="no such file or folder"):
        open_source(tmp_path / "nowhere" / "deeper")


def test_a_hub_id_offline_says_so(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConversionError, match="'nobody/nothing'.*cannot be read"):
        open_source("nobody/nothing")


def test_a_checkpoint_inside_a_layout_brings_its_folder(tmp_path):
    path = save({}, tmp_path / "Models" / "Voice" / "a.pth")
    save({}, tmp_path / "Utils" / "JDC" / "bst.t7")
    files, named = open_source(path)
    assert named == "Models/Voice/a.pth" and "Utils/JDC/bst.t7" in files.names
    alone, named = open_source(save({}, tmp_path / "alone" / "b.pth"))
    assert alone.names == ["b.pth"] and named == "b.pth"


def _shapes(config):
    return {
        module: {name: tensor.shape for name, tensor in fold(fill(module, entries)).items()}
        for module, entries in original_manifest(config).items()
    }


def _values(config):
    """What two equal configs have in common, for a message that can be read."""
    return json.loads(config.to_json_string(use_diff=False))


@pytest.mark.parametrize("decoder", [{}, HIFIGAN], ids=["istftnet", "hifigan"])
def test_config_from_shapes_and_file(decoder):
    expected = tiny_config(decoder_config=decoder)
    config, notes = translate_config(_shapes(expected), original_yaml(expected), original_plbert_yaml(expected))
    expected.trailing_samples_cut = 50  # what the original cuts when it speaks, which no file says
    assert _values(config) == _values(expected)
    assert notes == []


def test_single_speaker_config():
    expected = tiny_config(style_diffusion_config={"use_reference": False}, multispeaker=False)
    config, _ = translate_config(_shapes(expected), original_yaml(expected), original_plbert_yaml(expected))
    assert config.multispeaker is False and config.style_diffusion_config.use_reference is False


@pytest.mark.parametrize("decoder", [{}, HIFIGAN], ids=["istftnet", "hifigan"])
def test_config_from_shapes_alone(decoder):
    expected = tiny_config(decoder_config=decoder)
    config, notes = translate_config(_shapes(expected), None, original_plbert_yaml(expected))
    assert _values(config.decoder_config) == _values(expected.decoder_config)
    assert config.sampling_rate == 24000
    assert any("no config.yml" in note for note in notes)


def test_a_file_of_another_checkpoint_is_refused():
    wrong = original_yaml(tiny_config())
    wrong["model_params"]["max_dur"] += 1
    with pytest.raises(ConversionError, match=r"prosody_predictor_config.max_duration = 8, but .* have 7"):
        translate_config(_shapes(tiny_config()), wrong)
    wrong = original_yaml(tiny_config())
    wrong["model_params"]["decoder"]["upsample_rates"] = [6, 10]
    with pytest.raises(ConversionError, match=r"upsample_rates = \[6, 10\]"):
        translate_config(_shapes(tiny_config()), wrong)


@pytest.mark.parametrize("content", ["a: [1", "model: 1", "- 3"])
def test_a_file_that_is_no_config_is_refused(tmp_path, content):
    (tmp_path / "config.yml").write_text(content)
    with pytest.raises(ConversionError, match="config.yml"):
        read_yaml(tmp_path / "config.yml")


def test_a_config_file_is_read_back(tmp_path):
    (tmp_path / "config.yml").write_text(yaml.safe_dump(original_yaml(tiny_config())))
    assert read_yaml(tmp_path / "config.yml") == original_yaml(tiny_config())


def test_original_checkpoint_is_read_whole(tmp_path):
    content = original_checkpoint(tiny_config())
    modules = read_modules(save(content, tmp_path / "x.pth"))
    assert {name: list(state) for name, state in modules.items()} == {
        name: list(state) for name, state in content["net"].items()
    }
