# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 2 and fine-tuning on two processes, and with accumulated gradients, against one batch, in every phase."""

import pytest
import torch


pytest.importorskip("accelerate")

from support.launching import launch


UPDATES = ("0", "1", "2", "2slm_")


def run(count, folder, *changes):
    results, printed = launch(count, folder, "still", *changes)
    gradients = [torch.load(folder / f"gradients-{rank}.pt", weights_only=True) for rank in range(count)]
    return [result["history"] for result in results], gradients, printed


def assert_same_gradients(expected, given):
    assert expected.keys() == given.keys() == set(UPDATES)
    for update in UPDATES:
        assert expected[update].keys() == given[update].keys()
        for part, gradient in expected[update].items():
            assert gradient.norm() > 0, (update, part)
            difference = (given[update][part] - gradient).norm() / gradient.norm()
            assert difference < 1e-3, (update, part, float(difference))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stage2", "finetune"])
def test_two_processes_give_the_gradients_of_the_joined_batch(tmp_path, kind):
    # One of the processes has two clips in the window, the other one.
    changes = (f"kind={kind}", "long=[0, 1, 2]")
    (history,), (joined,), _ = run(1, tmp_path / "one", "max_frames_per_batch=320", *changes)
    histories, parts, _ = run(2, tmp_path / "two", "max_frames_per_batch=160", *changes)
    for gradients in parts:
        assert_same_gradients(joined, gradients)
    for entry, expected in zip(histories[0], history, strict=True):
        names = {"loss", "mel", "duration_ce", "style", "diffusion", "discriminator", "slm_features", "sigma_data"}
        names = names & expected.keys()
        assert {name: entry[name] for name in names} == pytest.approx(
            {name: expected[name] for name in names}, rel=1e-3
        )
    assert (histories[0][2]["slm_clips"], histories[0][2]["slm_clips_outside"]) == (3, 1)


@pytest.mark.slow
def test_a_process_without_a_clip_goes_along(tmp_path):
    changes = ("long=[2]",)
    _, (joined,), _ = run(1, tmp_path / "one", "max_frames_per_batch=320", *changes)
    _, parts, _ = run(2, tmp_path / "two", "max_frames_per_batch=160", *changes)
    for gradients in parts:
        assert_same_gradients(joined, gradients)
    # When no process has any, all of them warn and continue.
    histories, parts, printed = run(2, tmp_path / "none", "max_frames_per_batch=160", "long=[]")
    assert all("2slm_" not in gradients for gradients in parts) and all(len(history) == 3 for history in histories)
    assert all("gets no clip after update 3: in each of 4 pairs" in text for text in printed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stage2", "finetune"])
def test_accumulation_gives_the_gradients_of_the_joined_batch(tmp_path, kind):
    changes = (f"kind={kind}", "long=[0, 1, 2]")
    _, (joined,), _ = run(1, tmp_path / "one", "max_frames_per_batch=320", *changes)
    _, (parts,), _ = run(1, tmp_path / "parts", "max_frames_per_batch=160", "gradient_accumulation_steps=2", *changes)
    assert_same_gradients(joined, parts)
