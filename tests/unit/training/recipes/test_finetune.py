# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Fine-tuning: which parts learn, from which losses, and with or without an aligner."""

import pytest
import torch


pytest.importorskip("accelerate")

from support.stage1_toys import Hums
from support.stage2_toys import SpokenHums, ToySpeechLanguageModel, finetune_trainer
from support.training_toys import losses_of, moved_parts
from transformers_tsukasa.training.recipes.speech_adversaries import SLM_LOSSES
from transformers_tsukasa.training.recipes.stage2.phases import (
    FINETUNE,
    FINETUNE_DIFFUSION,
    FINETUNE_JOINT,
)


PHASES = {
    "first": (FINETUNE, {}),
    "diffusion": (FINETUNE_DIFFUSION, {"diffusion_step": 0}),
    "joint": (FINETUNE_JOINT, {"diffusion_step": 0, "joint_step": 0}),
}
ALIGNER_LOSSES = {"monotonic", "s2s", "ctc"}


@pytest.mark.parametrize("name", PHASES)
@pytest.mark.parametrize("has_slm", [False, True])
def test_in_each_phase_just_its_modules_move(tmp_path, name, has_slm):
    phase, steps = PHASES[name]
    trainer = finetune_trainer(tmp_path, slm=ToySpeechLanguageModel() if has_slm else None, **steps)
    assert moved_parts(trainer, trainer.train) == set(phase.learns)
    expected = {loss.name for loss in phase.all_losses} - (set() if has_slm else set(SLM_LOSSES))
    assert expected <= losses_of(trainer)[0].keys()
    assert not (set(SLM_LOSSES) - expected) & losses_of(trainer)[0].keys()


def test_recordings_are_the_targets_from_the_first_step(tmp_path):
    dataset = SpokenHums(1)
    trainer = finetune_trainer(tmp_path, dataset)
    batch = trainer.data_collator([dataset[0]])
    recorded = trainer.model.eval()(FINETUNE, batch)["recorded"]
    assert bool((batch["waveform"][0].unfold(0, 80 * 300, 600) == recorded).all(dim=1).any())


def test_the_attention_aligns_the_text_at_times_and_prosody_never(tmp_path):
    dataset = SpokenHums(1, frames=(80,))
    batch = finetune_trainer(tmp_path).data_collator([dataset[0]])
    spoken = {}
    for share in (0.0, 1.0):
        trainer = finetune_trainer(tmp_path, dataset, soft_alignment_share=share)
        trainer.model.train_container()
        seen = {}
        voice = trainer.model.tts
        voice.decoder.register_forward_pre_hook(lambda _, inputs, seen=seen: seen.update(text=inputs[0]))
        torch.manual_seed(0)
        outputs = trainer.model(FINETUNE, batch)
        spoken[share] = {"text": seen["text"], "f0": outputs["f0"], "durations": outputs["durations"]}
    assert not torch.allclose(spoken[0.0]["text"], spoken[1.0]["text"])
    assert torch.equal(spoken[0.0]["durations"], spoken[1.0]["durations"])
    assert torch.equal(spoken[0.0]["f0"], spoken[1.0]["f0"])


def test_without_an_aligner_the_corpus_must_have_alignments(tmp_path, caplog):
    trainer = finetune_trainer(tmp_path, has_aligner=False)
    trainer.train()
    entry = losses_of(trainer)[0]
    assert not ALIGNER_LOSSES & entry.keys() and entry["adversarial"] > 0
    assert "monotonic, s2s, ctc (there is no text aligner)" in map(str, trainer.schedule.at(0).absences)
    trainer.export(tmp_path / "voice")
    assert not (tmp_path / "voice" / "text_aligner").exists() and (tmp_path / "voice" / "discriminators").is_dir()
    with pytest.raises(ValueError, match="neither a text aligner nor alignments"):
        finetune_trainer(tmp_path, Hums(), has_aligner=False)


def test_a_frozen_aligner_does_not_run(tmp_path):
    changes = {"frozen": ["text_aligner"], "soft_alignment_share": 0.0, "diffusion_step": 0, "joint_step": 0}
    trainer = finetune_trainer(tmp_path, **changes)
    calls = []
    trainer.model.text_aligner.register_forward_hook(lambda *_: calls.append(1))
    assert moved_parts(trainer, trainer.train) == set(FINETUNE_JOINT.learns) - {"text_aligner"}
    assert not calls and not ALIGNER_LOSSES & losses_of(trainer)[0].keys()
    assert "monotonic, s2s, ctc (text_aligner is frozen)" in map(str, trainer.schedule.at(0).absences)


def test_a_resumed_run_is_the_straight_run(tmp_path):
    changes = {"max_steps": 3, "diffusion_step": 1, "soft_alignment_share": 0.5}
    straight = finetune_trainer(tmp_path / "a", **changes)
    straight.train()
    finetune_trainer(tmp_path / "b", **changes, save_strategy="steps", save_steps=2).train()
    resumed = finetune_trainer(tmp_path / "c", **changes)
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / "checkpoint-2"))
    assert losses_of(resumed)[-1]["loss"] == pytest.approx(losses_of(straight)[-1]["loss"], abs=1e-5)


def test_evaluation_has_the_losses_of_the_aligner_too(tmp_path):
    metrics = finetune_trainer(tmp_path).evaluate()
    assert {f"eval_{name}" for name in ALIGNER_LOSSES} <= metrics.keys()


def test_bf16_stays_finite(tmp_path):
    trainer = finetune_trainer(tmp_path, bf16=True, diffusion_step=0, joint_step=0, slm=ToySpeechLanguageModel())
    trainer.train()
    assert 0 < losses_of(trainer)[-1]["grad_norm"] < float("inf") and losses_of(trainer)[-1]["mel"] < 10


def test_impossible_options_are_refused(tmp_path):
    with pytest.raises(ValueError, match="soft_alignment_share"):
        finetune_trainer(tmp_path, soft_alignment_share=2.0)
