# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Layers that compute their states a second time in the backward pass."""

import pytest
import torch


pytest.importorskip("accelerate")

from support.stage1_toys import stage1_trainer
from support.stage2_toys import ToySpeechLanguageModel, stage2_trainer
from support.training_toys import after_gradients, losses_of, make_trainer
from transformers_tsukasa.training.doctor.memory_meter import MemoryMeter
from transformers_tsukasa.training.recipes.stage1 import RECONSTRUCTION


def stage1(folder, **options):
    return stage1_trainer(folder, tma_step=0, **options)


def stage2(folder, **options):
    return stage2_trainer(folder, slm=ToySpeechLanguageModel(), diffusion_step=0, joint_step=0, **options)


def one_update(trainer):
    """The log entry of an update, and its gradients."""
    gradients = {}

    def keep(kind):
        for name, module in trainer.modules().items():
            gradients.update(
                {
                    f"{name}.{key}": weight.grad.clone()
                    for key, weight in module.named_parameters()
                    if weight.grad is not None
                }
            )

    after_gradients(trainer, keep)
    trainer.train()
    return losses_of(trainer)[0], gradients


@pytest.mark.parametrize("make", [stage1, stage2])
def test_losses_and_gradients_are_those_without(tmp_path, make):
    plain, expected = one_update(make(tmp_path / "plain", max_steps=1))
    trainer = make(tmp_path / "again", max_steps=1, gradient_checkpointing=True)
    entry, gradients = one_update(trainer)
    layers = [layer for layer in trainer.model.modules() if getattr(layer, "gradient_checkpointing", False)]
    assert len(layers) > 3
    assert gradients.keys() == expected.keys() and entry == pytest.approx(plain, rel=1e-5)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], msg=lambda text, name=name: f"{name}: {text}")


def test_less_memory_is_held(tmp_path):
    taken = []
    for is_on in (False, True):
        trainer = stage1(tmp_path, gradient_checkpointing=is_on)  # as the doctor finds it
        batch = next(iter(trainer.get_train_dataloader()))
        trainer.model.train()
        with MemoryMeter(trainer.args.device) as meter:
            outputs = trainer.model(RECONSTRUCTION, batch)
        taken.append(meter.bytes)
        assert outputs["generated"].requires_grad
    assert taken[1] < 0.8 * taken[0]


def test_models_without_such_layers_are_named(tmp_path):
    with pytest.raises(ValueError, match="gradient_checkpointing has nothing to work on"):
        make_trainer(tmp_path, gradient_checkpointing=True)
    with pytest.raises(ValueError, match="gradient_checkpointing_kwargs is not supported"):
        make_trainer(tmp_path, gradient_checkpointing_kwargs={"use_reentrant": True})
