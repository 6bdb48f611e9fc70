# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Any losses may have a weight of 0: the run computes the others, or is refused by the key of the config."""

from itertools import combinations

import pytest
import torch


pytest.importorskip("accelerate")

from support.stage1_toys import Hums, with_speech_model
from support.stage2_toys import SpokenHums, ToySpeechLanguageModel, finetune_trainer, stage2_trainer
from support.training_toys import losses_of, moved
from transformers_tsukasa.training.recipes.finetune import FinetuneTrainer


QUADRUPLE = ("mel", "adversarial", "feature_matching", "slm_features")


def stage1(folder, **changes):
    changes = {"tma_step": 0, "soft_alignment_share": 0.0, **changes}
    return with_speech_model(folder, ToySpeechLanguageModel(), Hums(1, (82,)), **changes)


def stage2(folder, **changes):
    steps = {"diffusion_step": 0, "joint_step": 0, **changes}
    return stage2_trainer(folder, SpokenHums(1, (82,)), ToySpeechLanguageModel(), **steps)


def finetune(folder, **changes):
    steps = {"diffusion_step": 0, "joint_step": 0, **changes}
    return finetune_trainer(folder, SpokenHums(1, (82,)), ToySpeechLanguageModel(), **steps)


MAKERS = {"stage1": stage1, "stage2": stage2, "finetune": finetune}


def reweighed(trainer, folder, weights):
    """The same models in a trainer with other weights."""
    trainer.args.loss_weights = weights
    return type(trainer)(
        trainer.model,
        trainer.args,
        discriminators=trainer.discriminators,
        speech_language_model=trainer.speech_language_model,
        train_dataset=trainer.train_dataset,
        data_collator=trainer.data_collator,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_singles_and_pairs_of_losses_may_be_zero(tmp_path, name):
    original = MAKERS[name](tmp_path)
    weighted = [loss.name for loss in original.phases[-1].all_losses if loss.weight is not None]
    assert len(weighted) == {"stage1": 7, "stage2": 11, "finetune": 14}[name]
    batch = original.data_collator([original.train_dataset[0]])
    subsets = [(loss,) for loss in weighted]
    if name != "stage2":  # its losses are among those of fine-tuning
        subsets += combinations(weighted, 2)
    if set(QUADRUPLE) <= set(weighted):
        subsets.append(QUADRUPLE)
    for zeros in subsets:
        trainer = reweighed(original, tmp_path, dict.fromkeys(zeros, 0.0))
        phase = trainer.schedule.at(0)
        losses = trainer.rehearse(batch, phase)
        computed = {loss.name for loss in original.phases[-1].all_losses} & losses.keys()
        assert computed == {loss.name for loss in phase.all_losses}, zeros
        assert not computed & set(zeros) and all(torch.isfinite(loss).all() for loss in losses.values()), zeros
        assert {name for absence in phase.absences for name in absence.names} >= set(zeros)
        for module in trainer.modules().values():
            module.zero_grad()


def test_what_needs_no_speech_trains_and_evaluates_without_any(tmp_path):
    trainer = stage2(tmp_path, loss_weights=dict.fromkeys((*QUADRUPLE, "slm_adversarial"), 0.0))
    calls = []
    trainer.model.tts.decoder.register_forward_hook(lambda *_: calls.append(1))
    trainer.train()
    trainer.evaluate()
    assert not calls and not set(QUADRUPLE) & losses_of(trainer)[0].keys()
    assert losses_of(trainer)[0]["loss"] > 0


@pytest.mark.parametrize("name", MAKERS)
def test_a_run_without_any_loss_of_its_usual_update_is_refused(tmp_path, name):
    original = MAKERS[name](tmp_path)
    weighted = {loss.name for loss in original.phases[-1].all_losses if loss.weight is not None}
    for kept in (set(), {"slm_adversarial"}):
        trainer = reweighed(original, tmp_path, dict.fromkeys(weighted - kept, 0.0))
        with pytest.raises(ValueError, match="nothing would be learned in phase .*raise one in loss_weights"):
            trainer.train()


def values_of(trainer):
    """Weights and buffers of every module that may learn, by its name."""
    return {name: [value.clone() for value in part.state_dict().values()] for name, part in trainer.modules().items()}


def moved_modules(trainer):
    """Names of the modules that a run changes."""
    before = values_of(trainer)
    trainer.train()
    return moved(before, values_of(trainer))


KEPT = {
    "styles": {"style", "diffusion"},
    "durations": {"duration", "duration_ce"},
    "contours": {"f0"},
    "spelling": {"s2s"},
    "speech": {"mel"},
    "out of domain": {"duration", "slm_adversarial"},
}


@pytest.mark.parametrize("kept", KEPT)
def test_the_modules_that_learn_are_those_that_losses_reach(tmp_path, kept):
    names = {loss.name for loss in FinetuneTrainer.PHASES[-1].all_losses if loss.weight is not None}
    trainer = finetune(tmp_path, loss_weights=dict.fromkeys(names - KEPT[kept], 0.0), soft_alignment_share=0.0)
    learners = trainer.schedule.at(0).learners
    assert learners and moved_modules(trainer) == learners
    assert {name.removeprefix("learning_rate/") for name in losses_of(trainer)[0] if "rate/" in name} == learners


def test_an_extra_update_that_teaches_nothing_is_left_out(tmp_path):
    names = ["plbert", "plbert_projection", "prosody_predictor", "style_diffusion"]
    trainer = finetune(tmp_path, frozen=names)
    phase = trainer.schedule.at(0)
    left_out = {name: absence.reason for absence in phase.absences for name in absence.names}
    assert phase.extra is None and "slm_discriminator" not in trainer.schedule.learners
    assert left_out["slm_adversarial"] == left_out["slm_discriminator"] == f"none of {', '.join(names)} learns"
    assert moved_modules(trainer) == phase.learners and not set(names) & phase.learners
    assert "slm_adversarial" not in losses_of(trainer)[0]


def test_losses_that_reach_no_module_are_refused_before_the_first_update(tmp_path):
    """The decoder learns in the joint phase, and nothing is spoken there."""
    prosodic = ["plbert", "plbert_projection", "prosody_predictor", "prosodic_style_encoder"]
    weights = dict.fromkeys((*QUADRUPLE, "slm_adversarial"), 0.0)
    trainer = stage2(tmp_path, loss_weights=weights, frozen=[*prosodic, "style_diffusion"])
    with pytest.raises(ValueError, match="no module would learn in phase 'joint'.*leave one out of frozen, or raise"):
        trainer.plan  # noqa: B018


def test_losses_that_reach_no_weight_are_refused(tmp_path):
    weights = {"mel": 0.0, "adversarial": 0.0, "feature_matching": 0.0, "slm_features": 0.0, "s2s": 0.0, "ctc": 0.0}
    with pytest.raises(ValueError, match="no module would learn in phase|nothing would be learned in phase"):
        stage1(tmp_path, loss_weights=weights, frozen=["text_aligner"]).train()
