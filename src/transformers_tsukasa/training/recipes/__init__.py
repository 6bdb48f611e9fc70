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
    """The module of a training, which imports everything that training needs.

    Args:
        training: a key of `MODULES`.

    Raises:
        ModuleNotFoundError: when another package is missing, with the command that installs it.
    """
    try:
        return import_module(f"{__name__}.{MODULES[training]}")
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == __name__.partition(".")[0]:
            raise  # a mistake of our own, which no installation mends
        message = f"training needs more packages: pip install transformers-tsukasa[train] ({error})"
        raise ModuleNotFoundError(message, name=error.name) from error


__all__ = ["MODULES", "recipe_module"]
