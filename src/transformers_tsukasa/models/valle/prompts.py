# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Prompts: the codes of a clip with the ids of its text, made from a clip or read from a file of VALL-E X."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ...utils.damaged_files import reading


LANGUAGES = {"en": 0, "zh": 1, "ja": 2}
"""Languages of VALL-E X by their rows of the embedding."""

# The files number them differently.
_LANGUAGES_OF_FILES = ("zh", "ja", "en")
_KEYS = ("audio_tokens", "text_tokens", "lang_code")


@dataclass(frozen=True)
class VallEPrompt:
    """A voice to speak in.

    Args:
        codes: of a clip, (frames, num_codebooks).
        text_ids: of its text, without marks.
        language: of its text, a key of `LANGUAGES`; `None` for models without languages.
    """

    codes: torch.Tensor
    text_ids: list[int]
    language: str | None = None

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> "VallEPrompt":
        """Reads a prompt of VALL-E X (.npz).

        Raises:
            FileNotFoundError: when there is no such file.
            ValueError: when it is no such prompt.
        """
        with reading(path, "make it again", errors=(zipfile.BadZipFile, OSError, EOFError)):
            loaded = np.load(Path(path), allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile) or not set(_KEYS) <= set(loaded.files):
            raise ValueError(f"'{path}' is no prompt of VALL-E X: expected the arrays {', '.join(_KEYS)}")
        with loaded:
            codes, text, language = (np.asarray(loaded[key]) for key in _KEYS)
        if codes.ndim != 3 or len(codes) != 1 or text.ndim != 2 or len(text) != 1 or language.size != 1:
            raise ValueError(f"'{path}' holds arrays of other shapes than a prompt of VALL-E X")
        number = int(language.reshape(-1)[0])
        if not 0 <= number < len(_LANGUAGES_OF_FILES):
            raise ValueError(f"'{path}' is of language {number}, but there are 0 (zh), 1 (ja) and 2 (en)")
        return cls(torch.from_numpy(codes[0]).long(), [int(index) for index in text[0]], _LANGUAGES_OF_FILES[number])


def check_language(language: str) -> str:
    """Returns a language that has an embedding.

    Raises:
        ValueError: for another one.
    """
    if language not in LANGUAGES:
        raise ValueError(f"the language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    return language


__all__ = ["LANGUAGES", "VallEPrompt", "check_language"]
