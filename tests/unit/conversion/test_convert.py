# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa convert` from end to end, on tiny checkpoints in the original's own format."""

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
import yaml
from filelock import FileLock
from safetensors.torch import save_file
from transformers import AutoModel, AutoProcessor, DebertaV2Config, DebertaV2Model, DistilBertConfig, DistilBertModel

from support.original_format import original_checkpoint, original_yaml, save, tiny_config
from support.published import CHECKPOINT, CONFIG, checkpoint_copy, publish
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.norm_folding import fold
from transformers_tsukasa.conversion.source import Checkpoint
from transformers_tsukasa.conversion.tsukasa.source import TsukasaSource
from transformers_tsukasa.conversion.voices import given_voices
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


TRAINING_ONLY = ("text_aligner", "pitch_extractor", "mpd", "msd", "wd")


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return TsukasaModelForConditionalGeneration.from_pretrained(folder).state_dict()


def _assert_same_weights(first: dict, second: dict) -> None:
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []


@pytest.fixture(scope="module", autouse=True)
def unchanged_checkpoint():
    """The tests of this file share a checkpoint, and change only copies of it."""
    yield
    again = original_checkpoint(CONFIG)
    assert CHECKPOINT.keys() == again.keys() and CHECKPOINT["net"].keys() == again["net"].keys()
    for module, state in again["net"].items():
        _assert_same_weights(CHECKPOINT["net"][module], state)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("published"), CHECKPOINT)


@pytest.fixture(scope="module")
def converted(published, tmp_path_factory):
    """The published folder converted for training, and the report."""
    folder = tmp_path_factory.mktemp("converted") / "model"
    return folder, convert(published, folder, for_training=True)


def test_every_value_has_a_place(converted):
    folder, report = converted
    model = TsukasaModelForConditionalGeneration.from_pretrained(folder)
    rows = {row.module: row for row in report.rows}
    assert set(rows) == set(CHECKPOINT["net"])
    assert all(row.tensors == len(CHECKPOINT["net"][name]) for name, row in rows.items())
    # Norms are folded, and the diffusion network is stored twice.
    kept = {name: fold(state) for name, state in CHECKPOINT["net"].items() if name not in TRAINING_ONLY}
    values = {name: sum(torch.Size(t.shape).numel() for t in tensors.values()) for name, tensors in kept.items()}
    values["diffusion"] //= 2
    assert sum(values.values()) == sum(parameter.numel() for parameter in model.state_dict().values())
    assert "total" in report.table() and "twice" in report.table()


