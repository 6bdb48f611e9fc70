# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The packages that only lists and shards need."""

from types import ModuleType

from ...utils.wording import install_hint


def import_datasets() -> ModuleType:
    """Import `datasets`.

    Raises:
        ImportError: with how to install it.
    """
    try:
        import datasets
    except ImportError as error:
        raise ImportError(f"lists of texts need the package datasets: {install_hint('bulk')}") from error
    return datasets


def import_parquet() -> ModuleType:
    """Import `pyarrow.parquet`.

    Raises:
        ImportError: with how to install it.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(f"Parquet files need the package pyarrow: {install_hint('bulk')}") from error
    return pyarrow.parquet


__all__ = ["import_datasets", "import_parquet"]
