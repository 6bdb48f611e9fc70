# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of models with LSTMs, and of models that lack a part, as StyleTTS 2 and Kokoro."""

import pytest


pytest.importorskip("accelerate")

from support.stage1_toys import stage1_trainer
from support.stage2_toys import ToySpeechLanguageModel, finetune_trainer, stage2_trainer
from support.tiny import lstm_config, save_speaking, tiny_config, tiny_model, with_trained_prosody
from support.training_toys import losses_of, moved_parts
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.training.engine.run_options import check_style_encoders
from transformers_tsukasa.training.recipes.stage1 import ADVERSARIAL
from transformers_tsukasa.training.recipes.stage2.phases import DIFFUSION, DIFFUSION_LOSSES, JOINT
from transformers_tsukasa.training.recipes.stage2.start import Stage2RunOptions, load_start


def is_all_equal(one, other):
    return all(ours.equal(theirs) for ours, theirs in zip(one.values(), other.values(), strict=True))


def test_stage_1_teaches_the_lstm_of_the_text_encoder(tmp_path):
    trainer = stage1_trainer(tmp_path, config=lstm_config(), tma_step=0)
    before = {name: weight.clone() for name, weight in trainer.model.tts.text_encoder.lstm.named_parameters()}
    assert moved_parts(trainer, trainer.train) == set(ADVERSARIAL.learns)
    after = dict(trainer.model.tts.text_encoder.lstm.named_parameters())
    assert not any(before[name].equal(after[name]) for name in before)
    assert not trainer.model.tts.is_prosody_trained()


def test_stage_2_teaches_both_lstms_of_the_prosody_predictor(tmp_path):
    trainer = stage2_trainer(
        tmp_path, config=lstm_config(), slm=ToySpeechLanguageModel(), diffusion_step=0, joint_step=0
    )
    names = ("duration_lstm", "contour_lstm")
    parts = [trainer.model.tts.prosody_predictor.get_submodule(name) for name in names]
    before = [{key: value.clone() for key, value in part.state_dict().items()} for part in parts]
    assert moved_parts(trainer, trainer.train) == set(JOINT.learns)
    assert {"slm_adversarial", "f0", "duration_ce"} <= losses_of(trainer)[0].keys()
    for part, old in zip(parts, before, strict=True):
        assert not any(value.equal(old[key]) for key, value in part.state_dict().items())
    trainer.export(tmp_path / "voice")
    assert TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "voice").is_prosody_trained()


@pytest.mark.parametrize("make", [stage2_trainer, finetune_trainer])
def test_a_resumed_run_is_the_straight_run(tmp_path, make):
    changes = {"max_steps": 3, "diffusion_step": 1}
    straight = make(tmp_path / "a", config=lstm_config(), **changes)
    straight.train()
    make(tmp_path / "b", config=lstm_config(), **changes, save_strategy="steps", save_steps=2).train()
    resumed = make(tmp_path / "c", config=lstm_config(), **changes)
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / "checkpoint-2"))
    assert losses_of(resumed)[-1]["loss"] == pytest.approx(losses_of(straight)[-1]["loss"], abs=1e-5)
    assert is_all_equal(
        straight.model.tts.prosody_predictor.state_dict(), resumed.model.tts.prosody_predictor.state_dict()
    )


def test_bf16_stays_finite(tmp_path):
    trainer = finetune_trainer(tmp_path, config=lstm_config(), bf16=True, diffusion_step=0)
    trainer.train()
    assert 0 < losses_of(trainer)[-1]["grad_norm"] < float("inf")


def test_without_style_diffusion_all_else_is_trained(tmp_path):
    trainer = stage2_trainer(
        tmp_path,
        config=lstm_config(style_diffusion_config=None),
        slm=ToySpeechLanguageModel(),
        diffusion_step=0,
        joint_step=0,
    )
    assert moved_parts(trainer, trainer.train) == set(JOINT.learns) - {"style_diffusion"}
    entry = losses_of(trainer)[0]
    assert {loss.name for loss in DIFFUSION.losses} - set(DIFFUSION_LOSSES) <= entry.keys()
    assert not set(DIFFUSION_LOSSES) & entry.keys() and "sigma_data" not in entry
    absent = " ".join(map(str, trainer.schedule.at(0).absences))
    assert all(name in absent for name in DIFFUSION_LOSSES) and "the model has no style diffusion" in absent


def test_without_style_encoders_training_on_recordings_is_refused(tmp_path):
    config = tiny_config(style_encoder_config=None)
    for make in (stage1_trainer, stage2_trainer, finetune_trainer):
        with pytest.raises(ValueError, match=r"the model \(model\) has no style encoders.*style_encoder_config"):
            make(tmp_path / make.__name__, config=config)
    folder = save_speaking(with_trained_prosody(tiny_model(config=config)), tmp_path / "model")
    with pytest.raises(ValueError, match="no style encoders"):
        load_start(Stage2RunOptions(model=str(folder), corpus=str(tmp_path)))
    with pytest.raises(ValueError, match="from which stage 3 takes the styles"):
        check_style_encoders(tiny_model(config=config), "stage 3")
