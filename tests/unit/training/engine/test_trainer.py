# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import logging
import math

import pytest
import torch
from transformers import Trainer

from support.training_toys import (
    DUEL,
    START,
    ToyDataset,
    ToyDiscriminator,
    ToyModels,
    after_gradients,
    losses_of,
    make_trainer,
    moved,
    snapshot,
)


pytest.importorskip("accelerate")

from transformers_tsukasa.training import losses
from transformers_tsukasa.training.engine.arguments import TsukasaTrainingArguments
from transformers_tsukasa.training.engine.phases import Schedule
from transformers_tsukasa.training.engine.run import finish_run
from transformers_tsukasa.training.engine.weight_average import restore_average
from transformers_tsukasa.training.losses import discriminator_loss, generator_loss


def test_in_each_phase_just_its_modules_move(tmp_path):
    trainer = make_trainer(tmp_path, max_steps=2)
    before = snapshot(trainer)
    trainer.train()
    assert moved(before, snapshot(trainer)) == set(START.learns)

    trainer = make_trainer(tmp_path, duel_from=0, max_steps=2)
    before = snapshot(trainer)
    trainer.train()
    assert moved(before, snapshot(trainer)) == set(DUEL.learns)


def test_a_frozen_module_learns_in_no_phase(tmp_path, caplog):
    trainer = make_trainer(tmp_path, duel_from=0, max_steps=2, frozen=["first"])
    before = snapshot(trainer)
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        trainer.train()
    assert moved(before, snapshot(trainer)) == set(DUEL.learns) - {"first"}
    assert [group["name"] for group in trainer.optimizer.param_groups] == ["second"]
    assert trainer.model.first.weight.grad is None and "frozen in every phase: first, never;" in caplog.text


def test_a_phase_begins_on_its_update_and_the_log_names_what_learns(tmp_path, caplog):
    trainer = make_trainer(tmp_path)
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        trainer.train()
    printed = [record.getMessage() for record in caplog.records if record.getMessage().startswith("phase")]
    assert len(printed) == 2
    assert "'start' from update 0; learns: first; frozen: second, discriminators; frozen in every " in printed[0]
    assert "; frozen in every phase: never; losses: distance;" in printed[0]
    assert "'duel' from update 2; learns: first, second, discriminators; frozen in every phase: never; " in printed[1]
    assert "does NOT run: tea (no kettle is given)" in printed[1]
    adversarial = ["discriminator" in entry for entry in losses_of(trainer)]
    assert adversarial == [False, False, True, True]


def test_named_losses_norms_and_rates_are_in_the_log(tmp_path):
    trainer = make_trainer(tmp_path, duel_from=0, max_steps=1, learning_rates={"second": 1e-3, "discriminators": 2e-3})
    trainer.train()
    (entry,) = losses_of(trainer)
    expected = 2 * entry["distance"] + entry["adversarial"] + 2 * entry["feature_matching"]
    assert entry["loss"] == pytest.approx(expected, abs=1e-5)
    assert entry["grad_norm/first"] > 0 and entry["grad_norm/discriminators"] > 0
    assert entry["learning_rate/first"] == 1e-2 and entry["learning_rate/second"] == 1e-3
    assert entry["learning_rate/discriminators"] == 2e-3


def test_both_sides_get_the_gradients_of_their_own_losses(tmp_path):
    """One forward pass of the discriminators serves both; here every loss has a graph of its own."""
    trainer = make_trainer(tmp_path, duel_from=0, max_steps=1)
    seen = {}

    def keep(kind):
        for name, module in trainer.modules().items():
            seen[name] = [weight.grad.clone() for weight in module.parameters()]

    after_gradients(trainer, keep)
    trainer.args.max_grad_norm = 0.0
    trainer.train()

    fresh, network = ToyModels(), ToyDiscriminator()
    batch = next(iter(make_trainer(tmp_path, duel_from=0).get_train_dataloader()))
    outputs = fresh.eval()(DUEL, batch)
    recorded, generated = outputs["recorded"], outputs["generated"]
    discriminator_loss(network(recorded), network(generated.detach())).backward()
    expected = {"discriminators": [weight.grad.clone() for weight in network.parameters()]}
    distance = (generated - recorded).square().mean()
    (2 * distance + generator_loss(network(recorded), network(generated))).backward()
    for name in ("first", "second"):
        expected[name] = [weight.grad for weight in getattr(fresh, name).parameters()]
    for name, gradients in expected.items():
        for gradient, other in zip(gradients, seen[name], strict=True):
            torch.testing.assert_close(gradient, other)


