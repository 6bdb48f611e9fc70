# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""One module for each training: its arguments, phases, models, trainer, and the run from a config file.

Every one of them has `CLASSES` (run options and arguments), `make_trainer(options, arguments)` and
`run(path, overrides, resume)`.
"""

from importlib import import_module
from types import ModuleType


MODULES = {
    "aligner": "aligner",
    "pitch": "pitch",
    "plbert": "plbert",
    "stage1": "stage1",
    "stage2": "stage2.run",
    "finetune": "finetune",
    "stage3": "stage3",
}
"""Name of a training on the command line -> its module here."""


def recipe_module(training: str) -> ModuleType:
    """Imports the module of a training, with everything that training needs.

    Args:
        training: a key of `MODULES`.
    """
    return import_module(f"{__name__}.{MODULES[training]}")


__all__ = ["MODULES", "recipe_module"]