def test_the_card_carries_on_licence_and_credits_of_the_source(published, tmp_path):
    source = shutil.copytree(published, tmp_path / "weights-of-hanako")
    (source / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\nRecorded by Hanako.\n", encoding="utf-8")
    convert(source, tmp_path / "model")
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---")[1])["license"] == "cc-by-nc-4.0"
    assert "| weights | weights-of-hanako | cc-by-nc-4.0 |" in card and "> Recorded by Hanako." in card
    assert str(tmp_path) not in card
    (tmp_path / "model" / "README.md").write_text("Mine.\n", encoding="utf-8")
    convert(source, tmp_path / "model", overwrite=True)
    assert (tmp_path / "model" / "README.md").read_text(encoding="utf-8") == "Mine.\n"


def test_weights_are_folded(converted):
    weights, net = _weights(converted[0]), CHECKPOINT["net"]
    assert torch.equal(weights["plbert.pooler.weight"], net["bert"]["pooler.weight"])
    gain, direction = (net["decoder"][f"encode.conv1.weight_{end}"] for end in "gv")
    expected = gain * direction / direction.flatten(1).norm(dim=1)[:, None, None]
    torch.testing.assert_close(weights["decoder.input_block.conv1.weight"], expected, rtol=1e-6, atol=1e-8)
    state = net["style_encoder"]
    sigma = state["shared.0.weight_u"] @ state["shared.0.weight_orig"].flatten(1) @ state["shared.0.weight_v"]
    expected = state["shared.0.weight_orig"] / sigma
    torch.testing.assert_close(weights["acoustic_style_encoder.conv_in.weight"], expected, rtol=1e-5, atol=1e-7)
    assert "prosodic_style_encoder.conv_in.weight" in weights


def test_the_folder_speaks_through_the_auto_classes(converted):
    folder, _ = converted
    model, processor = AutoModel.from_pretrained(folder).eval(), AutoProcessor.from_pretrained(folder)
    assert processor.feature_extractor.sampling_rate == CONFIG.sampling_rate
    inputs = processor(text="a, b.", phonemize=False, return_tensors="pt")
    speech = model.generate(**inputs, style_vector=torch.zeros(2 * CONFIG.style_dim), seed=0)
    assert torch.isfinite(speech.waveform).all() and speech.waveform.abs().max() > 0


def test_training_parts_load_from_their_folders(converted):
    folder, _ = converted
    aligner = TsukasaTextAligner.from_pretrained(folder / "text_aligner").state_dict()
    expected = CHECKPOINT["net"]["text_aligner"]["to_mfcc.dct_mat"]
    assert torch.equal(aligner["cosine_transform"], expected)
    pitch = TsukasaPitchExtractor.from_pretrained(folder / "pitch_extractor").state_dict()
    assert torch.equal(pitch["pitch_head.weight"], CHECKPOINT["net"]["pitch_extractor"]["classifier.weight"])
    discriminators = TsukasaDiscriminators.from_pretrained(folder / "discriminators").state_dict()
    assert torch.equal(discriminators["speech_language_model.conv_in.bias"], CHECKPOINT["net"]["wd"]["pre.bias"])


def test_without_for_training_they_are_dropped_by_name(published, tmp_path):
    report = convert(published, tmp_path / "out")
    dropped = {row.module for row in report.rows if row.place == "dropped"}
    assert dropped == set(TRAINING_ONLY)
    assert not (tmp_path / "out" / "discriminators").exists()


def test_prefixes_of_parallel_runs_make_no_difference(converted, tmp_path):
    content = checkpoint_copy()
    content["net"] = {
        name: {f"module.{key}": value for key, value in state.items()} for name, state in content["net"].items()
    }
    convert(publish(tmp_path / "source", content), tmp_path / "out")
    _assert_same_weights(_weights(tmp_path / "out"), _weights(converted[0]))


def test_auxiliary_files_are_used_where_the_checkpoint_lacks_their_modules(converted, tmp_path):
    net = CHECKPOINT["net"]
    source = publish(tmp_path / "source", checkpoint_copy({*net} - {"bert", "text_aligner", "pitch_extractor"}))
    plbert = {f"module.encoder.{key}": value for key, value in net["bert"].items()}
    plbert["module.encoder.embeddings.position_ids"] = torch.arange(64)[None]
    plbert["module.mask_predictor.weight"] = torch.zeros(3, 3)
    save({"net": plbert, "step": 7}, source / "Utils" / "PLBERT" / "step_7.t7")
    save({"model": net["text_aligner"]}, source / "Utils" / "ASR" / "epoch_1.pth")
    save({"net": net["pitch_extractor"]}, source / "Utils" / "JDC" / "bst.t7")
    report = convert(source, tmp_path / "out", for_training=True)
    _assert_same_weights(_weights(tmp_path / "out"), _weights(converted[0]))
    rows = {row.module: " ".join(row.notes) for row in report.rows}
    assert "step_7.t7" in rows["bert"] and "mask_predictor" in rows["bert"] and "position_ids" in rows["bert"]
    assert "epoch_1.pth" in rows["text_aligner"] and "bst.t7" in rows["pitch_extractor"]
    assert any("discriminators" in note for note in report.notes) is False


def test_a_single_file_is_converted_by_its_tensors(converted, tmp_path):
    bert = {"num_attention_heads": 1, "num_hidden_layers": 12}
    path = save(CHECKPOINT, tmp_path / "alone.pth")
    report = convert(path, tmp_path / "out")
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "out")
    assert {name: getattr(model.config.plbert_config, name) for name in bert} == bert
    assert any("no config.yml" in note for note in report.notes)
    _assert_same_weights(model.state_dict(), _weights(converted[0]))
    (tmp_path / "other.yml").write_text(yaml.safe_dump(original_yaml(CONFIG)))
    convert(path, tmp_path / "with_config", config=tmp_path / "other.yml")
    config = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "with_config").config
    assert config.style_diffusion_config.sigma_data == 0.3


