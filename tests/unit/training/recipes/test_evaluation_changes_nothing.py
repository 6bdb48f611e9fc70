# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run that evaluates and logs samples after every update equals, bit by bit, the run that never does."""

import random

import numpy as np
import pytest
import torch


pytest.importorskip("accelerate")
pytest.importorskip("tensorboard")

from support.reranker_toys import reranker_trainer
from support.stage1_toys import aligner_trainer, pitch_trainer, stage1_trainer
from support.stage2_toys import ToySpeechLanguageModel, finetune_trainer, stage2_trainer
from support.text_toys import plbert_trainer, stage3_trainer
from support.voice_toys import voice_trainer


def jointly(make):
    """The trainer with a phase for every update but the first, the joint one and its extra update at the end."""

    def joint(folder, **changes):
        steps = {"diffusion_step": 1, "joint_step": 2}
        return make(folder, None, ToySpeechLanguageModel(), **steps, **changes)

    return joint


TRAINERS = {
    "aligner": aligner_trainer,
    "pitch": pitch_trainer,
    "plbert": plbert_trainer,
    "stage1": lambda folder, **changes: stage1_trainer(folder, tma_step=1, soft_alignment_share=0.5, **changes),
    "stage2": jointly(stage2_trainer),
    "finetune": jointly(finetune_trainer),
    "stage3": stage3_trainer,
    "voice": voice_trainer,
    "reranker": reranker_trainer,
}


def everything(trainer):
    """All that a run carries on from update to update."""
    held = [trainer.model, *(getattr(trainer, name, None) for name in ("discriminators", "speech_language_model"))]
    configs = [module.config for held_one in held if held_one is not None for module in held_one.modules()
               if hasattr(module, "config")]  # fmt: skip
    return {
        "weights": [dict(one.named_parameters()) for one in held if one is not None],
        "buffers": [dict(one.named_buffers()) for one in held if one is not None],
        "optimizer": trainer.optimizer.state_dict(),
        "schedule": trainer.lr_scheduler.state_dict(),
        "extra": trainer.extra_state(),  # the adversaries' optimizers and schedules, the mean of the weights
        "configs": [config.to_dict() if hasattr(config, "to_dict") else vars(config) for config in configs],
        "random state": [torch.get_rng_state(), np.random.get_state(), random.getstate()],
        "losses": [
            {name: value for name, value in entry.items() if name not in ("epoch", "step")}
            for entry in trainer.state.log_history
            if "loss" in entry
        ],
    }


def assert_same(one, other, place=""):
    if isinstance(one, torch.Tensor | np.ndarray):
        assert one.dtype == other.dtype and bool((torch.as_tensor(one) == torch.as_tensor(other)).all()), place
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), place
        for key, value in one.items():
            assert_same(value, other[key], f"{place}/{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), place
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            assert_same(first, second, f"{place}/{index}")
    else:
        assert one == other, place


@pytest.mark.parametrize("name", TRAINERS)
def test_a_run_that_evaluates_is_the_run_that_does_not(tmp_path, name):
    shared = {"max_steps": 4, "ema_decay": 0.9}
    plain = TRAINERS[name](tmp_path / "plain", **shared)
    plain.train()
    expected = everything(plain)
    looking = {"eval_strategy": "steps", "eval_steps": 1, "num_logged_samples": 1, "report_to": "tensorboard"}
    evaluated = TRAINERS[name](tmp_path / "evaluated", **shared, **looking)
    evaluated.train()
    assert sum("eval_loss" in entry for entry in evaluated.state.log_history) == 4
    assert_same(expected, everything(evaluated), name)
