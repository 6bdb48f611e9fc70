# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 2 and fine-tuning by the command line: what they start from, and what comes out."""

import json

import pytest
import torch
from transformers import AlbertModel

from support.corpora import prepare_tones, write_tones
from support.published import CHECKPOINT, publish
from support.tiny import CONFIGS, tiny_config, tiny_model, with_trained_prosody
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.processor_files import save_companions
from transformers_tsukasa.models.tsukasa.tokenization_tsukasa import TsukasaTokenizer
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


pytest.importorskip("accelerate")
pytest.importorskip("datasets")
pytest.importorskip("swift_f0")

from support.stage1_toys import stage1_trainer
from support.stage2_toys import SpokenHums, stage2_trainer
from support.training_toys import SHORT_RUN
from transformers_tsukasa.training.recipes.stage2.start import Stage2RunOptions, load_start


@pytest.fixture(scope="module")
def stage1_result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stage1")
    trainer = stage1_trainer(folder, max_steps=1, tma_step=0)
    trainer.train()
    return trainer.export(folder / "final")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return prepare_tones(tmp_path_factory.mktemp("corpus"), {"mei": 5, "taro": 4}, 1.3)


def write_config(path, **values):
    path.write_text(json.dumps({**SHORT_RUN, "max_crop_frames": 80, **values}), encoding="utf-8")
    return str(path)


def same(one, other):
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_after_stage_1_the_prosodic_encoder_is_a_copy_and_else_it_is_kept(tmp_path, stage1_result):
    start = load_start(Stage2RunOptions(str(stage1_result), "corpus"))
    assert not start.tts.is_prosody_trained()
    assert same(start.tts.acoustic_style_encoder, start.tts.prosodic_style_encoder)
    assert start.text_aligner is not None and start.speech_language_model is None
    assert same(start.text_aligner, TsukasaTextAligner.from_pretrained(stage1_result / "text_aligner"))
    kept = load_start(Stage2RunOptions(str(stage1_result), "corpus", copy_style_encoder=False)).tts
    assert not same(kept.acoustic_style_encoder, kept.prosodic_style_encoder)

    trained = with_trained_prosody(tiny_model())
    trained.save_pretrained(tmp_path / "trained")
    start = load_start(Stage2RunOptions(str(tmp_path / "trained"), "corpus"))
    assert start.tts.is_prosody_trained() and start.text_aligner is None
    assert not same(start.tts.acoustic_style_encoder, start.tts.prosodic_style_encoder)


def test_a_trained_plbert_is_put_in_strictly(tmp_path, stage1_result):
    torch.manual_seed(8)
    AlbertModel(tiny_config().plbert_config).save_pretrained(tmp_path / "plbert")
    start = load_start(Stage2RunOptions(str(stage1_result), "corpus", plbert=str(tmp_path / "plbert")))
    assert same(start.tts.plbert, AlbertModel.from_pretrained(tmp_path / "plbert"))
    wide = tiny_config().plbert_config
    wide.intermediate_size = 48
    AlbertModel(wide).save_pretrained(tmp_path / "wide")
    with pytest.raises(ValueError, match="is another than the model's .*tensors differ"):
        load_start(Stage2RunOptions(str(stage1_result), "corpus", plbert=str(tmp_path / "wide")))


def test_a_discriminator_of_another_speech_language_model_is_replaced(tmp_path, stage1_result, caplog):
    from support.tiny_speech_models import save_tiny_wavlm

    save_tiny_wavlm(tmp_path / "wavlm")
    options = {"speech_language_model": str(tmp_path / "wavlm")}
    start = load_start(Stage2RunOptions(str(stage1_result), "corpus", **options))
    trained = TsukasaDiscriminators.from_pretrained(stage1_result / "discriminators")
    assert same(trained.speech_language_model, start.discriminators.speech_language_model)

    config = tiny_config().discriminator_config
    config.slm_num_layers = 5
    TsukasaDiscriminators(config).save_pretrained(tmp_path / "others")
    options["discriminators"] = str(tmp_path / "others")
    start = load_start(Stage2RunOptions(str(stage1_result), "corpus", **options))
    assert "made for another one: a fresh one is used" in caplog.text
    assert start.discriminators.speech_language_model.in_channels == 3 * 16
    start.discriminators.remove_weight_norm()
    others = TsukasaDiscriminators.from_pretrained(tmp_path / "others")
    for name, value in others.multi_period.state_dict().items():
        torch.testing.assert_close(start.discriminators.multi_period.state_dict()[name], value)


