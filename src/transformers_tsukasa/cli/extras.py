# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Packages that only some commands need."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from ..utils.wording import install_hint


TRAINING_PACKAGES = frozenset({"accelerate", "datasets", "evaluate", "pyarrow", "swift_f0", "tensorboard"})
"""Import names of the packages of the extra `train` in setup.cfg."""

SERVING_PACKAGES = frozenset({"fastapi", "multipart", "pydantic", "python_multipart", "starlette", "uvicorn"})
"""Import names of the packages of the extra `serve`, and of what they are built on."""


def training_packages_explained() -> AbstractContextManager[None]:
    """Wrap imports of training: a missing package of the extra `train` becomes an error that tells how to install it.

    Anything else that cannot be imported, such as a module of our own, is a fault of ours and stays as it is.

    Raises:
        ImportError: when a package of the extra is missing.
    """
    return _explained("training", "train", TRAINING_PACKAGES)


def serving_packages_explained() -> AbstractContextManager[None]:
    """Wrap imports of the server, like `training_packages_explained`."""
    return _explained("serving", "serve", SERVING_PACKAGES)


@contextmanager
def _explained(activity: str, extra: str, packages: frozenset[str]) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise ImportError(f"{activity} needs the package {error.name}: {install_hint(extra)}") from error


__all__ = [
    "SERVING_PACKAGES",
    "TRAINING_PACKAGES",
    "serving_packages_explained",
    "training_packages_explained",
]
