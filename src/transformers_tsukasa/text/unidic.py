# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""MeCab with UniDic, loaded when Japanese is first read: phonemes need none of it (docs/decisions/0020)."""

import os
from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    import fugashi


def unidic_tagger(settings: str | os.PathLike = os.devnull) -> "fugashi.GenericTagger":
    """Return a new analyser with the dictionary of unidic-lite; it belongs to one thread.

    Args:
        settings: path of a `mecabrc`; without it MeCab's own settings hold.

    Raises:
        ImportError: when fugashi or unidic-lite is not installed.
    """
    try:
        import fugashi
    except ImportError as error:
        raise ImportError(_HINT.format("fugashi")) from error
    return fugashi.GenericTagger(f'-r "{settings}" -d "{unidic_folder()}"')


def unidic_folder() -> Path:
    """Return the folder of unidic-lite's dictionary.

    Raises:
        ImportError: when unidic-lite is not installed.
    """
    try:
        import unidic_lite
    except ImportError as error:
        raise ImportError(_HINT.format("unidic-lite")) from error
    return Path(unidic_lite.DICDIR)


_HINT = "reading Japanese needs {}, which is not installed: run `pip install fugashi unidic-lite`, or give phonemes"


__all__ = ["unidic_folder", "unidic_tagger"]
