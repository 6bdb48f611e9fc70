# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The joint phase's adversary on a speech language model: what learns, how much, and from which clips."""

import copy
import logging

import pytest
import torch


pytest.importorskip("accelerate")

from support.stage2_toys import SpokenHums, ToySpeechLanguageModel, stage2_trainer
from support.training_toys import losses_of, moved_parts, parts_of
from transformers_tsukasa.training.engine.phases import set_learning
from transformers_tsukasa.training.recipes.stage2.phases import JOINT, OUT_OF_DOMAIN
from transformers_tsukasa.training.recipes.stage2.slm_speech import ClipWindow, choose_clips


JOINTLY = {"diffusion_step": 0, "joint_step": 0}


def joint_trainer(folder, dataset=None, **changes):
    return stage2_trainer(folder, dataset, ToySpeechLanguageModel(), **{**JOINTLY, **changes})


def test_all_losses_of_the_joint_phase_are_computed_and_just_its_parts_move(tmp_path):
    trainer = joint_trainer(tmp_path)
    assert moved_parts(trainer, trainer.train) == set(JOINT.learns)
    entry = losses_of(trainer)[0]
    assert {loss.name for loss in JOINT.all_losses} <= entry.keys()
    assert entry["slm_clips"] == 2 and entry["slm_clips_outside"] == 0
    assert entry["grad_norm/slm_plbert"] > 0 and entry["grad_norm/slm_discriminator"] > 0
    network = trainer.discriminators.speech_language_model
    state = trainer.adversaries["slm_discriminator"].optimizer.optimizer.state
    assert all(weight in state for weight in network.parameters())


def test_its_update_moves_only_what_may_learn_from_it(tmp_path):
    trainer = joint_trainer(tmp_path, max_steps=1, slm_every=2)
    trainer.train()
    batch = trainer.data_collator([trainer.train_dataset[0], trainer.train_dataset[2]])
    learners = {*OUT_OF_DOMAIN.learns} - {"slm_discriminator"} | {"discriminators"}
    assert moved_parts(trainer, lambda: trainer.extra_update([batch])) == learners
    before = copy.deepcopy(trainer.discriminators.state_dict())
    trainer.extra_update([batch])
    moved = {
        name for name, value in trainer.discriminators.state_dict().items() if not torch.equal(value, before[name])
    }
    assert moved and all(name.startswith("speech_language_model") for name in moved)
    assert all(weight.grad is None for part in parts_of(trainer).values() for weight in part.parameters())


def test_its_gradients_reach_durations_and_the_sampler(tmp_path):
    dataset = SpokenHums(2)
    trainer = joint_trainer(tmp_path, dataset)
    set_learning(trainer.modules(), OUT_OF_DOMAIN)
    batch = trainer.data_collator([dataset[0], dataset[1]])
    trainer.model(OUT_OF_DOMAIN, batch)["generated"].square().sum().backward()
    tts = trainer.model.tts
    for part in (tts.prosody_predictor.duration_projection, tts.prosody_predictor.duration_mlstm):
        assert any(weight.grad.norm() > 0 for weight in part.parameters())
    for part in (tts.plbert, tts.plbert_projection, tts.style_diffusion):
        assert any(weight.grad is not None and weight.grad.norm() > 0 for weight in part.parameters())
    for part in (tts.decoder, tts.text_encoder, tts.acoustic_style_encoder, tts.prosodic_style_encoder):
        assert all(weight.grad is None for weight in part.parameters())


@pytest.mark.parametrize("size, norm", [(1.0, 1.0), (1e-4, None)])
def test_large_gradients_are_normalised_and_easy_ones_made_small(tmp_path, size, norm):
    trainer = joint_trainer(tmp_path)
    tts = trainer.model.tts
    for weight in [*trainer.model.parameters(), *trainer.discriminators.parameters()]:
        weight.grad = torch.full_like(weight, size)
    count = sum(weight.numel() for weight in tts.prosody_predictor.parameters())
    clips = 2
    # The gradients of sums over clips: their mean over two is half of them.
    expected = 1 / count**0.5 if norm else size / clips
    trainer.scale_gradients(clips)
    for part, share in (
        (tts.plbert, 1.0),
        (tts.prosody_predictor.f0_contour, 1.0),
        (tts.prosody_predictor.duration_projection, 0.01),
        (tts.prosody_predictor.duration_mlstm, 0.01),
        (tts.style_diffusion, 0.01),
    ):
        for weight in part.parameters():
            torch.testing.assert_close(weight.grad, torch.full_like(weight, share * expected))
    for weight in trainer.discriminators.parameters():
        torch.testing.assert_close(weight.grad, torch.full_like(weight, size / clips))


