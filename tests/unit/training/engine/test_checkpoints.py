# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Checkpoints of several processes appear joined, also under fp16."""

import pytest
import torch


pytest.importorskip("accelerate")

from support.launching import assert_equal_weights, launch


@pytest.mark.slow
def test_two_processes_write_one_complete_checkpoint(tmp_path):
    changes = ["max_frames_per_batch=40", "max_steps=3", "duel_from=1", "fp16=true"]
    folder = tmp_path / "two"
    parts, _ = launch(2, folder, "toy", *changes, "save_strategy=steps", "save_steps=1", "save_total_limit=2")
    assert_equal_weights(parts[0], parts[1], rtol=0, atol=0)
    names = {path.name for path in folder.iterdir() if path.is_dir()}
    assert names == {"checkpoint-2", "checkpoint-3"}
    for name in names:
        files = {path.name for path in (folder / name).iterdir()}
        assert {"trainer_state.json", "trainer_extra.pt", "scaler.pt", "rng_state_0.pth", "rng_state_1.pth"} <= files
    # The scale is too large for the first update with discriminators, on both.
    assert torch.load(folder / "checkpoint-3" / "scaler.pt", weights_only=True)["scale"] < 2.0**16
