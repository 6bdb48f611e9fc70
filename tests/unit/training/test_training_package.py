# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The package of training as it is seen from outside: its names, the shape of recipes, and the depth of trainers."""

import importlib
import subprocess
import sys

import pytest


pytest.importorskip("accelerate")

import transformers_tsukasa.training as training
from transformers_tsukasa.training.recipes import MODULES, recipe_module


TRAINERS = [name for name in training.__all__ if name.endswith("Trainer")]


def test_every_name_can_be_imported_and_other_names_are_refused():
    assert set(training.__all__) <= set(dir(training))
    for name in training.__all__:
        assert getattr(training, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Stage9Trainer'"):
        training.Stage9Trainer  # noqa: B018


def test_the_packages_import_nothing_heavy():
    code = "import sys; base = set(sys.modules); import transformers_tsukasa.training.recipes; "
    code += "print('torch' in set(sys.modules) - base)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False", result.stderr


@pytest.mark.parametrize("name", MODULES)
def test_recipes_have_one_shape(name):
    module = recipe_module(name)
    options, arguments = module.CLASSES
    assert issubclass(arguments, training.TsukasaTrainingArguments) and "model" in options.__dataclass_fields__
    assert callable(module.make_trainer) and callable(module.run)


@pytest.mark.parametrize("name", TRAINERS)
def test_an_update_runs_through_three_classes_at_most(name):
    ours = [cls for cls in getattr(training, name).__mro__ if cls.__module__.startswith("transformers_tsukasa")]
    with_methods = [cls for cls in ours if any(callable(value) for value in vars(cls).values())]
    assert len(with_methods) <= 3, with_methods


@pytest.mark.parametrize("name", TRAINERS)
def test_phases_name_modules_and_losses_of_the_trainer(name):
    trainer = getattr(training, name)
    engine = importlib.import_module("transformers_tsukasa.training.engine.phases")
    adversaries = {engine.DISCRIMINATORS, "slm_discriminator"}
    for phase in trainer.PHASES:
        assert phase.learners <= set(trainer.MODULES) | adversaries and phase.weights
        assert all(loss.teaches is None or loss.teaches in trainer.MODULES for loss in phase.losses)