def test_it_comes_every_so_many_updates(tmp_path):
    trainer = joint_trainer(tmp_path, slm_every=3, max_steps=7, joint_step=2)
    trainer.train()
    places = [place for place, entry in enumerate(losses_of(trainer), 1) if "slm_adversarial" in entry]
    assert places == [3, 6]


def test_without_its_loss_the_discriminator_does_not_run(tmp_path):
    trainer = joint_trainer(tmp_path, loss_weights={"slm_adversarial": 0.0})
    before = copy.deepcopy(trainer.discriminators.speech_language_model.state_dict())
    trainer.train()
    assert not {"slm_adversarial", "slm_discriminator", "slm_clips"} & losses_of(trainer)[0].keys()
    assert [str(absence) for absence in trainer.schedule.at(0).absences] == [
        "slm_adversarial (its weight is 0)",
        "slm_discriminator (slm_adversarial does not run)",
    ]
    after = trainer.discriminators.speech_language_model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_clips_out_of_the_window_are_counted_and_none_is_logged(tmp_path, caplog):
    # The texts of 14 tokens last about 55 text frames, the recordings 42 to 60.
    trainer = joint_trainer(tmp_path, slm_min_frames=96, slm_max_frames=96, max_steps=2, max_frames_per_batch=480)
    trainer.train()
    entry = losses_of(trainer)[0]
    assert (entry["slm_clips"], entry["slm_clips_outside"]) == (2, 2)
    trainer = joint_trainer(tmp_path, slm_min_frames=200, slm_max_frames=200)
    before = copy.deepcopy(trainer.discriminators.speech_language_model.state_dict())
    with caplog.at_level(logging.WARNING, logger="transformers_tsukasa"):
        trainer.train()
    assert caplog.text.count("gets no clip after update") == 2
    assert losses_of(trainer)[1]["slm_clips"] == 0 and "slm_adversarial" not in losses_of(trainer)[1]
    after = trainer.discriminators.speech_language_model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_clips_are_drawn_among_those_in_the_window():
    window = ClipWindow(min_frames=20, max_frames=30, batch_share=0.5)
    lengths = torch.tensor([10, 25, 40, 19, 28, 60])
    seen = set()
    for _ in range(40):
        rows, frames, counts = choose_clips(lengths, window)
        assert len(rows) == 3 and counts.tolist() == [3, 2]
        assert frames == min(30, int(lengths[rows].min()))
        seen |= set(rows.tolist())
    assert seen == {1, 2, 4, 5}
    rows, frames, counts = choose_clips(torch.tensor([7, 8, 19]), window)
    assert len(rows) == 1 and frames == 20 and counts.tolist() == [0, 3]
    rows, frames, counts = choose_clips(torch.tensor([25, 5, 5, 5]), window)
    assert rows.tolist() == [0] and frames == 25 and counts.tolist() == [1, 3]
    assert choose_clips(torch.tensor([33]), window)[2].tolist() == [1, 0]


def test_its_own_texts_are_used_where_there_are_no_others(tmp_path):
    dataset = SpokenHums(1)
    trainer = joint_trainer(tmp_path, dataset)
    batch = trainer.data_collator([dataset[0]])
    tokens = []
    trainer.model.tts.text_encoder.register_forward_pre_hook(lambda _, inputs: tokens.append(inputs[0].shape[1]))
    trainer.model(OUT_OF_DOMAIN, batch)
    batch.pop("ood_input_ids")
    trainer.model(OUT_OF_DOMAIN, batch)
    assert tokens == [14, 10]


def test_what_is_not_finite_in_it_is_skipped_and_named(tmp_path, caplog):
    trainer = joint_trainer(tmp_path, max_steps=6, max_nonfinite_steps=3)
    extra, states_of = trainer.out_of_domain_pass, trainer.out_of_domain_pass.states_of
    extra.states_of = lambda waveform: states_of(waveform) * float("nan")
    with caplog.at_level(logging.WARNING, logger="transformers_tsukasa"):
        with pytest.raises(FloatingPointError, match="3 slm_updates in a row were not finite .*slm_adversarial"):
            trainer.train()
    assert "slm_update 1 is skipped on all processes (1 in a row)" in caplog.text
    assert all(torch.isfinite(weight).all() for weight in trainer.model.parameters())


def test_another_speech_language_model_than_that_of_the_discriminator_is_refused(tmp_path):
    model = ToySpeechLanguageModel()
    model.num_hidden_states = 5
    with pytest.raises(ValueError, match="set slm_hidden_size and slm_num_layers"):
        stage2_trainer(tmp_path, slm=model)