def test_wrong_starts_are_refused(tmp_path, stage1_result):
    with pytest.raises(ValueError, match="is the preset .* needs a trained model"):
        load_start(Stage2RunOptions(str(CONFIGS / "tiny.yaml"), "corpus"))
    with pytest.raises(FileNotFoundError, match="there is no folder .*nowhere' \\(model\\)"):
        load_start(Stage2RunOptions(str(tmp_path / "nowhere"), "corpus"))
    with pytest.raises(FileNotFoundError, match="\\(plbert\\)"):
        load_start(Stage2RunOptions(str(stage1_result), "corpus", plbert=str(tmp_path / "nowhere")))


def test_stage_2_and_fine_tuning_run_from_their_configs(tmp_path, stage1_result, corpus):
    from support.tiny_speech_models import save_tiny_whisper

    save_tiny_whisper(tmp_path / "whisper")
    run = {
        "corpus": str(corpus),
        "diffusion_step": 0,
        "joint_step": 1,
        "slm_every": 1,
        "slm_min_frames": 40,
        "slm_max_frames": 80,
        "speech_language_model": str(tmp_path / "whisper"),
    }
    config = write_config(tmp_path / "run.json", **run)
    folder = tmp_path / "stage2"
    assert main(["train", "stage2", config, f"model={stage1_result}", f"output_dir={folder}"]) == 0
    voice = TsukasaModelForConditionalGeneration.from_pretrained(folder / "final")
    assert voice.is_prosody_trained() and voice.config.style_diffusion_config.sigma_data != 0.2
    tuned = tmp_path / "finetune"
    command = ["train", "finetune", config, f"model={folder / 'final'}", f"output_dir={tuned}"]
    assert main(command) == 0
    TsukasaModelForConditionalGeneration.from_pretrained(tuned / "final")
    TsukasaTextAligner.from_pretrained(tuned / "final" / "text_aligner")
    spoken = tmp_path / "spoken.wav"
    clip = next((corpus.parent / "source").glob("*.wav"))
    assert main(["say", "はい", "-o", str(spoken), "--model", str(tuned / "final"), "--reference", str(clip)]) == 0
    assert spoken.stat().st_size > 2000


def test_what_was_trained_is_spoken_with_the_pads_of_training(tmp_path, stage1_result):
    assert TsukasaTokenizer.from_pretrained(stage1_result).add_suffix_pad
    converted = tiny_config(text_suffix_pad=False)
    tiny_model(config=converted).save_pretrained(tmp_path / "converted")
    save_companions(converted, tmp_path / "converted")
    assert not TsukasaTokenizer.from_pretrained(tmp_path / "converted").add_suffix_pad
    start = load_start(Stage2RunOptions(str(tmp_path / "converted"), "corpus"))
    start.models(stage2_trainer(tmp_path).args, [SpokenHums()])
    start.tts.save_pretrained(tmp_path / "tuned")
    start.processor.save_pretrained(tmp_path / "tuned")
    assert TsukasaTokenizer.from_pretrained(tmp_path / "tuned").add_suffix_pad
    assert TsukasaConfig.from_pretrained(tmp_path / "tuned").text_suffix_pad


@pytest.mark.slow
def test_a_converted_checkpoint_is_fine_tuned_by_one_command(tmp_path):
    publish(tmp_path / "published", CHECKPOINT)
    converted, prepared = tmp_path / "converted", tmp_path / "corpus"
    assert main(["convert", str(tmp_path / "published"), str(converted), "--for-training"]) == 0
    write_tones(tmp_path / "source", {"mei": 4}, seconds=1.3)
    command = ["prepare", str(tmp_path / "source"), str(prepared), "--config", str(converted)]
    assert main([*command, "--quiet", "--workers", "1"]) == 0
    config = write_config(tmp_path / "run.json", corpus=str(prepared), model=str(converted), diffusion_step=1)
    assert main(["train", "finetune", config, f"output_dir={tmp_path / 'mine'}"]) == 0
    tuned = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "mine" / "final")
    assert tuned.config.style_dim == tiny_config().style_dim