@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize("stop", [1, 3, 4])
def test_a_resumed_run_is_the_straight_run(tmp_path, accumulation, stop):
    # Four batches an epoch: after 4 updates (2 with accumulation) a new one begins. Noise is drawn in every forward.
    options = {
        "noise": 0.3,
        "gradient_accumulation_steps": accumulation,
        "ema_decay": 0.9,
        "lr_scheduler_type": "linear",
        "max_steps": 6,
        "duel_from": 1,
    }
    straight = make_trainer(tmp_path / "straight", **options)
    straight.train()
    stopped = make_trainer(tmp_path / "stopped", **{**options, "save_strategy": "steps", "save_steps": stop})
    stopped.train()
    resumed = make_trainer(tmp_path / "resumed", **options)
    resumed.train(resume_from_checkpoint=str(tmp_path / "stopped" / f"checkpoint-{stop}"))
    assert [entry["loss"] for entry in losses_of(resumed)[stop:]] == pytest.approx(
        [entry["loss"] for entry in losses_of(straight)[stop:]], abs=1e-6
    )
    assert not moved(snapshot(straight), snapshot(resumed))
    for name, mean in straight.average.means.items():
        assert torch.equal(mean, resumed.average.means[name])


def test_accumulation_equals_a_larger_batch(tmp_path, monkeypatch):
    # R takes a median over the batch, which parts of it do not have; everything else is a mean.
    monkeypatch.setattr(losses, "relativistic_loss", lambda difference: difference.sum() * 0.0)
    joined = make_trainer(
        tmp_path / "a", max_frames_per_batch=80, duel_from=0, max_steps=3, lr_scheduler_type="linear"
    )
    parts = make_trainer(
        tmp_path / "b", gradient_accumulation_steps=4, duel_from=0, max_steps=3, lr_scheduler_type="linear"
    )
    for trainer in (joined, parts):
        trainer.train()
    for name, values in snapshot(joined).items():
        for one, other in zip(values, snapshot(parts)[name], strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_what_is_not_finite_is_named_and_skipped(tmp_path, caplog):
    trainer = make_trainer(tmp_path, ToyDataset(broken=5), duel_from=0, max_frames_per_batch=10, max_steps=8)
    with caplog.at_level(logging.WARNING, logger="transformers_tsukasa"):
        trainer.train()
    (printed,) = [record.getMessage() for record in caplog.records if "is skipped" in record.getMessage()]
    assert "distance" in printed and "second" in printed and "discriminators" in printed and printed.endswith("[5]")
    assert all(torch.isfinite(value).all() for part in snapshot(trainer).values() for value in part)
    assert trainer.state.global_step == 8 and not any(math.isnan(e.get("distance", 0)) for e in losses_of(trainer))


def test_a_run_that_stays_not_finite_stops(tmp_path):
    dataset = ToyDataset()
    dataset.values[:] = float("inf")
    trainer = make_trainer(tmp_path, dataset, max_steps=8, max_nonfinite_steps=3)
    with pytest.raises(FloatingPointError, match="3 updates in a row were not finite .*distance"):
        trainer.train()


def test_evaluation_uses_the_mean_of_the_weights_and_disturbs_nothing(tmp_path):
    options = {"noise": 0.3, "ema_decay": 0.5, "duel_from": 0}
    evaluated = make_trainer(tmp_path, eval_dataset=ToyDataset(4), eval_strategy="steps", eval_steps=1, **options)
    evaluated.train()
    plain = make_trainer(tmp_path, **options)
    plain.train()
    assert not moved(snapshot(evaluated), snapshot(plain))
    figures = [entry["eval_distance"] for entry in evaluated.state.log_history if "eval_distance" in entry]
    assert len(figures) == 4
    with evaluated.average.in_place(evaluated.model):
        average = evaluated.average
        evaluated.average = None
        again = evaluated.evaluate()["eval_distance"]
    evaluated.average = average
    assert again == pytest.approx(figures[-1], abs=1e-6)
    assert evaluated.evaluate()["eval_distance"] == pytest.approx(figures[-1], abs=1e-6)


def test_gradients_are_clipped_per_module(tmp_path):
    trainer = make_trainer(tmp_path, duel_from=0, max_steps=1, max_grad_norm=1e-3)
    norms = {}

    def keep(kind):
        for name, module in trainer.modules().items():
            norms[name] = torch.stack([weight.grad.norm() for weight in module.parameters()]).norm().item()

    after_gradients(trainer, keep)
    trainer.train()
    assert norms == pytest.approx(dict.fromkeys(("first", "second", "discriminators"), 1e-3), rel=1e-2)


def test_bf16_runs(tmp_path):
    trainer = make_trainer(tmp_path, duel_from=1, max_steps=3, bf16=True)
    trainer.train()
    assert all(math.isfinite(entry["loss"]) for entry in losses_of(trainer))
    assert next(trainer.model.parameters()).dtype == torch.float32


def test_one_process_trains_on_one_gpu(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(TsukasaTrainingArguments, "n_gpu", property(lambda self: getattr(self, "_n_gpu", 4) or 4))
    arguments = TsukasaTrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    assert arguments._n_gpu == 1 and "one of the 4 GPUs" in caplog.text


def test_losses_of_weight_0_are_announced_as_absent(tmp_path, caplog):
    trainer = make_trainer(tmp_path, duel_from=0, max_steps=1, loss_weights={"distance": 0})
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        trainer.train()
    losses_line = "losses: adversarial, feature_matching, discriminator; does NOT run: tea (no kettle is given), "
    assert f"{losses_line}distance (its weight is 0);" in caplog.text


def test_a_phase_in_which_nothing_can_be_learned_is_refused(tmp_path):
    message = "learned in phase 'start', from update 0: .*: distance .its weight is 0.; raise one in loss_weights"
    with pytest.raises(ValueError, match=message):
        make_trainer(tmp_path, loss_weights={"distance": 0}).train()
    with pytest.raises(ValueError, match="no module would learn in phase 'start', .*frozen .first."):
        make_trainer(tmp_path, frozen="first").train()
    make_trainer(tmp_path, frozen="first", duel_from=0, max_steps=1).train()  # which never comes to that phase
    with pytest.raises(ValueError, match="no module would learn in phase 'duel', from update 0"):
        make_trainer(tmp_path, frozen=["first", "second"], duel_from=0).train()


def test_a_sum_of_losses_that_is_not_finite_is_named(tmp_path, caplog):
    trainer = make_trainer(tmp_path, loss_weights={"distance": 1e40}, max_steps=1)
    trainer.train()
    assert "not finite are the losses [their weighted sum]" in caplog.text
    assert (trainer.counts.updates, trainer.counts.skipped) == (1, 1)
    assert "their weighted sum" not in str(trainer.state.log_history)


def test_a_run_without_any_finite_update_has_no_result(tmp_path):
    trainer = make_trainer(tmp_path, loss_weights={"distance": 1e40}, max_steps=2)
    with pytest.raises(FloatingPointError, match="every update was skipped .2.*no result is written"):
        finish_run(trainer, None)
    assert not (tmp_path / "final").exists()


def test_the_logged_learning_rate_is_the_configured_one(tmp_path):
    options = {"lr_scheduler_type": "linear", "learning_rates": {"first": 1e-5, "second": 0.0}, "duel_from": 0}
    trainer = make_trainer(tmp_path, learning_rate=1e-4, **options)
    trainer.train()
    shares = [1.0, 0.75, 0.5, 0.25]
    for name, rate in (("", 1e-4), ("/first", 1e-5), ("/second", 0.0), ("/discriminators", 1e-4)):
        logged = [entry[f"learning_rate{name}"] for entry in losses_of(trainer)]
        assert logged == pytest.approx([rate * share for share in shares]), name


@pytest.mark.parametrize("resumed", [False, True])
def test_the_speed_counts_the_utterances_that_were_trained_with(tmp_path, resumed):
    # Four batches an epoch, two utterances each: an update has three batches, and the next the last one.
    options = {"gradient_accumulation_steps": 3, "max_steps": 3, "save_strategy": "steps", "save_steps": 1}
    trainer = make_trainer(tmp_path, **options)
    result = trainer.train()
    expected = 3 + 1 + 3
    if resumed:
        trainer = make_trainer(tmp_path, **options)
        result, expected = trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoint-1")), 1 + 3
    assert trainer.counts.utterances == 2 * expected
    speed = result.metrics["train_samples_per_second"]
    assert speed == pytest.approx(2 * expected / result.metrics["train_runtime"], rel=0.01)
    assert trainer.state.log_history[-1]["train_samples_per_second"] == speed


def test_the_loss_of_a_skipped_update_does_not_stay_in_the_log(tmp_path):
    trainer = make_trainer(tmp_path, ToyDataset(8, broken=0), max_frames_per_batch=10, max_steps=8)
    trainer.train()
    finite = [math.isfinite(entry["loss"]) for entry in losses_of(trainer)]
    assert finite.count(False) == 1 == trainer.counts.skipped and not all(finite[:-1])


def test_the_mean_loss_of_a_run_is_of_the_updates_that_were_made(tmp_path):
    trainer = make_trainer(tmp_path, ToyDataset(8, broken=0), max_frames_per_batch=10, max_steps=8)
    output = trainer.train()
    losses = [entry["loss"] for entry in losses_of(trainer) if math.isfinite(entry["loss"])]
    assert len(losses) == 7 and output.training_loss == pytest.approx(sum(losses) / 7, rel=1e-5)
    assert output.metrics["train_loss"] == trainer.state.log_history[-1]["train_loss"] == output.training_loss


def test_a_checkpoint_holds_the_mean_and_resumes_from_the_weights(tmp_path):
    options = {"ema_decay": 0.5, "duel_from": 0, "max_steps": 4}
    stopped = make_trainer(tmp_path, **options, save_strategy="steps", save_steps=2)
    stopped.train()
    saved = ToyModels()
    saved.load(tmp_path / "checkpoint-4")
    for name, value in saved.named_parameters():
        torch.testing.assert_close(value, stopped.average.means[name])
    without = make_trainer(tmp_path / "other", **{**options, "ema_decay": 0.0})
    without.load_checkpoint(tmp_path / "checkpoint-4")  # a run that keeps no mean continues from the weights too
    assert not moved(snapshot(stopped), snapshot(without))
    older = {"updates": 4, "means": dict(stopped.average.means)}  # as earlier versions wrote it, beside the weights
    again = make_trainer(tmp_path / "older", **options)
    again.model.load_state_dict(stopped.model.state_dict())
    restore_average(again.average, older, again.model)
    assert again.average.updates == 4
    torch.testing.assert_close(again.average.means, stopped.average.means)


def test_the_best_checkpoint_is_loaded_at_the_end(tmp_path):
    options = {"eval_strategy": "steps", "save_strategy": "steps", "eval_steps": 1, "save_steps": 1, "max_steps": 4}
    trainer = make_trainer(
        tmp_path,
        eval_dataset=ToyDataset(4),
        load_best_model_at_end=True,
        metric_for_best_model="distance",
        greater_is_better=True,  # the worst one, which is not the last
        save_total_limit=2,
        ema_decay=0.5,
        **options,
    )
    trainer.train()
    figures = [entry["eval_distance"] for entry in trainer.state.log_history if "eval_distance" in entry]
    best = 1 + figures.index(max(figures))
    assert best < 4 and trainer.state.best_model_checkpoint == str(tmp_path / f"checkpoint-{best}")
    assert {path.name for path in tmp_path.glob("checkpoint-*")} == {f"checkpoint-{best}", "checkpoint-4"}
    saved = ToyModels()
    saved.load(tmp_path / f"checkpoint-{best}")
    with trainer.exported_weights():
        for name, value in saved.named_parameters():
            torch.testing.assert_close(value, dict(trainer.model.named_parameters())[name].detach())


@pytest.mark.parametrize(
    ("metric", "greater"), [("mel", False), ("eval_f0", False), ("accuracy", True), ("prompt_explained", True)]
)
def test_losses_are_better_when_they_are_smaller(tmp_path, metric, greater):
    arguments = TsukasaTrainingArguments(output_dir=str(tmp_path), use_cpu=True, metric_for_best_model=metric)
    assert arguments.greater_is_better is greater


def test_a_hub_that_cannot_be_reached_is_a_sentence(tmp_path, monkeypatch):
    def unreachable(*arguments, **keywords):
        raise RuntimeError("no route\nat all")

    monkeypatch.setattr(Trainer, "init_hf_repo", unreachable)
    with pytest.raises(OSError, match=r"^push_to_hub: the repository cannot be made on the hub \(no route\)"):
        make_trainer(tmp_path, push_to_hub=True)


def test_an_interrupted_update_leaves_nothing_for_the_next_run(tmp_path):
    """Nothing is drawn here, and the interruption comes with the second batch of the first update."""
    options = {"gradient_accumulation_steps": 2, "max_steps": 2, "duel_from": 0}
    fresh, interrupted = make_trainer(tmp_path / "fresh", **options), make_trainer(tmp_path / "interrupted", **options)
    fresh.train()
    prepare, calls = interrupted._prepare_inputs, []

    def interrupt(inputs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return prepare(inputs)

    interrupted._prepare_inputs = interrupt
    with pytest.raises(KeyboardInterrupt):
        interrupted.train()
    interrupted.train()
    assert losses_of(interrupted) == losses_of(fresh)
    assert moved(snapshot(fresh), snapshot(interrupted)) == set()
    assert interrupted.counts.utterances == fresh.counts.utterances


def test_the_log_reports_processes_and_unused_arguments(tmp_path, caplog):
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        make_trainer(tmp_path, gradient_accumulation_steps=9, per_device_train_batch_size=4, max_steps=1).train()
    assert "1 process, 4 batches an epoch; an epoch is 1 update" in caplog.text
    assert "gradient_accumulation_steps is 9, but an epoch has only 4 batches" in caplog.text
    assert "per_device_train_batch_size (4) is not used" in caplog.text


def test_wrong_options_are_refused(tmp_path):
    with pytest.raises(ValueError, match="learning_rates names 'third'"):
        make_trainer(tmp_path, learning_rates={"third": 1.0})
    with pytest.raises(ValueError, match="frozen names 'third'"):
        make_trainer(tmp_path, frozen=["third"])
    with pytest.raises(ValueError, match="loss_weights names 'mel'"):
        make_trainer(tmp_path, loss_weights={"mel": 1.0})
    best = {"load_best_model_at_end": True, "eval_strategy": "steps", "save_strategy": "steps"}
    with pytest.raises(ValueError, match="load_best_model_at_end needs metric_for_best_model, a loss"):
        make_trainer(tmp_path, **best)
    with pytest.raises(ValueError, match="ema_decay"):
        make_trainer(tmp_path, ema_decay=1.0)
    with pytest.raises(ValueError, match="first at 0"):
        Schedule([1], [START])