def test_the_other_generator_is_recognised(tmp_path):
    config = tiny_config(
        decoder_config={
            "generator_type": "hifigan",
            "upsample_rates": [10, 5, 3, 2],
            "upsample_kernel_sizes": [20, 10, 6, 4],
        }
    )
    convert(publish(tmp_path / "source", original_checkpoint(config), config), tmp_path / "out")
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "out")
    assert model.config.decoder_config.generator_type == "hifigan"


def test_a_single_speaker_checkpoint_is_converted(tmp_path):
    config = tiny_config(style_diffusion_config={"use_reference": False}, multispeaker=False)
    convert(publish(tmp_path / "source", original_checkpoint(config), config), tmp_path / "out")
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "out")
    assert model.config.multispeaker is False


def test_tensors_of_one_storage_are_written_separately(converted, tmp_path):
    content = checkpoint_copy()
    lstm = {key: value for key, value in content["net"]["predictor"].items() if "text_encoder.lstms.0." in key}
    flat = torch.cat([value.flatten() for value in lstm.values()])
    for (key, value), piece in zip(lstm.items(), flat.split([v.numel() for v in lstm.values()]), strict=True):
        content["net"]["predictor"][key] = piece.view(value.shape)
    convert(publish(tmp_path / "source", content), tmp_path / "out")
    _assert_same_weights(_weights(tmp_path / "out"), _weights(converted[0]))


def test_the_later_of_two_different_copies_is_used_and_reported(tmp_path):
    content = checkpoint_copy()
    key = "to_mapping.0.bias"
    content["net"]["diffusion"][f"diffusion.net.{key}"] = torch.ones_like(content["net"]["diffusion"][f"unet.{key}"])
    report = convert(publish(tmp_path / "source", content), tmp_path / "out")
    used = _weights(tmp_path / "out")["style_diffusion.denoiser.mapping_in.bias"]
    assert torch.equal(used, CHECKPOINT["net"]["diffusion"][f"unet.{key}"])
    notes = " ".join(next(row.notes for row in report.rows if row.module == "diffusion"))
    assert f"differs from its twin, which is the one that the original ends up with): diffusion.net.{key}" in notes


def test_types_are_kept_or_changed_on_request(published, tmp_path):
    content = checkpoint_copy()
    content["net"] = {
        name: {k: v.bfloat16() if v.is_floating_point() else v for k, v in state.items()}
        for name, state in content["net"].items()
    }
    convert(publish(tmp_path / "source", content), tmp_path / "kept")
    assert json.loads((tmp_path / "kept" / "config.json").read_text())["dtype"] == "bfloat16"
    convert(published, tmp_path / "changed", dtype=torch.float16)
    assert json.loads((tmp_path / "changed" / "config.json").read_text())["dtype"] == "float16"
    weights = _weights(tmp_path / "changed")
    assert weights["plbert.pooler.weight"].dtype is torch.float16
    gates = [name for name in weights if "input_gate" in name]
    assert gates and all(weights[name].dtype is torch.float32 for name in gates)


def _drop(module, key):
    return lambda net: net[module].pop(key)


