# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import logging
import math

import pytest
import torch

from support.training_toys import ToyDataset


pytest.importorskip("accelerate")

from support.stage1_toys import stage1_trainer
from support.training_toys import losses_of, make_trainer, moved, snapshot
from transformers_tsukasa.training.engine.loss_scale import LossScale


def fp16_trainer(folder, dataset=None, scale=1024.0, **options):
    trainer = make_trainer(folder, dataset, fp16=True, **{"duel_from": 0, **options})
    trainer.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=scale)
    return trainer


def without_autocast(trainer):
    """So that the scale alone makes the difference."""
    trainer.accelerator.native_amp = False
    return trainer


@pytest.mark.parametrize("accumulation", [1, 2])
def test_the_scale_changes_no_weight(tmp_path, accumulation):
    options = {"gradient_accumulation_steps": accumulation, "duel_from": 1, "max_grad_norm": 0.5}
    plain = make_trainer(tmp_path, **options)
    scaled = without_autocast(fp16_trainer(tmp_path, **options))
    for trainer in (plain, scaled):
        trainer.train()
    for name, values in snapshot(plain).items():
        for one, other in zip(values, snapshot(scaled)[name], strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)
    for one, other in zip(losses_of(plain), losses_of(scaled), strict=True):
        assert other["grad_norm/first"] == pytest.approx(one["grad_norm/first"], rel=1e-4)
    assert losses_of(scaled)[-1]["loss_scale"] == 1024.0


def test_what_is_computed_is_half_as_wide(tmp_path):
    trainer = fp16_trainer(tmp_path, max_steps=3)
    seen = {}
    trainer.model.second.register_forward_hook(lambda module, inputs, output: seen.update(dtype=output.dtype))
    trainer.train()
    assert seen["dtype"] == torch.float16 and next(trainer.model.parameters()).dtype == torch.float32
    assert all(math.isfinite(entry["loss"]) for entry in losses_of(trainer))


def test_a_scale_that_is_too_large_is_halved_until_it_fits_and_is_no_failure(tmp_path, caplog):
    # Gradients that are scaled so overflow even in float32, for more updates than failures end a run.
    options = {"loss_weights": {"distance": 1e6}, "max_steps": 40, "max_nonfinite_steps": 3}
    trainer = without_autocast(fp16_trainer(tmp_path, scale=2.0**127, **options))
    before = snapshot(trainer)
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        trainer.train()
    searched = [record for record in caplog.records if "the scale is halved" in record.getMessage()]
    assert 3 < len(searched) < 40 and all(record.levelno == logging.INFO for record in searched)
    assert trainer.loss_scale.value == 2.0 ** (127 - len(searched))
    assert moved(before, snapshot(trainer)) == {"first", "second", "discriminators"}
    assert not any("distance" in entry for entry in losses_of(trainer)[: len(searched)])


def test_an_overflow_on_one_side_stops_both(tmp_path):
    trainer = without_autocast(fp16_trainer(tmp_path, max_steps=1))
    trainer.discriminators.score.weight.register_hook(lambda grad: grad * float("inf"))
    before = snapshot(trainer)
    trainer.train()
    assert not moved(before, snapshot(trainer)) and trainer.loss_scale.value == 512.0


def test_losses_that_are_not_finite_are_failures_whatever_the_scale(tmp_path):
    dataset = ToyDataset()
    dataset.values[:] = float("inf")
    trainer = fp16_trainer(tmp_path, dataset, max_steps=8, max_nonfinite_steps=3)
    with pytest.raises(FloatingPointError, match="3 updates in a row were not finite .*train without bf16 and fp16"):
        trainer.train()


def test_gradients_that_stay_infinite_end_the_run(tmp_path):
    trainer = without_autocast(fp16_trainer(tmp_path, scale=8.0, max_steps=9, max_nonfinite_steps=2))
    trainer.model.first.weight.register_hook(lambda grad: grad * float("inf"))
    with pytest.raises(FloatingPointError, match="2 updates in a row were not finite .*gradients of: first"):
        trainer.train()
    assert trainer.state.global_step == 4  # three halvings, then two failures, the second of which ends the run


@pytest.mark.parametrize("stop", [2, 3])
def test_a_resumed_run_goes_on_with_the_scale(tmp_path, stop):
    options = {"noise": 0.3, "ema_decay": 0.9, "max_steps": 5, "duel_from": 1}

    def make(folder, **more):
        trainer = fp16_trainer(folder, **options, **more)
        # Twice in three updates, so that the count to the next doubling is kept too.
        trainer.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=64.0, growth_interval=3)
        return trainer

    straight = make(tmp_path / "a")
    straight.train()
    make(tmp_path / "b", save_strategy="steps", save_steps=stop).train()
    resumed = make(tmp_path / "c")
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / f"checkpoint-{stop}"))
    assert resumed.accelerator.scaler.state_dict() == straight.accelerator.scaler.state_dict()
    assert straight.loss_scale.value == 128.0
    assert [entry["loss"] for entry in losses_of(resumed)[stop:]] == pytest.approx(
        [entry["loss"] for entry in losses_of(straight)[stop:]], abs=1e-5
    )
    assert not moved(snapshot(straight), snapshot(resumed))


def test_a_run_in_fp16_goes_on_without_it(tmp_path):
    fp16_trainer(tmp_path / "a", save_strategy="steps", save_steps=2).train()
    resumed = make_trainer(tmp_path / "b", duel_from=0)
    resumed.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-2"))
    assert resumed.state.global_step == 4 and resumed.loss_scale.value is None


def test_an_update_of_its_own_ends_with_the_scale_moved(tmp_path):
    """As the adversarial update of the speech language model is made, beside the usual one."""
    trainer = without_autocast(fp16_trainer(tmp_path, scale=2.0**127))
    trainer.create_optimizer()
    scale = LossScale(trainer.accelerator)
    weight = trainer.model.first.weight
    for name, expected in (("once", 2.0**126), ("twice", 2.0**125)):
        trainer.accelerator.backward(weight.square().sum() * 1e3)
        scale.divide([trainer.optimizer])
        assert not torch.isfinite(weight.grad).all(), name
        scale.step(trainer.optimizer)
        scale.move()
        weight.grad = None
        assert scale.value == expected


def test_stage_1_in_fp16_stays_finite(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=0, fp16=True, max_steps=2)
    trainer.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=16.0)
    trainer.train()
    assert [entry["loss_scale"] for entry in losses_of(trainer)] == [16.0, 16.0]
    assert all(entry["grad_norm"] > 0 and entry["mel"] < 10 for entry in losses_of(trainer))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
def test_stage_1_in_fp16_on_a_gpu(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=1, fp16=True, max_steps=30, use_cpu=False)
    trainer.train()
    learned = [entry for entry in losses_of(trainer) if "mel" in entry]
    assert len(learned) > 10 and learned[-1]["mel"] < learned[0]["mel"]
    assert 1.0 < trainer.loss_scale.value <= 65536.0
