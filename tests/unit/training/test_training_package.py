# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The package of training as it is seen from outside: its names, the shape of recipes, and the depth of trainers."""

import importlib
import inspect
import subprocess
import sys

import pytest


pytest.importorskip("accelerate")

import transformers_tsukasa.training as training
from transformers_tsukasa.training.recipes import TRAINERS as RECIPES
from transformers_tsukasa.training.recipes import trainer_class


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


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_have_one_shape(name):
    trainer = trainer_class(name)
    assert issubclass(trainer.ARGUMENTS, training.TsukasaTrainingArguments)
    assert {"model", "corpus"} <= trainer.OPTIONS.__dataclass_fields__.keys()
    assert trainer is getattr(training, trainer.__name__)


@pytest.mark.parametrize("name", TRAINERS)
def test_an_update_runs_through_three_classes_at_most(name):
    ours = [cls for cls in getattr(training, name).__mro__ if cls.__module__.startswith("transformers_tsukasa")]
    with_methods = [cls for cls in ours if any(map(inspect.isroutine, vars(cls).values()))]
    assert len(with_methods) <= 3, with_methods


@pytest.mark.parametrize("name", TRAINERS)
def test_phases_name_modules_and_losses_of_the_trainer(name):
    trainer = getattr(training, name)
    engine = importlib.import_module("transformers_tsukasa.training.engine.phases")
    adversaries = {engine.DISCRIMINATORS, "slm_discriminator"}
    for phase in trainer.PHASES:
        assert phase.learners <= set(trainer.MODULES) | adversaries and phase.weights
        assert all(loss.teaches is None or loss.teaches in trainer.MODULES for loss in phase.losses)