def _set(module, key, value):
    return lambda net: net[module].update({key: value})


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda net: net.pop("bert"), "lacks the modules bert.*Utils/PLBERT"),
        (lambda net: net.update(extra={"weight": torch.ones(1)}), "unknown names: extra.*`ignore`"),
        (_drop("bert", "pooler.bias"), "1 tensors are missing: plbert.pooler.bias"),
        (_set("decoder", "generator.surprise", torch.ones(1)), "decoder.*unknown names: generator.surprise"),
        (_set("bert_encoder", "bias", torch.ones(5)), r"wrong shape: plbert_projection.bias is \(5,\) instead of"),
        (_set("text_encoder", "lstm.post_blocks_norm.weight", torch.full((8,), torch.nan)), "holds NaN or infinity"),
        (_drop("text_encoder", "embedding.weight"), "text_encoder.*no tensor 'embedding.weight'"),
        (_drop("decoder", "encode.conv1.weight_g"), "decoder.*weight_v is a piece"),
        (lambda net: net["decoder"].clear(), "lacks the modules decoder"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_and_nothing_is_written(tmp_path, spoil, sentence):
    content = checkpoint_copy()
    spoil(content["net"])
    source = publish(tmp_path / "source", content)
    with pytest.raises(ConversionError, match=sentence) as error:
        convert(source, tmp_path / "out")
    assert "\n" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_an_unknown_module_can_be_left_out(converted, tmp_path):
    content = checkpoint_copy()
    content["net"]["extra"] = {"weight": torch.ones(3)}
    report = convert(publish(tmp_path / "source", content), tmp_path / "out", ignore=("extra",))
    assert next(row.place for row in report.rows if row.module == "extra") == "dropped"
    _assert_same_weights(_weights(tmp_path / "out"), _weights(converted[0]))


def test_a_folder_with_files_is_kept_unless_told(published, tmp_path):
    output = tmp_path / "out"
    output.mkdir()
    (output / "precious.txt").write_text("mine")
    with pytest.raises(ConversionError, match="not empty.*`overwrite=True`"):
        convert(published, output)
    with pytest.raises(ConversionError, match="has no checkpoint"):
        convert(tmp_path / "out", output, overwrite=True)
    assert (output / "precious.txt").read_text() == "mine"
    convert(published, output, overwrite=True)
    assert not (output / "precious.txt").exists() and (output / "config.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConversionError, match="is a file"):
        convert(published, tmp_path / "file")


def _clip(path: Path, seconds: float, frequency: float = 220.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(16000 * seconds)) / 16000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * frequency * times), 16000)
    return path


def test_clips_of_the_source_become_voices(tmp_path):
    source = publish(tmp_path / "source", CHECKPOINT)
    _clip(source / "reference_sample_wavs" / "hana.wav", 1.5)
    _clip(source / "reference_sample_wavs" / "taro.wav", 1.5, frequency=110.0)
    (source / "reference_sample_wavs" / "broken.wav").write_bytes(b"RIFF")
    report = convert(source, tmp_path / "out")
    assert report.voices == ["hana", "taro"]
    assert any("broken.wav" in note for note in report.notes)
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "out")
    assert list(model.voices) == ["hana", "taro"]
    processor = AutoProcessor.from_pretrained(tmp_path / "out")
    clip = source / "reference_sample_wavs" / "hana.wav"
    features = processor(text="a", audio=str(clip), phonemize=False, return_tensors="pt")["input_features"]
    with torch.inference_mode():
        torch.testing.assert_close(model.voices["hana"], model.eval().encode_reference(features)[0])


def test_voices_are_made_from_a_given_folder(published, tmp_path):
    _clip(tmp_path / "clips" / "mine.wav", 1.5)
    assert convert(published, tmp_path / "out", voices=tmp_path / "clips").voices == ["mine"]
    _clip(tmp_path / "clips" / "again" / "mine.wav", 1.5)
    with pytest.raises(ConversionError, match="both be the voice 'mine'"):
        convert(published, tmp_path / "out2", voices=tmp_path / "clips")
    with pytest.raises(ConversionError, match="no such folder of clips"):
        convert(published, tmp_path / "out2", voices=tmp_path / "nowhere")
    assert not (tmp_path / "out2").exists()


def _kotodama(folder: Path, backbone: torch.nn.Module, with_config: bool = True) -> dict[str, torch.Tensor]:
    """A Trainer checkpoint of an encoder, as the original saves it."""
    generator = torch.Generator().manual_seed(0)
    width = backbone.config.hidden_size
    state = {f"backbone.{name}": value.clone() for name, value in backbone.state_dict().items()}
    for name, shape in (("0", (6, width)), ("2", (2 * CONFIG.style_dim, 6))):
        state[f"output.{name}.weight"] = torch.randn(shape, generator=generator)
        state[f"output.{name}.bias"] = torch.randn(shape[0], generator=generator)
    folder.mkdir(parents=True)
    save_file(state, folder / "model.safetensors")
    if with_config:
        backbone.config.save_pretrained(folder)
    (folder / "optimizer.pt").write_bytes(b"not read")
    return state


