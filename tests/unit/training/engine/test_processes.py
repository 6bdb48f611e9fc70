# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Two processes on the CPU against one with the joined batch."""

import os
import subprocess
import sys
import time

import pytest
import torch

from support.launching import PLACES, SCRIPT, assert_equal_weights, launch
from support.training_toys import losses_of, make_trainer


pytest.importorskip("accelerate")


@pytest.mark.slow
def test_two_processes_are_one_with_the_joined_batch(tmp_path):
    # Unshuffled by size alone: 8 utterances, all in each update, so that their order does not matter.
    changes = ["max_steps=3", "duel_from=1"]
    (joined,), _ = launch(1, tmp_path / "one", "toy", "max_frames_per_batch=80", *changes)
    parts, _ = launch(2, tmp_path / "two", "toy", "max_frames_per_batch=40", *changes)
    assert_equal_weights(parts[0], parts[1], rtol=0, atol=0)
    assert_equal_weights(joined, parts[0], rtol=1e-4, atol=1e-6)
    for name in ("distance", "adversarial", "discriminator"):
        assert parts[0]["history"][-1][name] == pytest.approx(joined["history"][-1][name], rel=1e-4)
    # With accumulation on top.
    quarters, _ = launch(
        2, tmp_path / "acc", "toy", "max_frames_per_batch=20", "gradient_accumulation_steps=2", *changes
    )
    assert_equal_weights(joined, quarters[0], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_a_broken_batch_of_one_process_is_skipped_by_both(tmp_path):
    changes = ["max_frames_per_batch=10", "max_steps=8", "duel_from=2", "broken=3"]
    results, printed = launch(2, tmp_path / "two", "toy", *changes)
    assert_equal_weights(results[0], results[1], rtol=0, atol=0)
    assert all(torch.isfinite(value).all() for value in results[0]["state"].values())
    skipped = [text.count("is skipped on all processes") for text in printed]
    assert skipped[0] == skipped[1] > 0
    assert sum("utterances of this process: [3]" in text for text in printed) >= 1


@pytest.mark.slow
def test_stage_1_keeps_its_weights_equal_on_two_processes(tmp_path):
    results, _ = launch(2, tmp_path / "two", "stage1", "max_frames_per_batch=120", "max_steps=2", "tma_step=1")
    # Buffers of the spectral norm go their own way on every process until they are saved.
    weights = [name for name in results[0]["state"] if not name.endswith(("._u", "._v"))]
    for name in weights:
        torch.testing.assert_close(results[0]["state"][name], results[1]["state"][name], rtol=0, atol=0, msg=name)
    assert "adversarial" in results[0]["history"][1]


@pytest.mark.slow
def test_two_processes_go_on_from_their_checkpoint_as_the_straight_run(tmp_path):
    changes = ["max_frames_per_batch=20", "max_steps=6", "duel_from=2", "noise=0.3", "ema_decay=0.9"]
    straight, _ = launch(2, tmp_path / "straight", "toy", "save_strategy=steps", "save_steps=3", *changes)
    checkpoint = tmp_path / "straight" / "checkpoint-3"
    resumed, _ = launch(2, tmp_path / "resumed", "toy", f"resume={checkpoint}", *changes)
    for one, other in zip(straight, resumed, strict=True):
        assert_equal_weights(one, other, rtol=0, atol=1e-6)
    expected, losses = ([entry["loss"] for entry in run[0]["history"][3:]] for run in (straight, resumed))
    assert len(expected) == 3 and losses == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_a_killed_run_goes_on_as_the_straight_one(tmp_path):
    from transformers_tsukasa.training.engine.checkpoints import last_checkpoint

    options = {"noise": 0.3, "max_steps": 400, "duel_from": 2, "ema_decay": 0.9}
    folder = tmp_path / "killed"
    command = [sys.executable, str(SCRIPT), "toy", str(folder), "save_strategy=steps"]
    changes = [f"{key}={value}" for key, value in {**options, "save_steps": 1, "save_total_limit": 3}.items()]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": PLACES}
    process = subprocess.Popen([*command, *changes], env=environment, stdout=subprocess.DEVNULL)
    while not list(folder.glob("checkpoint-[5-9]*")) and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    assert process.wait() != 0, "the run ended before it was killed"
    checkpoint = last_checkpoint(folder)
    step = int(checkpoint.name.split("-")[1])

    options["max_steps"] = step + 5
    straight = make_trainer(tmp_path / "straight", **options)
    straight.train()
    resumed = make_trainer(tmp_path / "resumed", **options)
    resumed.train(resume_from_checkpoint=str(checkpoint))
    expected = [entry["loss"] for entry in losses_of(straight)]
    assert [entry["loss"] for entry in losses_of(resumed)] == pytest.approx(expected, abs=1e-5)
