# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training from a program: a trainer of a model folder and a corpus, and folders that speak."""

import json
import logging
import re
import shutil

import pytest
import torch
from transformers import Seq2SeqTrainer, Seq2SeqTrainingArguments, Trainer, TrainingArguments


pytest.importorskip("accelerate")
pytest.importorskip("datasets")
pytest.importorskip("swift_f0")

from support.corpora import prepare_tones
from support.stage1_toys import stage1_trainer
from support.tiny import CONFIGS, tiny_config, tiny_model
from support.training_toys import SHORT_RUN
from transformers_tsukasa import training
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa import generation_tsukasa
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.processor_files import save_companions
from transformers_tsukasa.training import FinetuneArguments, FinetuneTrainer


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return prepare_tones(tmp_path_factory.mktemp("corpus"), {"mei": 5, "taro": 5}, 1.3, "--validation", "0.2")


@pytest.fixture(scope="module")
def stage1(tmp_path_factory):
    """A result of stage 1."""
    folder = tmp_path_factory.mktemp("stage1")
    trainer = stage1_trainer(folder, max_steps=1, tma_step=0)
    trainer.train()
    trainer.save_model(folder / "final")
    return folder / "final"


@pytest.fixture(scope="module")
def finished(stage1, corpus, tmp_path_factory):
    """A result of stage 2, and what its run left: checkpoints with a mean of the weights."""
    folder = tmp_path_factory.mktemp("stage2")
    changes = {"save_strategy": "steps", "save_steps": 1, "ema_decay": 0.5, "diffusion_step": 0, "joint_step": 1}
    arguments = training.Stage2Arguments(output_dir=str(folder), max_crop_frames=80, **{**SHORT_RUN, **changes})
    trainer = training.Stage2Trainer.from_pretrained(stage1, arguments, corpus)
    trainer.train()
    trainer.save_model()
    return folder


def speaks(folder, tmp_path, *words):
    path = tmp_path / "spoken.wav"
    assert main(["say", "はい、そうです。", "-o", str(path), "--model", str(folder), "--seed", "0", *words]) == 0
    return path.read_bytes()


def test_the_result_and_every_checkpoint_speak_with_a_voice_of_every_speaker(finished, tmp_path):
    for folder in (finished, finished / "checkpoint-1", finished / "checkpoint-2"):
        model = TsukasaModelForConditionalGeneration.from_pretrained(folder)
        assert list(model.voices) == ["mei", "taro"] and model.generation_config.voice == "mei"
        assert not torch.allclose(model.voices["mei"], model.voices["taro"])
        speaks(folder, tmp_path)
    assert speaks(finished, tmp_path) == speaks(finished, tmp_path, "--voice", "mei")


def test_a_checkpoint_holds_the_weights_that_are_evaluated_and_exported(finished):
    result, checkpoint = (
        TsukasaModelForConditionalGeneration.from_pretrained(folder)
        for folder in (finished, finished / "checkpoint-2")
    )
    checkpoint.remove_weight_norm()
    theirs = checkpoint.state_dict()
    for name, weight in result.state_dict().items():
        torch.testing.assert_close(theirs[name], weight)


def test_the_result_in_the_folder_of_the_run_leaves_its_checkpoints(finished):
    assert {"checkpoint-1", "checkpoint-2", "model.safetensors", "text_aligner", "discriminators"} <= {
        path.name for path in finished.iterdir()
    }
    assert not (finished / ".unfinished").exists()


def test_fine_tuning_from_a_program(finished, corpus, tmp_path):
    arguments = FinetuneArguments(
        output_dir=str(tmp_path / "run"),
        eval_strategy="steps",
        eval_steps=1,
        save_steps=1,
        load_best_model_at_end=True,
        metric_for_best_model="mel",
        max_crop_frames=80,
        frozen=["text_aligner"],
        **{**SHORT_RUN, "save_strategy": "steps"},
    )
    trainer = FinetuneTrainer.from_pretrained(finished, arguments, corpus)
    output = trainer.train()
    trainer.save_model(tmp_path / "mine")
    state = json.loads((tmp_path / "run" / "checkpoint-2" / "trainer_state.json").read_text(encoding="utf-8"))
    assert output.global_step == 2 and not trainer.args.greater_is_better
    values = [entry["eval_mel"] for entry in trainer.state.log_history if "eval_mel" in entry]
    best = tmp_path / "run" / f"checkpoint-{1 + values.index(min(values))}"
    assert state["best_model_checkpoint"] == str(best) and state["best_metric"] == min(values)
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "mine")
    kept = TsukasaModelForConditionalGeneration.from_pretrained(best)
    kept.remove_weight_norm()
    torch.testing.assert_close(model.state_dict(), kept.state_dict())
    speaks(tmp_path / "mine", tmp_path, "--voice", "taro")