def _kotodama_style(backbone, state, ids):
    first = backbone(input_ids=ids).last_hidden_state[:, 0]
    hidden = first @ state["output.0.weight"].T + state["output.0.bias"]
    return torch.nn.functional.leaky_relu(hidden, 0.2) @ state["output.2.weight"].T + state["output.2.bias"]


@torch.no_grad()
@pytest.mark.parametrize("with_config", [True, False])
def test_kotodama_encoders_are_converted(tmp_path, with_config):
    source = publish(tmp_path / "source", CHECKPOINT)
    deberta = DebertaV2Model(
        DebertaV2Config(
            vocab_size=40,
            hidden_size=64,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=1,
            relative_attention=True,
            position_buckets=16,
            pos_att_type=["p2c", "c2p"],
            share_att_key=True,
            norm_rel_ebd="layer_norm",
            position_biased_input=False,
            type_vocab_size=0,
        )
    ).eval()
    distilbert = DistilBertModel(
        DistilBertConfig(
            vocab_size=30,
            dim=64,
            hidden_dim=32,
            n_layers=2,
            n_heads=1,
            max_position_embeddings=20,
            sinusoidal_pos_embds=True,
        )
    ).eval()
    prompt = _kotodama(source / "Utils" / "KTD" / "prompt_enc" / "checkpoint-9", deberta, with_config)
    text = _kotodama(source / "Utils" / "KTD" / "text_enc" / "checkpoint-9", distilbert, with_config)
    report = convert(source, tmp_path / "out")
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "out").eval()
    ids = torch.tensor([[1, 5, 9, 2]])
    torch.testing.assert_close(model.prompt_encoder(ids), _kotodama_style(deberta, prompt, ids))
    torch.testing.assert_close(model.text_sampler(ids), _kotodama_style(distilbert, text, ids))
    assert any("spm.model" in note for note in report.notes)


