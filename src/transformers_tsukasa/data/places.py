# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Corpora and sources of recordings by their places alone, before what reads them is imported."""

import os
import re
from pathlib import Path


PREPARATION_FILE = "preparation.json"
"""In a folder, what makes it a prepared corpus."""

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def check_prepared(folder: str | os.PathLike) -> None:
    """Refuses what is no prepared corpus.

    Raises:
        FileNotFoundError: when the folder does not exist, or its preparation has not finished.
        ValueError: when it is no corpus.
    """
    path = Path(folder)
    if (path / PREPARATION_FILE).is_file():
        return
    if path.absolute().with_name(path.absolute().name + ".preparing").is_dir():
        raise FileNotFoundError(
            f"the preparation of '{folder}' has not finished: give the same `tsukasa prepare` command again"
        )
    if not path.is_dir():
        raise FileNotFoundError(f"there is no prepared corpus at '{folder}': make one with `tsukasa prepare`")
    raise ValueError(f"'{folder}' is not a prepared corpus: make one from it with `tsukasa prepare`")


def is_hub_id(source: str) -> bool:
    """Whether a source can only be a data set of the hub, owner/name."""
    path = Path(source)
    return not path.exists() and _HUB_ID.fullmatch(source) is not None and not path.parent.is_dir()


def check_source(source: str) -> None:
    """Refuses a source that is neither on this machine nor a hub id.

    Raises:
        FileNotFoundError: then.
    """
    if not Path(source).exists() and not is_hub_id(source):
        raise FileNotFoundError(
            f"there is nothing at '{source}': give a folder with a transcript, a transcript, a data set on disk, or a "
            "hub id (owner/name)"
        )


__all__ = ["PREPARATION_FILE", "check_prepared", "check_source", "is_hub_id"]
