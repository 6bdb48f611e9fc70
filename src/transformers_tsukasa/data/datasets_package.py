# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The optional package `datasets`, which only training needs."""

from types import ModuleType


def import_datasets() -> ModuleType:
    """The package.

    Raises:
        ImportError: with how to install it.
    """
    try:
        import datasets
    except ImportError as error:
        raise ImportError("corpora need the package datasets: pip install 'transformers-tsukasa[train]'") from error
    return datasets