@pytest.mark.parametrize("written_before", [False, True])
def test_a_result_carries_on_the_credits_of_its_model_and_its_corpus(
    finished, corpus, tmp_path, written_before, caplog
):
    base, recordings, mine = (tmp_path / name for name in ("base", "recordings", "mine"))
    shutil.copytree(finished, base, ignore=shutil.ignore_patterns("checkpoint-*"))
    shutil.copytree(corpus, recordings)
    (base / "README.md").write_text("---\nlicense: mit\n---\nWeights of Taro.", encoding="utf-8")
    (recordings / "README.md").write_text("---\nlicense: cc0-1.0\n---\nRecorded by Hanako.", encoding="utf-8")
    if written_before:
        mine.mkdir()
        (mine / "README.md").write_text("Mine, and weights of base.", encoding="utf-8")
    arguments = FinetuneArguments(output_dir=str(tmp_path / "run"), max_crop_frames=80, **SHORT_RUN)
    trainer = FinetuneTrainer.from_pretrained(base, arguments, recordings)
    trainer.save_model(mine)
    card = (mine / "README.md").read_text(encoding="utf-8")
    if written_before:
        assert card == "Mine, and weights of base." and "add the credits of recordings" in caplog.text
        return
    assert "| weights | base | mit |" in card and "| corpus | recordings | cc0-1.0 |" in card
    assert "> Weights of Taro." in card and "> Recorded by Hanako." in card and str(tmp_path) not in card
    # Whoever saves the trained model, or a model made from it, carries them on.
    trainer.model.tts.save_pretrained(tmp_path / "saved")
    assert (tmp_path / "saved" / "README.md").read_text(encoding="utf-8") == card
    TsukasaModelForConditionalGeneration.from_pretrained(mine).save_pretrained(tmp_path / "again")
    again = (tmp_path / "again" / "README.md").read_text(encoding="utf-8")
    assert "Weights of Taro." in again and "Recorded by Hanako." in again


def test_the_example_of_the_documents_runs(finished, corpus, tmp_path, monkeypatch):
    text = (CONFIGS.parent / "docs" / "training.md").read_text(encoding="utf-8")
    (example,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "FinetuneTrainer" in block]
    assert len([line for line in example.splitlines() if line]) <= 15
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished, "converted", ignore=shutil.ignore_patterns("checkpoint-*"))
    shutil.copytree(corpus, "corpus")
    exec(example.replace("num_train_epochs=50", "num_train_epochs=1"), {})
    assert "mei" in TsukasaModelForConditionalGeneration.from_pretrained("mine").voices


@pytest.mark.parametrize("name", ["AlignerTrainer", "PitchTrainer", "PLBertTrainer", "Stage1Trainer"])
def test_every_first_stage_begins_from_a_preset(stage1, corpus, tmp_path, name):
    kind = getattr(training, name)
    options = dict(SHORT_RUN)
    if name == "PLBertTrainer":
        del options["max_frames_per_batch"]
    more = {"aligner": str(stage1 / "text_aligner")} if name == "Stage1Trainer" else {}
    arguments = kind.ARGUMENTS(output_dir=str(tmp_path / "run"), **options)
    one, other = (
        kind.from_pretrained(CONFIGS / "tiny.yaml", arguments, corpus, **more).model.state_dict() for _ in range(2)
    )
    assert all(torch.equal(weight, other[key]) for key, weight in one.items())  # drawn from the seed of the run


def test_wrong_orders_name_the_training_that_comes_first(stage1, corpus, tmp_path):
    for kind in (FinetuneTrainer, training.Stage3Trainer):
        options = {name: value for name, value in SHORT_RUN.items() if name in kind.ARGUMENTS.__dataclass_fields__}
        if kind is training.Stage3Trainer:
            del options["max_frames_per_batch"]
        arguments = kind.ARGUMENTS(output_dir=str(tmp_path), **options)
        with pytest.raises(ValueError, match="has never been trained, as after stage 1.*run stage 2 first"):
            kind.from_pretrained(stage1, arguments, corpus)


def test_a_model_of_another_kind_is_refused(stage1, corpus, tmp_path):
    arguments = FinetuneArguments(output_dir=str(tmp_path), **SHORT_RUN)
    with pytest.raises(ValueError, match="holds a model of type 'tsukasa_text_aligner', but 'tsukasa' is needed"):
        FinetuneTrainer.from_pretrained(stage1 / "text_aligner", arguments, corpus)


def test_wrong_arguments_are_named(tmp_path):
    arguments = FinetuneArguments(output_dir=str(tmp_path), **SHORT_RUN)
    with pytest.raises(TypeError, match="Stage1Trainer needs Stage1Arguments, got FinetuneArguments"):
        training.Stage1Trainer.from_pretrained("model", arguments, "corpus")
    with pytest.raises(TypeError, match="FinetuneTrainer has no option 'algner'; did you mean aligner"):
        FinetuneTrainer.from_pretrained("model", arguments, "corpus", algner="folder")
    with pytest.raises(TypeError, match="FinetuneTrainer needs `corpus`"):
        FinetuneTrainer.from_pretrained("model", arguments)


@pytest.mark.parametrize(
    ("trainer", "arguments"), [(Trainer, TrainingArguments), (Seq2SeqTrainer, Seq2SeqTrainingArguments)]
)
def test_transformers_own_trainers_name_ours(tmp_path, trainer, arguments):
    with pytest.raises(TypeError, match=r"use FinetuneTrainer.from_pretrained\(model_folder, args, corpus\)"):
        trainer(model=tiny_model(), args=arguments(output_dir=str(tmp_path), use_cpu=True, report_to="none"))


def test_speech_of_untrained_prosody_is_warned_of_once(tmp_path, caplog):
    generation_tsukasa._warn_of_untrained_prosody.cache_clear()
    tiny_model().save_pretrained(tmp_path)
    save_companions(tiny_config(), tmp_path)
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            model.generate(torch.tensor([[0, 43, 44, 0]]), style_vector=torch.zeros(16), seed=0)
    assert len([record for record in caplog.records if "has never been trained" in record.message]) == 1
    weights = model.prosody_predictor.named_parameters()
    trained = next(weight for name, weight in weights if "forget_gate.weight" in name)
    assert not model.is_prosody_trained()
    trained.data += 0.01
    assert model.is_prosody_trained()