def test_the_command_prints_a_report(published, tmp_path, capsys):
    assert main(["convert", str(published), str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "text_encoder" in printed and "only training needs it" in printed
    assert main(["convert", str(published), str(tmp_path / "out")]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_the_command_refuses_a_truncated_checkpoint_in_one_sentence(tmp_path, capsys):
    path = save(CHECKPOINT, tmp_path / "x.pth")
    path.write_bytes(path.read_bytes()[:100_000])
    assert main(["convert", str(path), str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err.strip()
    assert "truncated or damaged" in error and "\n" not in error
    assert not (tmp_path / "out").exists()


_MEASURE = """
import resource, sys
import transformers_tsukasa.conversion.convert as conversion
if len(sys.argv) > 1:
    conversion.convert(sys.argv[1], sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.slow
def test_memory_stays_under_twice_the_checkpoint(tmp_path):
    large = tiny_config(
        decoder_config={"hidden_size": 640, "output_size": 512, "upsample_initial_channel": 512},
        prosody_predictor_config={"hidden_size": 256},
        text_encoder_config={"hidden_size": 256},
    )
    speaking = [name for name in CHECKPOINT["net"] if name not in TRAINING_ONLY]
    source = publish(tmp_path / "source", original_checkpoint(large, speaking), large)
    size = (source / "Models" / "Tiny" / "tiny.pth").stat().st_size
    assert size > 80e6

    def peak(*arguments):
        command = [sys.executable, "-c", _MEASURE, *map(str, arguments)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])

    assert peak(source, tmp_path / "out") - peak() < 2 * size


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_source_is_only_read(tmp_path):
    source = publish(tmp_path / "source", checkpoint_copy())
    before = _contents(source)
    convert(source, tmp_path / "out", for_training=True, dtype=torch.float16)
    assert _contents(source) == before


def test_a_checkpoint_of_another_system_is_refused_by_name(tmp_path):
    content = checkpoint_copy()
    for module in ("text_encoder", "predictor"):  # neither the xLSTM of Tsukasa nor the LSTM of StyleTTS 2 and Kokoro
        state = content["net"][module]
        content["net"][module] = {key: value for key, value in state.items() if not key.startswith("lstm.")}
    sentence = (
        r"tiny.pth belongs to no published system that can be converted \(Tsukasa, StyleTTS 2, Kokoro, SpeechSR, "
    )
    with pytest.raises(ConversionError, match=sentence):
        convert(publish(tmp_path / "source", content), tmp_path / "out")
    assert not (tmp_path / "out").exists()


class _RenamingSource(TsukasaSource):
    """A system of other module names, as a second one that the general machine is to convert."""

    def __init__(self, checkpoint, config, for_training):
        modules = {name.removeprefix("other_"): state for name, state in checkpoint.modules.items()}
        super().__init__(Checkpoint(checkpoint.files, checkpoint.name, modules), config, for_training)
        self.known_modules = tuple(f"other_{name}" for name in self.known_modules)

    @staticmethod
    def recognizes(checkpoint):
        return "other_decoder" in checkpoint.modules


def test_another_system_needs_only_a_source_of_its_own(converted, tmp_path, monkeypatch):
    content = checkpoint_copy()
    content["net"] = {f"other_{name}": state for name, state in content["net"].items()}
    source = publish(tmp_path / "source", content)
    with pytest.raises(ConversionError, match="belongs to no published system"):
        convert(source, tmp_path / "out")
    monkeypatch.setattr("transformers_tsukasa.conversion.convert.SOURCES", (TsukasaSource, _RenamingSource))
    convert(source, tmp_path / "out")
    _assert_same_weights(_weights(tmp_path / "out"), _weights(converted[0]))


def test_a_hub_repository_is_converted_with_the_files_that_are_needed(converted, tmp_path, monkeypatch):
    """The hub's client is replaced by a folder: there is no connection in tests."""
    source = publish(tmp_path / "source", checkpoint_copy())
    save({"net": CHECKPOINT["net"]["pitch_extractor"]}, source / "Utils" / "JDC" / "bst.t7")
    fetched = []

    def model_info(self, repository):
        assert repository == "someone/system"
        return SimpleNamespace(sha="abc", siblings=[SimpleNamespace(rfilename=name) for name in _contents(source)])

    def download(repository, name, revision):
        assert (repository, revision) == ("someone/system", "abc")
        fetched.append(name)
        return str(source / name)

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", model_info)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    report = convert("someone/system", tmp_path / "out")
    _assert_same_weights(_weights(tmp_path / "out"), _weights(converted[0]))
    assert report.source == "someone/system: Models/Tiny/tiny.pth"
    assert sorted(fetched) == ["Models/Tiny/config.yml", "Models/Tiny/tiny.pth", "Utils/PLBERT/config.yml"]


def test_a_folder_is_written_by_one_process_at_a_time(published, tmp_path):
    with FileLock(tmp_path / ".out.lock"):
        with pytest.raises(BlockingIOError, match="another process is writing '.*out': wait until it ends"):
            convert(published, tmp_path / "out")
        assert [path.name for path in tmp_path.iterdir()] == [".out.lock"]


@pytest.mark.skipif(os.name == "nt", reason="permissions are other ones on Windows")
def test_all_files_have_the_permissions_of_new_files(converted, tmp_path):
    (tmp_path / "new").touch()
    usual = (tmp_path / "new").stat().st_mode
    assert {path.stat().st_mode for path in converted[0].rglob("*") if path.is_file()} == {usual}


def test_names_of_packs_and_clips_may_be_written_by_any_system(tmp_path):
    config = tiny_config()
    packs, clips = tmp_path / "packs", tmp_path / "clips"
    packs.mkdir()
    with (packs / "VOICES.NPZ").open("wb") as file:
        np.savez(file, a=np.zeros((511, 1, 2 * config.style_dim), np.float32))
    assert list(given_voices(packs, config).styles) == ["a"]
    clips.mkdir()
    (clips / unicodedata.normalize("NFD", "が.WAV")).touch()
    assert list(given_voices(clips, config).clips) == [unicodedata.normalize("NFC", "が")]
    (clips / unicodedata.normalize("NFC", "が.flac")).touch()
    with pytest.raises(ConversionError, match="rename one"):
        given_voices(clips, config)
