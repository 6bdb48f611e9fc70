# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The processor beside a tokenizer, where a pipeline saves its model and its tokenizer alone."""

import os
import shutil
from pathlib import Path

from transformers.utils import PROCESSOR_NAME

from ...model_folders import is_model_folder, is_same_folder
from ...utils.atomic_files import write_text


_OWN_FOLDERS = ("prompt_tokenizer", "text_tokenizer")  # of Kotodama


def carry_processor(source: str | os.PathLike, folder: str | os.PathLike) -> None:
    """Copy the processor that a tokenizer was loaded beside into the folder of a model that has none.

    That is its settings, and Kotodama's tokenizers. Nothing is done where the source is no folder with a processor,
    as a hub id is not.

    Args:
        source: that the tokenizer was loaded from; empty for one that was made in memory.
        folder: to which model and tokenizer were saved.
    """
    source, folder = Path(source or os.devnull), Path(folder)  # an empty path would be the current folder
    if not (source / PROCESSOR_NAME).is_file() or is_same_folder(folder, source):
        return
    if not is_model_folder(folder) or (folder / PROCESSOR_NAME).exists():
        return
    for name in _OWN_FOLDERS:
        if (source / name).is_dir() and not (folder / name).exists():
            shutil.copytree(source / name, folder / name)
    write_text(folder / PROCESSOR_NAME, (source / PROCESSOR_NAME).read_text(encoding="utf-8"))


__all__ = ["carry_processor"]
