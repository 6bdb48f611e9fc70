# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Packages that only some commands need."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..utils.wording import install_hint


TRAINING_PACKAGES = frozenset({"accelerate", "datasets", "evaluate", "pyarrow", "swift_f0", "tensorboard"})
"""Import names of the packages of the extra `train` in setup.cfg."""


@contextmanager
def training_packages_explained() -> Iterator[None]:
    """Wrap imports of training: a missing package of the extra `train` becomes an error that tells how to install it.

    Anything else that cannot be imported, such as a module of our own, is a fault of ours and stays as it is.

    Raises:
        ImportError: when a package of the extra is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in TRAINING_PACKAGES:
            raise
        raise ImportError(f"training needs the package {error.name}: {install_hint('train')}") from error


__all__ = ["TRAINING_PACKAGES", "training_packages_explained"]
