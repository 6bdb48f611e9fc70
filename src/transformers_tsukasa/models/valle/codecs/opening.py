# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The one way to open a codec from a folder."""

import os
from pathlib import Path

from ....model_folders import CONFIG_NAME
from ....utils.damaged_files import read_json
from .codec import AudioCodec
from .lyra import LyraCodec, is_lyra_folder
from .transformers_codec import CODEC_MODELS, TransformersCodec


def open_codec(folder: str | os.PathLike, num_codebooks: int = 8) -> AudioCodec:
    """The codec in a folder: EnCodec, Mimi or DAC as transformers saves them, or the three files of Lyra.

    In the folder of an EnCodec model, a folder `vocos` holds the Vocos that decodes in its place.

    Args:
        folder: to open; nothing is downloaded.
        num_codebooks: codebooks to use, the first ones.

    Raises:
        FileNotFoundError: when there is no such folder, or no codec in it.
        ValueError: for a model that is no codec, incomplete weights, and more codebooks than there are.
        ImportError: when the package is missing that runs Lyra.
    """
    folder = Path(folder)
    if is_lyra_folder(folder):
        return LyraCodec(folder, num_codebooks)
    if not (folder / CONFIG_NAME).is_file():
        raise FileNotFoundError(
            f"there is no codec in '{folder}': expected a model folder ({CONFIG_NAME}) of "
            f"{', '.join(CODEC_MODELS)}, or the three .tflite files of Lyra"
        )
    kind = read_json(folder / CONFIG_NAME, "copy it again").get("model_type")
    if kind not in CODEC_MODELS:
        raise ValueError(f"'{folder}' holds a model of type {kind!r}, which is none of {', '.join(CODEC_MODELS)}")
    return TransformersCodec(folder, kind, num_codebooks)


__all__ = ["open_codec"]
